from dataclasses import dataclass


@dataclass
class Order:
    amount: int
    currency: str = "USD"


def make(amount):
    return Order(amount)


def width():
    return 2
