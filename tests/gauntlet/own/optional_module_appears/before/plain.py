def run():
    return "plain"
