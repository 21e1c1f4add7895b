from base import Base

Base.handlers.append("second")
