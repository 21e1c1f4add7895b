SIZE = 1
COLOUR = 'red'
