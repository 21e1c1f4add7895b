"""Bodies that earlier tests may have spared a later one."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType

import pytest
from pyroaring import BitMap

from lamina.tracing.analysis import Analysis
from lamina.tracing.blocks import analyse
from lamina.workers.known_bodies import KnownBodies, Version
from lamina.workers.memory import Memory

CACHED = """
    from functools import cache

    def deep(): return 1

    @cache
    def kept(): return deep()

    def plain(): return deep()
    """


# Path, and the place among the bodies there.
Place = tuple[str, int]


class Session:
    """A memory that is spoken to of bodies by their places: those of `app.py` are of `module`, others of what `test` is given."""

    def __init__(self, module: Analysis) -> None:
        self._known = KnownBodies()
        self._files = {"app.py": module}
        self.memory = Memory(self._known)
        self.memory.knows(module)
        self._worker = ""

    def test(self, text: str) -> Place:
        """A test file that defines one test."""
        self._files["test.py"] = _analysis(text)
        return ("test.py", 0)

    def learn(
        self,
        ran: Iterable[Place],
        inputs: Iterable[str] = (),
        answers: frozenset[int] = frozenset(),
        imported: Iterable[Place] = (),
        readers: Mapping[str, Iterable[Place]] = MappingProxyType({}),
    ) -> None:
        read_by = {key: self.numbers(places) for key, places in readers.items()}
        self.memory.learn(self.numbers(ran), frozenset(inputs), answers, self.numbers(imported), read_by, self._worker)

    def read(self, *answers: Place) -> frozenset[str]:
        return frozenset(self.memory.inputs(self.memory.spared(self._worker).read(self.numbers(answers))))

    def answers(
        self, own: Iterable[Place], lasting: Iterable[str] = (), fixtures: Iterable[Place] = ()
    ) -> frozenset[int]:
        numbers = self.numbers(own), frozenset(lasting), self.numbers(fixtures)
        return self.memory.answers(*numbers, worker=self._worker)

    def hidden(self, own: Iterable[Place], lasting: Iterable[str] = (), fixtures: Iterable[Place] = ()) -> set[str]:
        """The names of bodies that may have been hidden from who ran its `own`."""
        spared = self.memory.spared(self._worker).of(self.answers(own, lasting, fixtures))
        return {self._known.bodies[number].name for number in spared}

    @contextmanager
    def worker(self, name: str) -> Iterator[None]:
        """What is learned and asked meanwhile is of a worker's tests, and not of imports."""
        self._worker = name
        yield
        self._worker = ""

    def numbers(self, places: Iterable[Place]) -> BitMap:
        return BitMap([self._known.number(Version(path, "", self._files[path], place)) for path, place in places])


def hidden(module: str, ran: str, test: str) -> set[str]:
    """Of the bodies `ran` for an earlier test, those that count for a later one, which ran only itself."""
    known = _analysis(module)
    session = Session(known)
    places = {body.name: ("app.py", number) for number, body in enumerate(known.bodies)}
    session.learn([places[name] for name in ran.split()], {"file:data"})
    return session.hidden([session.test(test)])


def _analysis(text: str) -> Analysis:
    return analyse(textwrap.dedent(text).encode())


def test_a_function_whose_result_is_kept() -> None:
    assert hidden(CACHED, "deep kept", "def test_a(): kept()") == {"deep", "kept"}


def test_a_result_that_is_kept_twice() -> None:
    module = """
        def deep(): return 1
        KEPT = {}
        @lru_cache
        def kept(key):
            if key not in KEPT:
                KEPT[key] = deep()
            return KEPT[key]
        """
    assert hidden(module, "deep kept", "def test_a(): kept(1)") == {"deep", "kept"}


def test_only_what_ran() -> None:
    assert hidden(CACHED, "deep", "def test_a(): kept()") == set()


def test_a_function_whose_result_is_not_kept() -> None:
    assert hidden(CACHED, "deep kept plain", "def test_a(): plain()") == set()


