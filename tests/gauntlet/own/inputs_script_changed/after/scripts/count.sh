wc -l < data/rows.txt | tr 2 4
