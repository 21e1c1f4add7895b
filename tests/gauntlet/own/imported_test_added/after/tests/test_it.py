from tests.shared import *
