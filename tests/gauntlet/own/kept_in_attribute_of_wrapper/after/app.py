def compute():
    return 2


def once(function):
    def wrapper():
        if wrapper.value is None:
            wrapper.value = function()
        return wrapper.value

    wrapper.value = None
    return wrapper


@once
def get():
    return compute()
