from functools import cached_property


class App:
    @cached_property
    def title(self):
        return "shop"


APP = App()


def width():
    return 2
