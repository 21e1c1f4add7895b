"""The resources of a run in the plain form that sessions and workers get: those of the configuration, and GPUs."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, TypedDict

from lamina.resources.arbiter import ALL

if TYPE_CHECKING:
    from lamina.layers.model import Resource

__all__ = ["GPU", "Definition", "definitions", "gpu_devices"]

GPU = "gpu"
_GPU_VARIABLE = "CUDA_VISIBLE_DEVICES"
_DRIVER = "/proc/driver/nvidia/gpus"


class Definition(TypedDict):
    """A resource. `size` is `ALL` for a lock; the texts are empty, and `wait_seconds` is 0, where the configuration says
    nothing."""

    size: int
    values: list[str]
    variable: str
    factory: str
    health_check: str
    close: str
    recycle_after_uses: int
    wait_seconds: float


def definitions(resources: Iterable[Resource], environment: Mapping[str, str]) -> dict[str, Definition]:
    """All resources of a run, by name."""
    devices = gpu_devices(environment)
    found = {GPU: _definition(len(devices), devices, _GPU_VARIABLE)}
    for one in resources:
        size = one.size or len(one.values) or (1 if one.factory else ALL)
        variable = one.variable or (_GPU_VARIABLE if one.name == GPU else "")
        found[one.name] = _definition(
            size,
            one.values,
            variable,
            one.factory,
            one.health_check,
            one.close,
            one.recycle_after_uses,
            one.wait_seconds or 0.0,
        )
    return found


def _definition(
    size: int, values: Iterable[str], variable: str, factory: str = "", health_check: str = "", close: str = "",
    recycle_after_uses: int = 0, wait_seconds: float = 0.0,
) -> Definition:  # fmt: skip
    return Definition(
        size=size, values=list(values), variable=variable, factory=factory, health_check=health_check, close=close,
        recycle_after_uses=recycle_after_uses, wait_seconds=wait_seconds,
    )  # fmt: skip


def gpu_devices(environment: Mapping[str, str], driver: str = _DRIVER) -> tuple[str, ...]:
    """The GPUs that tests may use, by the names that CUDA_VISIBLE_DEVICES takes: those that it names already, else all that
    NVIDIA's driver lists."""
    named = environment.get(_GPU_VARIABLE)
    if named is not None:
        return tuple(dict.fromkeys(device.strip() for device in named.split(",") if device.strip() not in ("", "-1")))
    try:
        return tuple(str(number) for number, _ in enumerate(os.listdir(driver)))
    except OSError:
        return ()
