LABEL = "one"
