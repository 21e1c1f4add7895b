from base import Base

Base.handlers.append("first")
