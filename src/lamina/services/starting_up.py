"""`doit services up`: starts a service that stays when the command has ended."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import msgspec

from lamina.layers.model import Service
from lamina.services import lasting
from lamina.services.down import ServiceDownError
from lamina.services.handle import Handle
from lamina.services.instructions import Place, instructions_for, place_for
from lamina.services.lasting import Lasting

__all__ = ["start_to_stay"]


def start_to_stay(
    root: str, cache_dir: Path, plain: dict[str, Any], others: Mapping[str, Place], state: str
) -> tuple[Lasting, bool]:
    """The running service, and whether it was started now; one made from another declaration is ended first.

    `others` are the places of the services that it depends on. Raises ServiceDownError.
    """
    service = msgspec.convert(plain, Service)
    kept = lasting.read(cache_dir, service.name)
    if kept is not None and kept.state == state and lasting.is_up(kept):
        return kept, False
    if kept is not None:
        lasting.end(cache_dir, kept)
    folder = mkdtemp(prefix=f"lamina-{service.name}-")
    Path(folder).chmod(0o755)  # a service may run as another user
    log = cache_dir / "services" / f"{service.name}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    log.unlink(missing_ok=True)
    place = place_for(service, folder)
    token = lasting.lasting_token(service.name)
    instructions = instructions_for(service, place, others, root, log, token, lasting=True)
    handle = Handle(instructions, lambda death: None)
    try:
        handle.wait_until_ready(lambda: True)
        made = Lasting(
            name=service.name, pid=handle.pid, keeper_pid=handle.keeper_pid, place=place, token=token, state=state,
            since=datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"), grace=service.stop_grace_seconds,
        )  # fmt: skip
        lasting.keep(cache_dir, made)
    except OSError as error:
        handle.kill()
        raise ServiceDownError(f"can't be kept up, as {error.filename} can't be written: {error.strerror}") from None
    except BaseException:
        handle.kill()
        raise
    handle.let_go()
    return made, True