@pytest.mark.parametrize(
    ("definition", "call"),
    [
        ("TABLE = {'a': kept}", "TABLE['a']()"),
        ("quick = kept", "quick()"),
        ("TABLE = [kept]\nOTHER = TABLE", "OTHER[0]()"),
        ("from app import kept as quick", "quick()"),
    ],
)
def test_a_kept_result_behind_another_name(definition: str, call: str) -> None:
    module = textwrap.dedent(CACHED) + definition
    assert hidden(module, "deep kept", f"def test_a(): {call}") == {"deep", "kept"}


def test_a_result_that_is_kept_in_a_table_of_its_own() -> None:
    module = """
        KEPT = {}
        STEPS = [deep]
        def deep(): return 1
        def kept(key):
            if key not in KEPT:
                KEPT[key] = STEPS[0]()
            return KEPT[key]
        """
    session = Session(_analysis(module))
    session.learn([("app.py", 0), ("app.py", 1)])
    assert "deep" in session.hidden([("app.py", 1)])


STREAM = """
    def deep(): return 1

    def stream():
        yield deep()
        yield deep()
    """


@pytest.mark.parametrize(
    ("own", "lasting", "fixtures", "expected"),
    [
        (False, {"stream"}, (), {"deep", "stream"}),
        (False, {"other"}, (), set()),  # there is none that could be in the middle
        (True, {"stream"}, (), set()),  # the test has begun one itself
        (True, {"stream"}, (("app.py", 1),), {"deep", "stream"}),  # a fixture may have, for an earlier test
    ],
)
def test_a_generator_that_another_test_left_in_the_middle(
    own: bool, lasting: set[str], fixtures: tuple[Place, ...], expected: set[str]
) -> None:
    session = Session(_analysis(STREAM))
    session.learn([("app.py", 0), ("app.py", 1)])
    test = session.test("def test_a(): next(stream())")
    assert session.hidden([test, ("app.py", 1)] if own else [test], lasting, fixtures) == expected


@pytest.mark.parametrize(("made", "expected"), [("Many", {"Numbers.__iter__"}), ("Other", set()), ("__iter__", set())])
def test_a_generator_that_python_asks_an_object_for(made: str, expected: set[str]) -> None:
    module = """
        class Numbers:
            def __iter__(self): yield 1
        class Many(Numbers): pass
        class Other:
            def __iter__(self): return iter(())
        """
    session = Session(_analysis(module))
    session.learn([("app.py", 0), ("app.py", 1)])
    lasting = session.memory.with_bases(frozenset({made}))
    assert session.hidden([session.test("def test_a(): next(STREAM)")], lasting) == expected


def test_a_method_leads_to_what_it_uses_and_not_to_all_of_its_class() -> None:
    module = """
        class A:
            def __init__(self): far()
            def __enter__(self): far()
            @cache
            def kept(self): return self.near()
            def near(self): return 1
            @cache
            def other(self): return type(self)()
        def far(): return 1
        """
    ran = "A.__init__ A.__enter__ A.kept A.near A.other far"
    assert hidden(module, ran, "def test_a(a): a.kept()") == {"A.kept", "A.near"}
    assert hidden(module, ran, "def test_a(a): a.other()") == {"A.other", "A.__init__", "A.__enter__", "far"}


def test_the_name_of_a_special_method_leads_to_those_of_named_classes_only() -> None:
    module = """
        class A:
            def __init__(self): far()
        class B:
            def __init__(self): near()
        def far(): return 1
        def near(): return 1
        @cache
        def kept(): return "__init__", B.__init__(B)
        """
    ran = "A.__init__ B.__init__ far near kept"
    assert hidden(module, ran, "def test_a(): kept()") == {"B.__init__", "near", "kept"}


def test_what_was_read_by_the_test_that_ran_it() -> None:
    session = Session(_analysis(CACHED))
    session.learn([("app.py", 0)], {"file:data"})
    assert session.read(("app.py", 0)) == {"file:data"}
    assert session.read(("app.py", 1)) == set()


