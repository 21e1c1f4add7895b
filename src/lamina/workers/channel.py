"""The session's end of the line to the engine."""

from __future__ import annotations

import socket
from collections import deque
from contextlib import suppress

from lamina.workers.protocol import Lines, Message, Request, encode

__all__ = ["Channel"]


class Channel:
    """Sends messages at once; received ones wait until they are asked for."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._lines = Lines()
        self._received: deque[Message] = deque()

    def fileno(self) -> int:
        """For a selector."""
        return self._connection.fileno()

    def send(self, message: Message) -> None:
        """Sends `message`; an engine that is gone is no error, since the guardian ends this process then."""
        with suppress(BrokenPipeError, ConnectionResetError):
            self._connection.sendall(encode(message))

    def receive_request(self) -> Request:
        """The first message."""
        while not self._received:
            self._fill()
        return self._received.popleft()  # type: ignore[return-value]

    def receive(self) -> list[Message]:
        """What has come, at least one message unless the engine is gone; waits for it."""
        if not self._received:
            self._fill()
        messages = list(self._received)
        self._received.clear()
        return messages

    def wait_for(self, kind: str) -> Message:
        """The next message of this kind; what comes before it stays for `receive`."""
        while True:
            found = next((message for message in self._received if message["kind"] == kind), None)
            if found is not None:
                self._received.remove(found)
                return found
            self._fill()

    @property
    def has_received(self) -> bool:
        """Whether messages have come that no selector tells of any more."""
        return bool(self._received)

    def _fill(self) -> None:
        data = self._connection.recv(1 << 16)
        if not data:
            raise ConnectionResetError("the engine closed the line")
        self._received.extend(self._lines.feed(data))

    def close(self) -> None:
        """Closes the line."""
        self._connection.close()
