import functools
from xmlrpc.server import SimpleXMLRPCDispatcher

DISPATCHER = SimpleXMLRPCDispatcher()


def put(name, function):
    DISPATCHER.register_function(function, name)
    return function


def exposed(name):
    return functools.partial(put, name)