def test_what_a_function_read_before_it_kept_the_result() -> None:
    known = _analysis(
        """
        _rate = None

        def rate():
            global _rate
            if _rate is None:
                _rate = open("data").read()
            return _rate
        """
    )
    session, rate = Session(known), ("app.py", 0)
    session.learn([rate], {"file:data"})
    # Also for a later test which runs it itself, where it no longer reads anything.
    assert session.hidden([rate]) == {"rate"}
    assert session.read(rate) == {"file:data"}


RATES = """
    @cache
    def rate(name): return read(name)
    @cache
    def rates(): return rate("first") + rate("second")
    def read(name): return open(name).read()
    def notes(): return open("notes").read()
    """


def test_only_what_was_read_for_a_function_is_what_it_hides() -> None:
    session = Session(_analysis(RATES))
    rate, _, read, notes = (("app.py", number) for number in range(4))
    inputs = {"file:first": [rate, read], "file:notes": [notes], "file:any": [rate]}
    session.learn([rate, read, notes], {"file:first", "file:notes", "file:other"}, readers=inputs)
    # Another thread has read the other one: nobody knows for whom.
    assert session.read(rate) == {"file:first", "file:any", "file:other"}


def test_what_a_function_reads_for_a_later_test_counts_too() -> None:
    session = Session(_analysis(RATES))
    rate, _, read, _ = (("app.py", number) for number in range(4))
    session.learn([rate, read], {"file:first"}, readers={"file:first": [rate, read]})
    session.learn([rate, read], {"file:second"}, readers={"file:second": [rate, read]})
    session.learn([rate, read], {"file:third"})
    assert session.read(rate) == {"file:first", "file:second", "file:third"}


def test_each_worker_has_a_memory_of_its_own() -> None:
    """What was there before they were forked, as imports leave it, they all have."""
    session = Session(_analysis(RATES))
    rate, rates, read, notes = (("app.py", number) for number in range(4))
    test = session.test("def test_a(): rates(), rate()")
    session.learn([rate, read], {"file:first"}, readers={"file:first": [rate]})
    with session.worker("gw0"):
        session.learn([rate, read, notes], {"file:second"}, readers={"file:second": [rate]})
        session.learn([rates, rate, read])
        assert session.read(rate) == {"file:first", "file:second"}
        assert session.hidden([test]) == {"rates", "rate", "read"}
    with session.worker("gw1"):
        assert session.read(rate) == {"file:first"}
        assert session.hidden([test]) == {"rate", "read"}
    session.learn([notes, rate], {"file:third"}, readers={"file:third": [rate]})
    with session.worker("gw0"):
        assert session.read(rate) == {"file:first", "file:second", "file:third"}
    with session.worker("gw1"):
        assert session.read(rate) == {"file:first", "file:third"}


def test_what_was_read_for_one_that_has_answered_it() -> None:
    session = Session(_analysis(RATES))
    rate, rates, read, _ = (("app.py", number) for number in range(4))
    session.learn([rate, read], {"file:first"}, readers={"file:first": [rate, read]})
    session.learn([rates], answers=session.answers([rates]))
    assert session.read(rates) == {"file:first"}


def test_a_bare_name_leads_to_no_method() -> None:
    module = """
        class Many:
            def list(self): return far()
        def far(): return 1
        @cache
        def kept(): return list(near())
        def near(): return ()
        @cache
        def other(many): return many.list()
        """
    ran = "Many.list far kept near other"
    assert hidden(module, ran, "def test_a(): kept()") == {"kept", "near"}
    assert hidden(module, ran, "def test_a(): other(1)") == {"other", "Many.list", "far"}


def test_an_object_in_a_table_is_not_made_again() -> None:
    module = """
        class Maker:
            def __init__(self): far()
            def __call__(self): return near()
        def far(): return 1
        def near(): return 1
        TABLE = [Maker()]
        OTHERS = [Maker]
        @cache
        def kept(): return TABLE[0]()
        @cache
        def other(): return OTHERS[0]()
        """
    ran = "Maker.__init__ Maker.__call__ far near kept other"
    assert hidden(module, ran, "def test_a(): kept()") == {"kept", "Maker.__call__", "near"}
    assert hidden(module, ran, "def test_a(): other()") == {"other", "Maker.__call__", "Maker.__init__", "near", "far"}


