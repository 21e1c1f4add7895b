from xmlrpc.server import SimpleXMLRPCDispatcher

DISPATCHER = SimpleXMLRPCDispatcher()


def exposed(function):
    DISPATCHER.register_function(function)
    return function
