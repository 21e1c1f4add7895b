from base import Base

Base.handlers.append("zweite")