def test_only_what_ran_for_the_one_that_keeps_it() -> None:
    session = Session(_analysis(CACHED))
    deep, kept, plain = (("app.py", number) for number in range(3))
    session.learn([kept])
    session.learn([plain, deep])
    assert session.hidden([session.test("def test_a(): kept()")]) == {"kept"}


def test_what_was_spared_to_the_one_that_keeps_it() -> None:
    known = _analysis("@cache\ndef first(): return deep()\ndef deep(): pass\n@cache\ndef second(): return first()\n")
    session = Session(known)
    first, deep, second = (("app.py", number) for number in range(3))
    session.learn([first, deep])
    # The test that ran `second` had the result of `first` from before.
    assert session.hidden([second]) == {"first", "deep"}
    session.learn([second], answers=session.answers([second]))
    assert session.hidden([session.test("def test_a(): second()")]) == {"first", "deep", "second"}


def test_what_a_base_class_does() -> None:
    module = """
        class Base:
            def __init__(self): far()
        class Part(Base): pass
        def far(): return 1
        @cache
        def kept(): return Part()
        """
    assert hidden(module, "Base.__init__ far kept", "def test_a(): kept()") == {"Base.__init__", "far", "kept"}


def test_what_another_function_keeps() -> None:
    known = _analysis(
        """
        TABLE = {}
        def deep(): return 1
        def fill(): TABLE["a"] = deep()
        def get():
            if "a" not in TABLE:
                fill()
            return TABLE["a"]
        def put(): TABLE["b"] = deep()
        """
    )
    session = Session(known)
    deep, fill, get, put = (("app.py", number) for number in range(4))
    session.learn([deep, fill, get])
    assert session.hidden([get]) == {"deep", "fill", "get"}
    session.learn([deep, put])
    assert session.hidden([put]) == set(), "it does the same each time"


def test_what_was_imported_on_the_way() -> None:
    session = Session(_analysis("@cache\ndef kept():\n    import other\n    return other.X\ndef value(): return 1\n"))
    session.learn([("app.py", 0)], imported=[("app.py", 1)])
    assert session.hidden([session.test("def test_a(): kept()")]) == {"kept", "value"}


def test_a_name_that_was_made_up() -> None:
    session = Session(_analysis("@cache\ndef kept(): return getattr(app, 'de' + 'ep')()\ndef deep(): return 1\n"))
    session.learn([("app.py", 0), ("app.py", 1)], {"mention:deep"})
    assert session.hidden([session.test("def test_a(): kept()")]) == {"kept", "deep"}


@pytest.mark.parametrize(("maker", "found"), [(0, {"kept", "deep"}), (1, {"kept"})])
def test_a_name_of_which_it_is_known_who_made_it_up(maker: int, found: set[str]) -> None:
    module = """
        @cache
        def kept(): return getattr(app, 'de' + 'ep')()
        def other(): return getattr(app, 'de' + 'ep')()
        def deep(): return 1
        """
    session = Session(_analysis(module))
    readers = {"mention:deep": [("app.py", maker)]}
    session.learn([("app.py", number) for number in range(3)], {"mention:deep"}, readers=readers)
    assert session.hidden([session.test("def test_a(): kept()")]) == found
    assert session.read(("app.py", 0)) == {"mention:deep"}


@pytest.mark.parametrize(
    "module",
    [
        "WORD = re.compile('a')\n@cache\ndef kept(): return WORD.findall('a')\n",
        "@cache\ndef kept(): return print(1, compile=True)\n",
    ],
)
def test_names_that_lead_nowhere(module: str) -> None:
    module = f"import re\n{module}def deep(): return 1\nclass Program:\n    def __init__(self): deep()\n"
    module += "    def compile(self): return deep()\n"
    session = Session(_analysis(module))
    session.learn([("app.py", number) for number in range(4)])
    assert session.hidden([session.test("def test_a(): kept()")]) == {"kept"}


