from typing import overload


class Base:
    def name(self):
        return "base"


class Box(Base):
    @overload
    def get(self, key: int) -> int: ...
    @overload
    def get(self, key: str) -> str: ...
    def get(self, key):
        return key

    @overload
    def __call__(self, key: int) -> list[int]: ...
    @overload
    def __call__(self, key: str) -> list[str]: ...
    def __call__(self, key):
        return [key]


@overload
def pick(keys: list[int]) -> int: ...
@overload
def pick(keys: list[str]) -> str: ...
def pick(keys):
    return keys[0]


def size():
    return 2
