"""What the engine and a session say to each other: JSON, one message a line, over a socket pair.

The engine sends the `Request` first, then the other messages of its kinds. The session answers with the messages named
below. Both ends run the same version of lamina, so the format carries no version of its own.
"""

from __future__ import annotations

import json
from typing import Any, Literal, NotRequired, TypedDict

from lamina.resources.asking import NeedEntry
from lamina.resources.definitions import Definition

__all__ = ["Claim", "Lines", "Message", "Request", "ResultRow", "encode"]


class Claim(TypedDict):
    """One category's filters, as far as they decide which tests are its own; `rest` takes what no other one claims."""

    name: str
    include_patterns: list[str]
    exclude_patterns: list[str]
    markers: list[str]
    keywords: list[str]
    rest: bool


class Request(TypedDict):
    """What a session has to run.

    `traced` says whether to note what tests use; `category_state` is the fingerprint of the category's configuration,
    `inputs` its patterns of files that child processes read which can't be traced (empty: any file).
    `only` are the test files to collect (None: all), `served` the tests that come from cache (`served_unmet`: those of them
    that were skipped or the like). `databases` is that section of the configuration (see `lamina.layers.model`).

    `args` are the folders to collect, relative to the root (empty: what plain `pytest` would collect). `claims` are all
    categories in the order in which they claim tests. `durations` are recorded seconds by node id. Timeouts are in
    seconds. After `stop_after` failed tests (0: never) no further one begins, for `stop_reason`, and those that run then
    get `stop_outcome` (empty: they come to their end). `breaker_threshold` failures of infrastructure in a row (0: never)
    open the circuit breaker for `breaker_pause` seconds. `slot` is the slot that the session holds from the start, for its
    collection and then its first worker.
    `ledger` is the descriptor of the ledger of memory, `ledger_scopes` the category's and the layer's number in it; `memory`
    are bytes that tests are known to need, `worker_limit` those that one worker may hold (0: any number).
    `restores` says whether what tests change in their process is put back after each, `strict` whether each runs in a
    process of its own, `preserves` whether folders of failed tests are kept, `temporary` is the session's folder for temporary
    files ("": the system's).
    `seats` are the workers that all runs of the checkout may have at work (0: any number), `background` says whether nobody waits
    for this one.
    `resources` are all that tests may ask for, `needs` what each test of the category needs.
    """

    root: str
    category: str
    args: list[str]
    claims: list[Claim]
    pytest_args: list[str]
    durations: dict[str, float]
    test_timeout: float
    max_workers: int
    slots: int
    slot: int
    run_id: str
    folder: str
    coverage_file: str
    color: bool
    cache_dir: str
    reports_dir: str
    traced: bool
    category_state: str
    inputs: list[str]
    ttl_hours: float
    max_mb: float
    only: list[str] | None
    served: list[str]
    served_unmet: list[str]
    restores: bool
    strict: bool
    preserves: bool
    temporary: str
    seats: int
    background: bool
    stop_after: int
    stop_reason: str
    stop_outcome: str
    breaker_threshold: int
    breaker_pause: float
    databases: list[dict[str, Any]]
    resources: dict[str, Definition]
    needs: list[NeedEntry]
    priority: int
    ledger: int
    ledger_scopes: tuple[int, int]
    memory: dict[str, int]
    worker_limit: int


class ResultRow(TypedDict):
    """A test's result as a session sends it; `started` is seconds since the epoch, `line` is 1-based (0: unknown).

    `left` is what it left behind in its process, if anything, `folder` its folder for temporary files if that is kept;
    `resources` are the named resources that it held, in words, `waited` the seconds that it waited for them.
    """

    id: str
    outcome: str
    phases: tuple[float, float, float]
    started: float
    worker: str
    memory: int
    file: str
    line: int
    message: str
    failure: str
    sections: list[tuple[str, str]]
    reason: str
    growth: NotRequired[int]
    left: NotRequired[list[str]]
    folder: NotRequired[str]
    waited: NotRequired[float]
    resources: NotRequired[list[str]]


class Message(TypedDict, total=False):
    """Any message. `kind` decides which of the other keys are there:

    session to engine: `hello` (number: its process id), `collected` (tests, seconds, errors, served), `want` (number of further
    workers it could use), `free` (slot), `tests` (rows), `running` (workers: name, test id, seconds), `span` (worker,
    begin, until, end; epoch seconds), `note` (text), `gave_up` (reason), `end` (summary, exit_status, problem,
    wrong_input: lines for the user who asked for what can never be; provisional: whether a test was skipped for one of another
    category), `elsewhere` (names that may be of tests of other categories), `ask`
    (requests: ticket and units by resource), `release` (tickets).
    engine to session: `grant` (slot), `stop` (reason, outcome: what becomes of the tests that run now; empty: they come to
    their end), `granted` (grants: ticket and numbers of units by pool), `crowded` (crowded: whether another session waits for
    a slot), `elsewhere` (outcomes by test id, of those that the names may mean; earlier: the categories before this one, partly:
    those of which not all tests are known).
    """

    kind: Literal[
        "hello", "collected", "want", "free", "tests", "running", "span", "note", "gave_up", "end", "grant", "stop",
        "ask", "release", "granted", "crowded", "elsewhere",
    ]  # fmt: skip
    tests: int
    served: list[str]
    seconds: float
    errors: list[str]
    number: int
    slot: int
    rows: list[ResultRow]
    workers: list[tuple[str, str, float]]
    worker: str
    begin: float
    until: float
    end: str
    text: str
    summary: str
    exit_status: int
    problem: str
    wrong_input: list[str]
    provisional: bool
    names: list[str]
    outcomes: dict[str, str]
    earlier: list[str]
    partly: list[str]
    reason: str
    outcome: str
    requests: list[tuple[int, dict[str, int]]]
    tickets: list[int]
    grants: list[tuple[int, dict[str, list[int]]]]
    crowded: bool


def encode(message: Message | Request) -> bytes:
    """The message as one line. Lone surrogates (file names that aren't UTF-8) survive as JSON escapes."""
    return json.dumps(message, separators=(",", ":")).encode("ascii") + b"\n"


class Lines:
    """Cuts received bytes into messages; keeps what is not yet a whole line."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> list[Any]:
        """The messages that are complete with `data`."""
        *whole, self._rest = (self._rest + data).split(b"\n")
        return [json.loads(line) for line in whole if line]