def test_names_that_were_made_up_by_tests_that_ran_the_same() -> None:
    module = "@cache\ndef kept(key): return getattr(app, key)()\ndef deep(): return 1\ndef far(): return 1\n"
    session = Session(_analysis(module))
    for name in ("deep", "far"):
        session.learn([("app.py", number) for number in range(3)], {f"mention:{name}"})
    assert session.hidden([session.test("def test_a(): kept('deep')")]) == {"kept", "deep", "far"}


def test_one_that_keeps_something_had_the_answer_of_another() -> None:
    known = _analysis(
        """
        KEPT = {}
        def deep(): return 1
        @cache
        def inner(): return deep()
        def outer(key):
            if key not in KEPT:
                KEPT[key] = inner()
            return KEPT[key]
        """
    )
    session = Session(known)
    deep, inner, outer = (("app.py", number) for number in range(3))
    session.learn([deep, inner])
    session.learn([outer])
    assert session.hidden([outer]) == {"deep", "inner", "outer"}


def test_a_decorator_that_is_known_to_call() -> None:
    module = """
        def deep(): return 1
        @receiver(saved)
        def kept(): return deep()
        """
    own = """
        KEPT = {}
        def receiver(function):
            def answer():
                if function not in KEPT:
                    KEPT[function] = function()
                return KEPT[function]
            return answer
        """
    assert hidden(module, "deep kept", "def test_a(): kept()") == set()
    assert hidden(own + module, "receiver deep kept", "def test_a(): kept()") == {"deep", "kept"}


BASED = """
    def deep(): return 1

    class Base:
        @property
        def value(self):
            if not hasattr(self, "_value"):
                self._value = deep()
            return self._value

    class Part(Base): pass
    """


@pytest.mark.parametrize(
    ("maker", "expected"),
    [
        ("def make(kept={}):\n    if not kept: kept['a'] = Part()\n    return kept['a']", True),
        ("def make(): return Part()", False),
        ("def make(kept={}):\n    if not kept: kept['a'] = isinstance(1, Part)\n    return kept['a']", False),
    ],
)
def test_an_object_that_a_function_keeps(maker: str, expected: bool) -> None:
    """Its base class may have kept something in it."""
    analysis = _analysis(textwrap.dedent(BASED) + maker)
    session = Session(analysis)
    place = {body.name: ("app.py", number) for number, body in enumerate(analysis.bodies)}
    session.learn([place["deep"], place["Base.value"], place["make"]])
    own = [place["Base.value"], place["make"], session.test("def test_a(): make().value")]
    assert ("deep" in session.hidden(own)) is expected


