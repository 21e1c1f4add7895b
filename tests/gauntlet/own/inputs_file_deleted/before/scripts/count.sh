ls data | wc -l
