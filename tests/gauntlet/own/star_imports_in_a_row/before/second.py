from first import *