@pytest.mark.parametrize(
    ("module", "ran", "test", "own"),
    [
        # What makes one object of each class.
        (
            """
            class Meta(type):
                kept = {}
                def __call__(cls):
                    if cls not in cls.kept: cls.kept[cls] = super().__call__()
                    return cls.kept[cls]
            class One(metaclass=Meta):
                def __init__(self): self.value = deep()
            """,
            "Meta.__call__ One.__init__",
            "One()",
            "Meta.__call__",
        ),
        (
            """
            def single(cls):
                kept = []
                def get():
                    if not kept: kept.append(cls())
                    return kept[0]
                return get
            @single
            class One:
                def __init__(self): self.value = deep()
            """,
            "single One.__init__",
            "One()",
            "single",
        ),
        # A cache that is no decorator.
        ("def make(): return deep()\nget = lru_cache(make)", "make", "get()", ""),
        ("def make(): return deep()\nTABLE = defaultdict(make)", "make", "TABLE[1]", ""),
        ("def make(): return deep()\nget = remember(make)", "make", "get()", ""),
        ("def make(): return deep()\nget = remember(lambda: make())", "make", "get()", ""),
        # What is given.
        ("ALL = {}\ndef get(kept):\n    if 1 not in kept: kept[1] = deep()\n    return kept[1]", "get", "get(ALL)", "get"),
        (
            """
            def get(make, kept=[]):
                if not kept: kept.append(make())
                return kept[0]
            def run(): return get(deep)
            """,
            "run get",
            "run()",
            "run get",
        ),
        # What others keep and look at.
        (
            """
            ALL = {}
            def load(): return ALL.get(1)
            def store(value): ALL[1] = value
            def get():
                if load() is None: store(deep())
                return load()
            """,
            "get load store",
            "get()",
            "get load",
        ),
        (
            """
            STATE = State()
            def is_ready(): return STATE.ready
            def start():
                STATE.ready = deep()
            def get():
                if not is_ready(): start()
            """,
            "get is_ready start",
            "get()",
            "get is_ready",
        ),
        # What has a cache in it, or keeps what it is given.
        (
            """
            def memo(make): return lru_cache(make)
            @memo
            def get(): return deep()
            """,
            "get memo",
            "get()",
            "",
        ),
        (
            """
            class Memo:
                def __init__(self, make): self.make = cache(make)
                def __call__(self): return self.make()
            @Memo
            def get(): return deep()
            """,
            "get Memo.__init__ Memo.__call__",
            "get()",
            "Memo.__call__",
        ),
        (
            """
            class Lazy:
                def __init__(self, make): self.make = make
                def value(self):
                    if self.kept is None: self.kept = self.make()
                    return self.kept
            class Base:
                def __init__(self): self.value = deep()
            class One(Base): pass
            LAZY = Lazy(One)
            """,
            "Lazy.value Base.__init__",
            "LAZY.value()",
            "Lazy.value",
        ),
        (
            """
            class A:
                def load(self): return deep()
            a = A()
            get = remember(a.load)
            """,
            "A.load",
            "get()",
            "",
        ),
        (
            """
            def make():
                @cache
                def get(): return deep()
                return get
            get = make()
            """,
            "make",
            "get()",
            "",
        ),
        (
            """
            @lru_cache
            def keyed(make): return make()
            def make(): return deep()
            get = partial(keyed, make)
            """,
            "keyed make",
            "get()",
            "",
        ),
        (
            """
            class Kind(Enum):
                @classmethod
                def _missing_(cls, value):
                    cls.all[value] = deep()
                    return cls.all[value]
            """,
            "Kind._missing_",
            "Kind(1)",
            "",
        ),
        # What is kept in what another one gives.
        (
            """
            ALL = {}
            def everything(): return ALL
            def get():
                found = everything()
                if 1 not in found: found[1] = deep()
                return found[1]
            """,
            "get everything",
            "get()",
            "get everything",
        ),
        # What is put somewhere is found there.
        (
            """
            class Hub:
                def on(self, name, make): self.makers[name] = make
                def get(self, name):
                    if name not in self.made: self.made[name] = self.makers[name]()
                    return self.made[name]
            def make(): return deep()
            HUB = Hub()
            HUB.on("start", make)
            """,
            "Hub.on Hub.get make",
            "HUB.get('start')",
            "Hub.get",
        ),
        (
            """
            MAKERS, MADE = {}, {}
            def maker(name):
                def note(make):
                    MAKERS[name] = make
                    return make
                return note
            @maker("start")
            def make(): return deep()
            def get(name):
                if name not in MADE: MADE[name] = MAKERS[name]()
                return MADE[name]
            """,
            "maker get make",
            "get('start')",
            "get",
        ),
        # What takes note of classes leads to them.
        (
            """
            class Base:
                classes, objects = {}, {}
                def __init_subclass__(cls): Base.classes[cls.__name__] = cls
            class One(Base):
                def __init__(self): self.value = deep()
            def get(name):
                if name not in Base.objects: Base.objects[name] = Base.classes[name]()
                return Base.objects[name]
            """,
            "get Base.__init_subclass__ One.__init__",
            "get('One')",
            "get",
        ),
        (
            """
            class Meta(type):
                classes, objects = {}, {}
                def __new__(meta, name, bases, members):
                    Meta.classes[name] = type.__new__(meta, name, bases, members)
                    return Meta.classes[name]
            class Base(metaclass=Meta): pass
            class One(Base):
                def __init__(self): self.value = deep()
            def get(name):
                if name not in Meta.objects: Meta.objects[name] = Meta.classes[name]()
                return Meta.objects[name]
            """,
            "get Meta.__new__ One.__init__",
            "get('One')",
            "get",
        ),
    ],
)  # fmt: skip
def test_ways_to_keep_something(module: str, ran: str, test: str, own: str) -> None:
    analysis = _analysis("def deep(): return 1\n" + textwrap.dedent(module))
    session = Session(analysis)
    place = {body.name: ("app.py", number) for number, body in enumerate(analysis.bodies)}
    asking = session.test(f"def test_a(): {test}")
    session.learn([*(place[name] for name in f"deep {ran}".split()), asking])
    lasting = {one.name for one in analysis.definitions if one.bases is not None and f"= {one.name}()" in module}
    assert "deep" in session.hidden([*(place[name] for name in own.split()), asking], lasting)


