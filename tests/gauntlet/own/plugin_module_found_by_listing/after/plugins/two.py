LABEL = "two"
