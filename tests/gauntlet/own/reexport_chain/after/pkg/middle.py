from .second import compute
from .names import label
