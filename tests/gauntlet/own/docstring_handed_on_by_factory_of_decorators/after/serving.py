from xmlrpc.server import SimpleXMLRPCDispatcher

DISPATCHER = SimpleXMLRPCDispatcher()


def exposed(where):
    def expose(function):
        where.register_function(function)
        return function

    return expose