@pytest.mark.parametrize(
    "made",
    [
        "partial(make)",  # known to keep nothing
        "own(make)",  # the project's, which would have to keep something itself
        "remember('make')",  # a word
        "remember(Made)",  # mostly to know the class
        "Keeping(make)",  # which does not call what it keeps
    ],
)
def test_what_keeps_nothing(made: str) -> None:
    module = f"""
        def deep(): return 1
        def make(): return deep()
        def own(made): return made
        class Made:
            def __init__(self): deep()
        class Keeping:
            def __init__(self, make): self.make = make
            def kept(self):
                if self.x is None: self.x = self.make.name
                return self.x
        get = {made}
        """
    assert hidden(module, "deep make own Made.__init__ Keeping.kept", "def test_a(): get()") == set()


def test_a_result_that_is_nobodys_keeps_nothing() -> None:
    module = """
        def deep(): return 1
        def new(): return {}
        def get():
            found = new()
            if 1 not in found: found[1] = deep()
            return found[1]
        """
    session = Session(_analysis(module))
    session.learn([("app.py", number) for number in range(3)])
    assert session.hidden([("app.py", 1), ("app.py", 2), session.test("def test_a(): get()")]) == set()


def test_a_cache_that_a_later_module_puts_around_a_function() -> None:
    session = Session(_analysis("def deep(): return 1\ndef make(): return deep()"))
    deep, make = ("app.py", 0), ("app.py", 1)
    session.learn([deep, make])
    session.memory.knows(_analysis("from app import make\nget = remember(make)"))
    asking = session.test("def test_a(): get()\ndef test_b(): get(2)")
    session.learn([deep, make, asking])
    assert session.hidden([("test.py", 1)]) == {"deep", "make"}


def test_what_is_given_is_nobodys() -> None:
    """A table of the test's own does not outlive it."""
    module = """
        def deep(): return 1
        def get(kept):
            if 1 not in kept: kept[1] = deep()
            return kept[1]
        """
    session = Session(_analysis(module))
    session.learn([("app.py", 0), ("app.py", 1)])
    assert session.hidden([("app.py", 1), session.test("def test_a(): get({})")]) == set()


def test_whether_there_is_anything_new() -> None:
    session = Session(_analysis(RATES))
    rate, rates, read, notes = (("app.py", number) for number in range(4))
    tests = [session.test("def test_a(): rate('first')\n@cache\ndef test_b(): rate('first')"), ("test.py", 1)]

    def is_new(worker: str, ran: list[Place], *inputs: str, asked: str = "gw0") -> bool:
        before = session.memory.changes(asked)
        with session.worker(worker):
            session.learn(ran, inputs, readers={key: [rate, read] for key in inputs})
        return session.memory.changes(asked) != before

    assert is_new("gw0", [rate, read], "file:first")
    assert not is_new("gw0", [rate, read], "file:first")
    # Who runs what is known, and reads what is known, teaches nothing; nor does a test that nobody else calls.
    assert not is_new("gw0", [rate, read, tests[0]], "file:first")
    assert is_new("gw0", [rate, read], "file:second")
    assert is_new("gw0", [rate, notes])
    assert is_new("gw0", [tests[1]])
    # What another worker's tests read concerns nobody else, code that nobody has run before does.
    assert not is_new("gw1", [rate, read], "file:third")
    assert is_new("gw1", [rates])
    before = session.memory.changes("gw0")
    session.memory.knows(_analysis("table = {'rates': rates}"))
    assert session.memory.changes("gw0") != before
