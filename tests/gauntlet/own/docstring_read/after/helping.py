def text_of(command):
    return command.__doc__
