from values import FIRST

VALUE = FIRST
