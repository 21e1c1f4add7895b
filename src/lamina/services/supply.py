"""One service in one run: started when first needed, taken over where it is up already, tried again after it failed until
its circuit breaker says that it is enough."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING

from lamina.layers.model import Service
from lamina.records import ServiceRecord
from lamina.services import lasting
from lamina.services.down import Death, ServiceDownError
from lamina.services.handle import Handle
from lamina.services.instructions import Place, instructions_for, place_for
from lamina.services.ports import HOST, holder_of, listens
from lamina.workers.processes import token_of
from lamina.workers.session_folders import begin_session, end_session, note

if TYPE_CHECKING:
    from pybreaker import CircuitBreaker

__all__ = ["RunFacts", "Supply"]

# Between the moment when a port was free and the start of the service somebody else may have taken it.
_PORT_TRIES = 3
# What is up already should answer at once.
_REUSE_SECONDS = 3.0
# Between two looks at what another process started.
_LOOK_SECONDS = 0.5


@dataclass(frozen=True)
class RunFacts:
    """What all services of a run share. `say` shows a line to the user; `is_wanted` is false once the run is interrupted;
    `died` hears of a service that ended by itself."""

    root: str
    cache_dir: Path
    run_id: str
    say: Callable[[str], None]
    is_wanted: Callable[[], bool]
    died: Callable[[str, Death], None]


@dataclass
class Supply:
    """`get` gives the service's place, from any thread; `record` is what the report says of it."""

    service: Service
    state: str
    run: RunFacts
    record: ServiceRecord = field(init=False)
    death: Death | None = None
    _place: Place | None = None
    _handle: Handle | None = None
    _breaker: CircuitBreaker | None = None
    _troubles: int = 0
    _last_reason: str = ""
    # The folder with the note of it, and what holds its lock.
    _noted: tuple[str, int] | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self.record = ServiceRecord(name=self.service.name, state="not needed")

    def get(self, others: Mapping[str, Place]) -> Place:
        """The place of the running service, which is started first if need be; raises ServiceDownError."""
        with self._lock:
            if self._place is not None and self.death is None:
                return self._place
            if self._handle is not None:
                self._handle.stop()
                self._handle = None
            self._place = self._through_breaker(others)
            return self._place

    def fail(self, death: Death) -> None:
        """The service has ended by itself, or what it depends on has."""
        self.death = death
        self._last_reason = f"died: {death.reason}"
        self._troubles += 1
        if self._breaker is not None and self._troubles >= self.service.circuit_failures:
            self._breaker.open()
        self.record.state, self.record.reason = "died", death.reason
        if self._handle is not None:
            self.record.log = self._handle.log()

    def stop(self, hurry: bool) -> None:
        """Ends what was started for this run."""
        with self._lock:
            handle, self._handle, self._place = self._handle, None, None
        if handle is not None:
            handle.stop(hurry)
            if self.record.state == "up":
                self.record.state = "stopped"
        if self._noted is not None:
            end_session(*self._noted)
            self._noted = None

    def kill_now(self) -> None:
        """Ends it at once; takes no locks."""
        if self._handle is not None:
            self._handle.kill()

    # -- starting ----------------------------------------------------------------------------------------------------

    def _through_breaker(self, others: Mapping[str, Place]) -> Place:
        from pybreaker import CircuitBreaker, CircuitBreakerError

        if self._breaker is None:
            self._breaker = CircuitBreaker(
                fail_max=self.service.circuit_failures, reset_timeout=self.service.circuit_reset_seconds,
                throw_new_error_on_trip=False,
            )  # fmt: skip
        try:
            return self._breaker.call(self._begin, others)
        except CircuitBreakerError:
            times = f"{self._troubles} time{'s' if self._troubles > 1 else ''}"
            raise ServiceDownError(
                f"service {self.service.name} is not tried again for now: it failed {times} in this run ({self._last_reason})"
            ) from None

    def _begin(self, others: Mapping[str, Place]) -> Place:
        name = self.service.name
        try:
            place = self._lasting() or self._reused(others) or self._started(others)
        except ServiceDownError as error:
            self._troubles += 1
            self._last_reason = error.reason
            state = "failed" if self.run.is_wanted() else "interrupted"
            self.record.state, self.record.reason, self.record.log = state, error.reason, error.log
            raise ServiceDownError(f"service {name}: {error.reason}", error.log) from None
        self.death = None
        self.record.reason = ""
        self.record.ports = {port or "port": number for port, number in place.ports.items()}
        self.record.started = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        return place

    def _lasting(self) -> Place | None:
        """What `doit services up` has started, if it is still there and was made from the same."""
        kept = lasting.read(self.run.cache_dir, self.service.name)
        if kept is None or not lasting.is_up(kept):
            return None
        if kept.state != self.state:
            self.run.say(
                f"service {kept.name}: the one that is up since {kept.since} was made from another declaration, so a new one is "
                "started; `services down` ends it"
            )
            return None
        self.record.state, self.record.pid = "kept up", kept.pid
        self.run.say(f"service {kept.name}: up since {kept.since} on {_ports(kept.place)}, used as it is")
        self._watch(lambda: lasting.is_up(kept), "ended")
        return kept.place

    def _watch(self, is_up: Callable[[], bool], how_it_ended: str) -> None:
        """Nobody tells of the death of a service that another process started."""
        name = self.service.name

        def look() -> None:
            while self.run.is_wanted():
                began = time.time()
                if not is_up():
                    # It ended since it was last looked at; what failed since then may have failed of that.
                    self.run.died(name, Death(how_it_ended, began - _LOOK_SECONDS))
                    return
                time.sleep(_LOOK_SECONDS)

        threading.Thread(target=look, name=f"service {name}", daemon=True).start()

    def _reused(self, others: Mapping[str, Place]) -> Place | None:
        """Somebody else's, on the declared port."""
        if not self.service.reuse:
            return None
        place = place_for(self.service, "")
        found = holder_of([self.service.port])
        if not found:
            return None
        from lamina.services.executors import executor_for

        executor = executor_for(
            instructions_for(self.service, place, others, self.run.root, Path(), ""), 1, self.run.is_wanted
        )
        until = time.monotonic() + min(_REUSE_SECONDS, self.service.start_timeout_seconds)
        while not executor.is_ready():
            if time.monotonic() > until or not self.run.is_wanted():
                raise ServiceDownError(f"{found}, and that is not it: its readiness check fails")
            time.sleep(0.1)
        self.record.state = "reused"
        self._watch(lambda: listens(self.service.port), "does not listen any more")
        self.run.say(f"service {self.service.name}: {found} already and is ready: reused, and left up")
        return place

    def _started(self, others: Mapping[str, Place]) -> Place:
        for _ in range(_PORT_TRIES - 1):
            try:
                return self._start(others)
            except ServiceDownError as error:
                is_fixed = bool(self.service.port and all(self.service.ports.values()))
                if not error.is_taken or is_fixed:
                    raise
        return self._start(others)

    def _start(self, others: Mapping[str, Place]) -> Place:
        name = self.service.name
        folder = mkdtemp(prefix=f"lamina-{name}-")
        Path(folder).chmod(0o755)  # a service may run as another user
        place = place_for(self.service, folder)
        logs = self.run.cache_dir / "services" / self.run.run_id
        logs.mkdir(parents=True, exist_ok=True)
        token = token_of(self.run.run_id, f"service-{name}")
        self._note(token, folder)
        instructions = instructions_for(self.service, place, others, self.run.root, logs / f"{name}.log", token)
        handle = Handle(instructions, lambda death: self._heard(handle, death))
        self._handle = handle
        try:
            handle.wait_until_ready(self.run.is_wanted)
        except ServiceDownError:
            self._handle = None
            raise
        self.record.state, self.record.pid, self.record.ready_seconds = "up", handle.pid, handle.ready_seconds
        self.run.say(f"service {name}: ready on {_ports(place)} after {handle.ready_seconds:.1f} s")
        return place

    def _note(self, token: str, folder: str) -> None:
        """For the next run, if this one is killed with its keeper."""
        own = str(self.run.cache_dir / "sessions" / f"{self.run.run_id}-service-{self.service.name}")
        with suppress(OSError):
            if self._noted is None:
                self._noted = (own, begin_session(own))
            note(own, token, folder)

    def _heard(self, handle: Handle, death: Death) -> None:
        # Before it was ready, its death is a failed start.
        if handle is self._handle and handle.pid:
            self.run.died(self.service.name, death)


def _ports(place: Place) -> str:
    further = "".join(f", {name} {number}" for name, number in place.ports.items() if name)
    return f"{HOST}:{place.ports['']}{further}"
