from typing import Protocol, runtime_checkable


@runtime_checkable
class Closable(Protocol):
    def close(self): ...

    def reopen(self): ...
