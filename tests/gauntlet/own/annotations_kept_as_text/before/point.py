import dataclasses


@dataclasses.dataclass
class Point:
    x: int = 1


def origin():
    return 0
