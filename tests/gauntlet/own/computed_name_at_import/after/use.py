import parts

PART = getattr(parts, 'fir' + 'st')


def run():
    return PART()
