# SPDX-License-Identifier: Apache-2.0
"""hyportrait: animates a portrait with the motion of a clip.

    import hyportrait
    clip = hyportrait.animate(ref="face.png", drive="clip.mp4", output="out.mp4", max_frames=100)

Each function runs the program `hyportrait` as a process, with the options of its command (hyportrait.options), and raises
Error with the program's message and exit code. Log lines go to the logger "hyportrait"."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from hyportrait._api import Batch, Clip, Job, animate, batch, extract_motion, inspect, metrics
    from hyportrait._process import Error, Progress
    from hyportrait.options import AnimateOptions, BatchOptions, ExtractOptions, InspectOptions, MetricsOptions

__all__ = ["AnimateOptions", "Batch", "BatchOptions", "Clip", "Error", "ExtractOptions", "InspectOptions", "Job",
           "MetricsOptions", "Progress", "animate", "batch", "extract_motion", "inspect", "metrics"]


def __getattr__(name: str) -> object:
    """Loads the functions when one is asked for: the command `hyportrait` passes here, and answers --help at once."""
    if name not in __all__:
        raise AttributeError(f"module 'hyportrait' has no attribute {name!r}")
    from hyportrait import _api, _process, options

    for module in (_api, _process, options):
        if hasattr(module, name):
            return getattr(module, name)
    raise AssertionError(name)
