def make(text, names):
    exec(compile(text, "<made>", "exec"), names)
    return names
