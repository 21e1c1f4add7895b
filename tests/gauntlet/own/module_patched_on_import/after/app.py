import patches
from limits import clamp
