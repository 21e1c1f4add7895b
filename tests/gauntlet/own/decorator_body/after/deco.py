def doubled(function):
    factor = 3
    return lambda x: function(x) * factor
