# SPDX-License-Identifier: Apache-2.0
"""Times calls on a device."""

import time
from collections.abc import Callable
from typing import Any

import torch


def seconds(call: Callable[[], Any], device: str, repeats: int, warm_up: int) -> list[float]:
    """Seconds of `repeats` calls after `warm_up` calls. On a GPU between two events on an idle stream."""
    with torch.inference_mode():
        for _ in range(warm_up):
            call()
        return [_on_gpu(call) if device == "cuda" else _on_cpu(call) for _ in range(repeats)]


def _on_cpu(call: Callable[[], Any]) -> float:
    begin = time.perf_counter()
    call()
    return time.perf_counter() - begin


def _on_gpu(call: Callable[[], Any]) -> float:
    begin, end = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
    torch.cuda.synchronize()
    begin.record()
    call()
    end.record()
    torch.cuda.synchronize()
    return begin.elapsed_time(end) / 1e3
