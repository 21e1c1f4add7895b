from deco import doubled


@doubled
def price(x):
    return x
