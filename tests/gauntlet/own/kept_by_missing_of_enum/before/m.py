import enum


class E(enum.Enum):
    A = 1

    @classmethod
    def _missing_(cls, value):
        new = object.__new__(cls)
        new._value_ = value
        new._name_ = str(value)
        new.extra = compute()
        cls._value2member_map_[value] = new
        return new


def compute():
    return 1


def get():
    return E(5).extra
