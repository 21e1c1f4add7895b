from two import size
