# SPDX-License-Identifier: Apache-2.0
"""Measures wall and processor time of calls."""

import time
from collections.abc import Callable

from torch import Tensor


def timed(call: Callable[[], Tensor], repeats: int = 1) -> tuple[Tensor, dict[str, list[float]]]:
    """The last result, and the seconds of each call in wall and processor time."""
    seconds: dict[str, list[float]] = {"wall": [], "cpu": []}
    for _ in range(repeats):
        begin, begin_cpu = time.perf_counter(), time.process_time()
        result = call()
        seconds["wall"].append(time.perf_counter() - begin)
        seconds["cpu"].append(time.process_time() - begin_cpu)
    return result, seconds
