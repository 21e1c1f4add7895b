def doubled(function):
    factor = 2
    return lambda x: function(x) * factor
