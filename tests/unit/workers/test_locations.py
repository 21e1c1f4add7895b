import json
import subprocess
import sys
from pathlib import Path

HELPER = """
import functools

def kept(function):
    @functools.wraps(function)
    def wrapper(*arguments):
        return function(*arguments)
    return wrapper

def bare(function):
    def wrapper():
        return function()
    return wrapper

def test_from_elsewhere():
    pass
"""

TESTS = '''
import functools, unittest
import pytest
from helper import bare, kept, test_from_elsewhere

def test_plain():
    pass

@pytest.mark.parametrize("number", [1, 2])
def test_parametrised(number):
    pass

class TestClass:
    @pytest.mark.skip
    def test_method(self):
        pass

    class TestInner:
        @staticmethod
        def test_static():
            pass

        @classmethod
        def test_of_class(cls):
            pass

class TestCase(unittest.TestCase):
    def test_case(self):
        pass

@kept
def test_wrapped():
    pass

@bare
def test_wrapped_by_bare():
    pass

test_partial = functools.partial(lambda number: None, 1)

class Callable:
    def __call__(self):
        pass

test_callable = Callable()

def test_made():
    pass
exec(compile("def test_of_no_file(): pass", "<made up>", "exec"))

def test_placed():
    pass
test_placed.place_as = test_plain

def documented():
    """
    >>> 1
    1
    """
'''

COLLECT = """
import json, sys
import pytest
from lamina.workers.locations import Locations

class Compare:
    def pytest_collection_finish(self, session):
        locations = Locations(session)
        found = {}
        for item in session.items:
            locations.know(item)
            ours = item.__dict__.pop("location", None)
            found[item.nodeid.partition("::")[2]] = (ours, item.location)
        print("found", json.dumps(found), flush=True)

sys.exit(pytest.main(["--collect-only", "-q", "--doctest-modules", "-p", "no:cacheprovider", "tests"], plugins=[Compare()]))
"""


def test_a_location_is_what_pytest_says_or_left_to_it(tmp_path: Path) -> None:
    tests = tmp_path / "tests"
    tests.mkdir()
    (tmp_path / "pytest.ini").write_text("[pytest]\npythonpath = .\n")
    (tmp_path / "helper.py").write_text(HELPER)
    (tests / "test_kinds.py").write_text(TESTS)
    done = subprocess.run([sys.executable, "-c", COLLECT], cwd=tmp_path, capture_output=True, text=True, check=False)
    (line,) = [line for line in done.stdout.splitlines() if line.startswith("found ")]
    found = json.loads(line.removeprefix("found "))

    unlike = {name: pair for name, pair in found.items() if pair[0] is not None and pair[0] != pair[1]}
    assert unlike == {}
    unknown = {name for name, (ours, _) in found.items() if ours is None}
    assert unknown >= {"test_placed", "test_kinds.documented"}
    assert {"test_plain", "test_parametrised[1]", "TestClass::test_method", "TestCase::test_case", "test_wrapped"} <= (
        found.keys() - unknown
    )
    assert found["test_from_elsewhere"][0][0] == "helper.py"
