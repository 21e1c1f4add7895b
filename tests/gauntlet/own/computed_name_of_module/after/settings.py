SIZE = 2
COLOUR = 'red'
