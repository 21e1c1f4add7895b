"""The harms that `chaos.py` does to a run: which process gets which signal, and when; or what the harmful test does."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from random import Random

__all__ = ["KINDS", "Crowd", "Harm", "look", "plan", "wait_for"]

KINDS = ("worker", "session", "service", "doit", "hog", "hang", "children", "several")
_FATAL = (signal.SIGKILL, signal.SIGKILL, signal.SIGSEGV, signal.SIGABRT)


@dataclass
class Crowd:
    """The processes of a run by what they are. `others` are those that tests or services have started."""

    doit: int
    guardians: list[int]
    sessions: list[int]
    workers: list[int]
    keepers: list[int]
    services: list[int]
    others: list[int]

    @property
    def everybody(self) -> list[int]:
        """All of them."""
        return [
            self.doit, *self.guardians, *self.sessions, *self.workers, *self.keepers, *self.services, *self.others
        ]  # fmt: skip


def look(doit: int, pids: list[int]) -> Crowd:
    """Who is who, by what they were started as and by whom."""
    parents = {pid: _parent(pid) for pid in pids}
    commands = {pid: _command(pid) for pid in pids}
    crowd = Crowd(doit, [], [], [], [], [], [])
    for pid in pids:
        if pid == doit:
            continue
        if "lamina.workers" in commands[pid]:
            _sort_worker(crowd, pid, parents, commands)
        elif "lamina.services.keeper" in commands[pid]:
            crowd.keepers.append(pid)
        elif "lamina.services.keeper" in commands.get(parents[pid], ""):
            crowd.services.append(pid)
        else:
            crowd.others.append(pid)
    return crowd


def _sort_worker(crowd: Crowd, pid: int, parents: dict[int, int], commands: dict[int, str]) -> None:
    """A guardian's child is the session, whose children are workers; below these are tests' own processes."""
    depth, above = 0, parents[pid]
    while "lamina.workers" in commands.get(above, ""):
        depth, above = depth + 1, parents[above]
    (crowd.guardians, crowd.sessions, crowd.workers, crowd.others)[min(depth, 3)].append(pid)


@dataclass
class Harm:
    """`variable`: what the harmful test is told. `victims` chooses processes out of a crowd, each of which gets `signal`.

    `after` tests below `where` have begun (0: none needed to) and `delay` further seconds are over when that happens.
    `is_fatal`: doit itself may be among the victims, so that there is no report of the run.
    """

    kind: str
    text: str
    variable: str = ""
    victims: Callable[[Crowd], list[int]] | None = None
    signal: int = signal.SIGKILL
    after: int = 0
    where: str = ""
    delay: float = 0.0
    is_fatal: bool = False
    is_bounded: bool = False

    def strike(self, crowd: Crowd) -> list[int]:
        """Does it; returns whom it hit."""
        hit = self.victims(crowd) if self.victims else []
        for pid in hit:
            with suppress(ProcessLookupError):
                os.kill(pid, self.signal)
        return hit


def plan(kind: str, random: Random) -> Harm:
    """A harm of a kind."""
    harm = _PLANS[kind](random)
    harm.after = random.choice((0, 1, 1, 2, 4, 6, 9))
    if harm.where:
        harm.after = min(harm.after, 3)
    harm.delay = random.uniform(0, 0.6) if harm.after == 0 else random.choice((0, 0.002, 0.01, 0.05, 0.1))
    return harm


def _worker(random: Random) -> Harm:
    number = random.choice((*_FATAL, signal.SIGSTOP, signal.SIGTERM))
    return Harm("worker", f"a worker gets {_name(number)}", victims=_one_of(random, "workers"), signal=number)


def _session(random: Random) -> Harm:
    who = random.choice(("sessions", "sessions", "guardians"))
    number = random.choice(_FATAL)
    return Harm("session", f"a {who[:-1]} gets {_name(number)}", victims=_one_of(random, who), signal=number)


def _service(random: Random) -> Harm:
    who = random.choice(("services", "services", "keepers"))
    number = random.choice((*_FATAL, signal.SIGTERM))
    victims = _one_of(random, who)
    return Harm(
        "service", f"a {who[:-1]} gets {_name(number)}", victims=victims, signal=number, where="tests/database/"
    )


def _doit(random: Random) -> Harm:
    return Harm("doit", "doit gets SIGKILL", victims=lambda crowd: [crowd.doit], is_fatal=True)


def _several(random: Random) -> Harm:
    """doit, and at the same moment some that would clean up after it."""
    pair = random.choice(("guardians", "sessions", "keepers", "workers", "keepers", "anybody"))

    def victims(crowd: Crowd) -> list[int]:
        if pair == "anybody":
            return random.sample(crowd.everybody, min(len(crowd.everybody), random.randint(2, 4)))
        other = _one_of(random, pair)(crowd)
        return [crowd.doit, *other] if other else []

    return Harm(
        "several",
        f"{'some of' if pair == 'anybody' else 'doit and'} {pair} get SIGKILL",
        victims=victims,
        is_fatal=True,
    )


def _test(kind: str, variables: tuple[str, ...]) -> Callable[[Random], Harm]:
    def made(random: Random) -> Harm:
        variable = random.choice(variables)
        return Harm(kind, f"a test does {variable}", variable=variable, is_bounded=kind != "hang")

    return made


_PLANS: dict[str, Callable[[Random], Harm]] = {
    "worker": _worker,
    "session": _session,
    "service": _service,
    "doit": _doit,
    "hog": _test("hog", ("hog",)),
    "hang": _test("hang", ("deaf", "spin", "wait")),
    "children": _test("children", ("children", "sessions", "forks")),
    "several": _several,
}


def _one_of(random: Random, who: str) -> Callable[[Crowd], list[int]]:
    def choose(crowd: Crowd) -> list[int]:
        pids: list[int] = getattr(crowd, who)
        return [random.choice(pids)] if pids else []

    return choose


def _name(number: int) -> str:
    return signal.Signals(number).name


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""


def _parent(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()[1])
    except OSError:
        return 0


def wait_for(what: Callable[[], object], seconds: float) -> bool:
    """Whether it came about in this time."""
    until = time.monotonic() + seconds
    while not what():
        if time.monotonic() > until:
            return False
        time.sleep(0.003)
    return True
