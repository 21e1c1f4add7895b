import limits
import use

for name in ('LIMIT',):
    setattr(use, name, getattr(limits, name))
