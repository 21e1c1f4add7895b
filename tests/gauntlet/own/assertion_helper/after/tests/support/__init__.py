from .checks import check
