# SPDX-License-Identifier: Apache-2.0
"""Encoders, containers and pixel formats."""

from collections.abc import Sequence

from odd.row import DONE, OUTPUT, USAGE, Row, plan, run

MADE = (("out.mp4", "--codec", "mpeg4"), ("out.mov", "--codec", "prores"), ("out.mkv", "--codec", "ffv1"),
        ("out.webm",), ("out.gif", "--side-by-side"), ("out.webp", "--pixel-format", "yuva420p"))
# A dry run opens the encoder and the container.
OPENED = (("out.mp4", "--crf", "0"), ("out.mp4", "--crf", "51"), ("out.mp4", "--pixel-format", "yuv444p"), ("out.mov", "--codec", "qtrle"),
          ("out.mkv", "--codec", "libvpx"), ("out.webm", "--codec", "vp9", "--crf", "40"), ("out.gif", "--pixel-format", "gray"))
BAD = {
    "out.webm": ((("--codec", "h264"), "cannot carry h264"), (("--codec", "prores"), "cannot carry prores")),
    "out.mp4": ((("--codec", "prores"), "cannot carry prores"), (("--codec", "gif"), "cannot carry gif"),
                (("--codec", "huffyuv"), "cannot carry"), (("--pixel-format", "rgb24"), "does not take it"),
                (("--codec", "libx264", "--crf", "64"), "from 0 to 63"), (("--codec", "libx264\x1b"), "no such video encoder")),
    "out.gif": ((("--codec", "h264"), "cannot carry h264"), (("--pixel-format", "yuv444p"), "does not take it")),
    "out.mov": ((("--codec", "vp9"), "does not take vp9 and aac together"),),
    "out.webp": ((("--codec", "vp9"), "cannot carry vp9"),),
    "out.mkv": ((("--codec", "huffyuv"), "cannot carry huffyuv"),),
}


def named(output: str, options: Sequence[str]) -> str:
    return f"{output} {' '.join(options)!r}"


ROWS = [
    *(Row(named(output, options), run(*options, output=output), DONE, "2 frames", None, (output, output + ".json"))
      for output, *options in MADE),
    *(Row(named(output, options), plan(*options, output=output), DONE, "unet_calls: [1-9]") for output, *options in OPENED),
    *(Row(named(output, options), plan(*options, output=output), USAGE, says)
      for output, cases in BAD.items() for options, says in cases),
    Row("the square alone", run("--crop-only"), DONE, "2 frames", None, OUTPUT),
    Row("another rate, without sound, verbose", run("--fps", "30000/1001", "--audio", "none", "-v"), DONE, "(?s)debug: .*2 frames",
        None, OUTPUT),
    Row("as the original", run("--compat", "original"), DONE, "2 frames", None, OUTPUT),
    Row("quiet and JSON", run("--quiet", "--json"), DONE, r'\A\{', None, OUTPUT),
]
