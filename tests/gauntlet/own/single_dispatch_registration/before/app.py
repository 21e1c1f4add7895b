import handlers
from showing import show
