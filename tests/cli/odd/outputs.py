# SPDX-License-Identifier: Apache-2.0
"""Encoders, containers and pixel formats."""

from odd.row import DONE, OUTPUT, USAGE, Row, plan, run

GOOD = {
    "out.mp4": ((), ("--codec", "mpeg4"), ("--crf", "0"), ("--crf", "51"), ("--pixel-format", "yuv444p")),
    "out.mov": ((), ("--codec", "prores"), ("--codec", "qtrle")),
    "out.mkv": ((), ("--codec", "ffv1"), ("--codec", "vp9"), ("--codec", "libvpx")),
    "out.webm": ((), ("--codec", "vp9"), ("--codec", "libvpx"), ("--crf", "40")),
    "out.gif": ((), ("--side-by-side",), ("--pixel-format", "gray"), ("--codec", "gif")),
    "out.webp": ((), ("--pixel-format", "yuva420p"), ("--crop-only",)),
}
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


def named(output: str, options: tuple[str, ...]) -> str:
    return f"{output} {' '.join(options)!r}"


ROWS = [
    *(Row(named(output, options), run(*options, output=output), DONE, "2 frames", None, (output, output + ".json"))
      for output, cases in GOOD.items() for options in cases),
    *(Row(named(output, options), plan(*options, output=output), USAGE, says)
      for output, cases in BAD.items() for options, says in cases),
    Row("frames beside it", run("--frames-dir", "frames"), DONE, "2 frames", None,
        (*OUTPUT, "frames", "frames/000000.png", "frames/000001.png")),
    Row("the square alone", run("--crop-only"), DONE, "2 frames", None, OUTPUT),
    Row("three pictures", run("--side-by-side"), DONE, "2 frames", None, OUTPUT),
    Row("without sound", run("--audio", "none"), DONE, "2 frames", None, OUTPUT),
    Row("another rate", run("--fps", "30000/1001"), DONE, "2 frames", None, OUTPUT),
    Row("as the original", run("--compat", "original"), DONE, "2 frames", None, OUTPUT),
    Row("quiet", run("--quiet"), DONE, r"\A\Z", None, OUTPUT),
    Row("quiet and JSON", run("--quiet", "--json"), DONE, r'\A\{', None, OUTPUT),
    Row("verbose", run("-v"), DONE, "debug: ", None, OUTPUT),
]
