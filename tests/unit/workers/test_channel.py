from __future__ import annotations

import socket

from lamina.workers.channel import Channel
from lamina.workers.protocol import encode


def test_waiting_for_an_answer_leaves_what_comes_before_it() -> None:
    ours, theirs = socket.socketpair()
    channel = Channel(theirs)
    for message in ({"kind": "crowded", "crowded": True}, {"kind": "elsewhere", "outcomes": {"t": "passed"}}):
        ours.sendall(encode(message))  # type: ignore[arg-type]
    assert channel.wait_for("elsewhere")["outcomes"] == {"t": "passed"}
    assert channel.has_received
    assert [message["kind"] for message in channel.receive()] == ["crowded"]
    assert not channel.has_received
    ours.close()
    channel.close()
