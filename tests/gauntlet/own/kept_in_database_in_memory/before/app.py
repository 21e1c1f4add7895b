def compute():
    return 1


class Base:
    @property
    def value(self):
        if not hasattr(self, "_value"):
            self._value = compute()
        return self._value


class Part(Base):
    pass


def plain():
    return 0


def giving(part):
    def decorate(function):
        def wrapper():
            return function(part)
        return wrapper
    return decorate

import sqlite3
DB = sqlite3.connect(":memory:")


def get():
    try:
        return DB.execute("select v from t").fetchone()[0]
    except sqlite3.OperationalError:
        DB.execute("create table t (v)")
        DB.execute("insert into t values (?)", (compute(),))
        return DB.execute("select v from t").fetchone()[0]
