import first
import second
from base import Base


def handlers():
    return list(Base.handlers)
