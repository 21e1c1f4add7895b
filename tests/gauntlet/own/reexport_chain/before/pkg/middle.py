from .first import compute
from .names import label
