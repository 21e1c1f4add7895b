wc -l < data/rows.txt
