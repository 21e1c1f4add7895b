import importlib
import pkgutil

LOADED = [importlib.import_module(f"plugins.{info.name}") for info in pkgutil.iter_modules(__path__)]


def labels():
    return [module.LABEL for module in LOADED]
