import sqlite3
from pathlib import Path


def first():
    connection = sqlite3.connect(Path(__file__).parent / "data" / "shop.db")
    try:
        return connection.execute("select x from t").fetchone()[0]
    finally:
        connection.close()


def width():
    return 2
