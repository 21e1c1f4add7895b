import parts


def run(name):
    found = {}
    code = compile('result = parts.' + name + '()', 'generated', 'exec')
    exec(code, {'parts': parts}, found)
    return found['result']
