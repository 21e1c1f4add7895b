"""A headless Chromium, told what to do over its debugging pipe: no port, no driver, nothing to install beside it."""

from __future__ import annotations

import base64
import fcntl
import json
import os
import select
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
MISSING = "this needs Chromium, to see what a reader sees: apt-get install chromium (or put chromium or google-chrome on PATH)"
_SECONDS = 60


def chromium() -> str | None:
    """The program's path; None when it is not installed."""
    return next((path for path in map(shutil.which, NAMES) if path), None)


@contextmanager
def browser(program: str) -> Iterator[Browser]:
    """A running browser with a profile of its own, which is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="lamina-browser-", ignore_cleanup_errors=True) as profile:
        running = Browser(program, profile)
        try:
            yield running
        finally:
            running.close()


class Browser:
    """Chromium reads commands at descriptor 3 and writes answers to descriptor 4, each ended by a NUL."""

    def __init__(self, program: str, profile: str) -> None:
        theirs_in, ours_out = os.pipe()
        ours_in, theirs_out = os.pipe()
        # Above 4, so that neither is overwritten while they are put in place.
        ends = [fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, 10) for end in (theirs_in, theirs_out)]

        def put_in_place() -> None:
            os.dup2(ends[0], 3)
            os.dup2(ends[1], 4)

        quiet = (
            "--headless=new", "--remote-debugging-pipe", "--disable-gpu", "--no-first-run", "--disable-background-networking",
            "--disable-component-update", "--disable-sync", "--hide-scrollbars", "--disable-dev-shm-usage",
            "--force-color-profile=srgb",
        )  # fmt: skip
        sandbox = ("--no-sandbox",) if os.geteuid() == 0 else ()
        self._process = subprocess.Popen(
            [program, *quiet, *sandbox, f"--user-data-dir={profile}"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            preexec_fn=put_in_place, close_fds=False,
        )  # fmt: skip
        for end in (theirs_in, theirs_out, *ends):
            os.close(end)
        self._in, self._out = ours_in, ours_out
        self._received = b""
        self._number = 0
        self._events: list[dict[str, Any]] = []

    def page(self) -> Page:
        """A new empty page."""
        target = self.call("Target.createTarget", {"url": "about:blank"})["targetId"]
        session = self.call("Target.attachToTarget", {"targetId": target, "flatten": True})["sessionId"]
        return Page(self, target, session)

    def call(self, method: str, parameters: dict[str, Any] | None = None, session: str = "") -> dict[str, Any]:
        """Sends a command and returns its result."""
        self._number += 1
        message: dict[str, Any] = {"id": self._number, "method": method, "params": parameters or {}}
        if session:
            message["sessionId"] = session
        os.write(self._out, json.dumps(message).encode() + b"\0")
        answer = self._wait(lambda received: received.get("id") == self._number, method)
        if "error" in answer:
            raise RuntimeError(f"{method}: {answer['error']['message']}")
        result: dict[str, Any] = answer["result"]
        return result

    def event(self, method: str, session: str) -> None:
        """Waits until an event has come that no earlier call has waited for."""

        def wanted(received: dict[str, Any]) -> bool:
            return received.get("method") == method and received.get("sessionId") == session

        for event in self._events:
            if wanted(event):
                self._events.remove(event)
                return
        self._wait(wanted, method)

    def _wait(self, wanted: Any, what: str) -> dict[str, Any]:
        until = time.monotonic() + _SECONDS
        while True:
            received = self._receive(until, what)
            if wanted(received):
                return received
            if "method" in received:
                self._events.append(received)

    def _receive(self, until: float, what: str) -> dict[str, Any]:
        while b"\0" not in self._received:
            ready, _, _ = select.select([self._in], [], [], max(0.0, until - time.monotonic()))
            data = os.read(self._in, 1 << 20) if ready else b""
            if not data:
                raise RuntimeError(f"Chromium did not answer {what}")
            self._received += data
        message, _, self._received = self._received.partition(b"\0")
        answer: dict[str, Any] = json.loads(message)
        return answer

    def close(self) -> None:
        """Ends the browser."""
        os.close(self._out)
        try:
            self._process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        os.close(self._in)


class Page:
    """A tab."""

    def __init__(self, owner: Browser, target: str, session: str) -> None:
        self._browser = owner
        self._target = target
        self._session = session
        self.call("Page.enable")

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """A command of the debugging protocol, for this tab."""
        return self._browser.call(method, parameters, self._session)

    def size(self, width: int, height: int = 800) -> None:
        """The window's size in CSS pixels; any width, as on a phone."""
        self.call(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 600
        )

    def scheme(self, name: str) -> None:
        """What the reader prefers: "light" or "dark"."""
        self.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": name}])

    def scripts(self, on: bool) -> None:
        """Whether the reader lets pages run scripts."""
        self.call("Emulation.setScriptExecutionDisabled", value=not on)

    def open(self, path: Path) -> None:
        """Opens a file and waits until it has loaded."""
        self.call("Page.navigate", url=path.as_uri())
        self._browser.event("Page.loadEventFired", self._session)

    def value(self, expression: str) -> Any:
        """What a JavaScript expression comes to, promises waited for. Works beside the page's own rules about scripts."""
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in answer:
            raise RuntimeError(answer["exceptionDetails"]["exception"]["description"])
        return answer["result"].get("value")

    def close(self) -> None:
        """Closes the tab."""
        self._browser.call("Target.closeTarget", {"targetId": self._target})

    def screenshot(self) -> bytes:
        """What can be seen, as PNG."""
        return base64.b64decode(self.call("Page.captureScreenshot", format="png")["data"])
