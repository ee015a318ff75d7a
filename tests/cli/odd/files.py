# SPDX-License-Identifier: Apache-2.0
"""Names, and files that are no ordinary ones."""

import os
import socket
from pathlib import Path

from odd.row import DONE, FAILED, INPUT, OUTPUT, USAGE, Make, Row, copied, every, look, plan, run, written

NAMES = ("two words.png", "'quoted'.png", 'double".png', "percent %s %n.png", "line\nbreak.png", "tab\t.png", "\x1b[31mred.png",
         "-o.png", "--ref.png", "[1].png", "*.png", "a:b.png", "file:a.png", "http:a.png", "ümlaut.png", "肖像.png", "🙂.png",
         ".hidden", "no_ending", "UPPER.PNG", "a.mp4", "a.png.", "back\\slash.png", "$HOME.png", "a;b.png", "a|b.png", "\u202egnp.png",
         "n" * 255, "\u009b2J.png")
ADDRESSES = ("http://127.0.0.1:9/a.mp4", "rtsp://127.0.0.1:9/a", "concat:clip.mp4|clip.mp4", "pipe:0",
             "data:image/png;base64,AAAA", "crypto:clip.mp4", "subfile,,start,0,end,0,,:clip.mp4", "lavfi:testsrc",
             "-")
LISTS = {
    "a play list": ("list.m3u8", "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nclip.mp4\n#EXT-X-ENDLIST\n"),
    "an ffconcat list": ("list.ffconcat", "ffconcat version 1.0\nfile clip.mp4\n"),
    "an SDP": ("clip.sdp", "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 9 RTP/AVP 96\n"),
    "an MPD": ("clip.mpd", '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011"></MPD>'),
    "a play list that says it is an MP4": ("list.mp4", "#EXTM3U\n#EXTINF:1,\nclip.mp4\n"),
}


def of_file(name: str) -> str:
    """The name as it is given: one that begins with a dash needs ./ in front."""
    return f"./{name}"


def folder(name: str) -> Make:
    return lambda at: (at / name).mkdir(parents=True)


def link(name: str, target: str) -> Make:
    return lambda at: (at / name).symlink_to(target)


def fifo(name: str) -> Make:
    return lambda at: os.mkfifo(at / name)


def unix_socket(name: str) -> Make:
    def make(at: Path) -> None:
        here = Path.cwd()
        os.chdir(at)  # an address of at most 107 bytes
        try:
            socket.socket(socket.AF_UNIX).bind(name)
        finally:
            os.chdir(here)
    return make


SPECIAL = {"a folder": folder("odd"), "a FIFO": fifo("odd"), "a socket": unix_socket("odd"), "a dangling link": link("odd", "none"),
           "a link to itself": link("odd", "odd"), "an empty file": written("odd", b""), "one byte": written("odd", b"x"),
           "a text": written("odd", "just some text\n" * 99), "zeros": written("odd", b"\0" * 100_000)}
DEVICES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/stdin", "/proc/self/mem", "/", "portrait.png/x")

ROWS = [
    *(Row(f"portrait {portrait[:20]!r}, clip {clip[:20]!r}", plan(ref=of_file(portrait), drive=of_file(clip)), DONE, "unet_calls",
          every(copied("portrait.png", portrait), copied("clip.mp4", clip))) for portrait, clip in zip(NAMES[::2], NAMES[1::2], strict=False)),
    Row("no portrait of a red name", plan(ref="\x1b[31mred.png"), INPUT, "there is no such file"),
    *(Row(f"inspect {name[:20]!r}", look(of_file(name)), DONE, "picture of 192x192", copied("portrait.png", name)) for name in NAMES[4::8]),
    *(Row(f"output {name[:20]!r}", run(output=of_file(name) + ".mp4"), DONE, "2 frames", None, (name + ".mp4", name + ".mp4.json"))
      for name in NAMES[1:3]),
    *(Row(f"address {name[:20]}", plan(drive=name), INPUT, "") for name in ADDRESSES),
    Row("portrait at http://127.0.0.1:9/a", plan(ref=ADDRESSES[0]), INPUT, ""),
    *(Row(name, plan(drive=file), INPUT, file, written(file, text)) for name, (file, text) in LISTS.items()),
    *(Row(f"{name} as the portrait", plan(ref="odd"), INPUT, "odd: ", make) for name, make in SPECIAL.items()),
    *(Row(f"{name} as the clip", plan(drive="odd"), INPUT, "odd: ", make) for name, make in list(SPECIAL.items())[::3]),
    Row("a FIFO to inspect", look("odd"), INPUT, "odd: ", SPECIAL["a FIFO"]),
    *(Row(f"{name} as the portrait", plan(ref=name), INPUT, name) for name in DEVICES),
    *(Row(f"{name} as the clip", plan(drive=name), INPUT, name) for name in DEVICES[1:3]),
    Row("portrait and clip swapped", plan(ref="clip.mp4", drive="portrait.png"), INPUT, "clip.mp4: "),
    Row("a name of 256 bytes", plan(ref="n" * 256), INPUT, "nnn"),
    Row("a path of 5000 bytes", plan(ref="a/" * 2500), INPUT, "a/a/"),
    Row("a link as the portrait", plan(ref="link.png"), DONE, "unet_calls", link("link.png", "portrait.png")),
    Row("a link as the clip", plan(drive="link"), DONE, "unet_calls", link("link", "clip.mp4")),
    Row("output is a folder", plan(output="odd"), USAGE, "odd: is a folder", folder("odd")),
    Row("output ends in a slash", plan(output="odd/"), FAILED, "odd: there is no such folder"),
    Row("output in no folder", plan(output="no/out.mp4"), FAILED, "no: there is no such folder"),
    Row("output below a file", plan(output="portrait.png/out.mp4"), FAILED, "portrait.png"),
    Row("output without an ending", plan(output="out"), USAGE, "use .mp4"),
    Row("output is only an ending", plan(output=".mp4"), USAGE, "use .mp4"),
    Row("output of another kind", plan(output="out.avi"), USAGE, "use .mp4"),
    Row("output in capitals", run(output="OUT.MP4"), DONE, "2 frames", None, ("OUT.MP4", "OUT.MP4.json")),
    Row("output is the portrait", plan(output="portrait.png"), USAGE, "would replace an input"),
    Row("output is the clip", plan("-y", output="clip.mp4"), USAGE, "would replace an input"),
    Row("output is the clip by another way", plan("-y", output="./odd/../clip.mp4"), USAGE, "would replace an input", folder("odd")),
    Row("output is a link to the clip", plan("-y", output="link.mp4"), USAGE, "would replace an input", link("link.mp4", "clip.mp4")),
    Row("output exists", plan(), USAGE, "exists already", written("out.mp4", "precious")),
    Row("output exists and is to be replaced", run("-y"), DONE, "2 frames", written("out.mp4", "old"), ("out.mp4.json",)),
    Row("output is an address", plan(output="http://127.0.0.1:9/out.mp4"), FAILED, "no such folder"),
    Row("output is a device", plan(output="/dev/null"), USAGE, "/dev/null"),
    Row("output of a name of 255 bytes", plan(output="n" * 251 + ".mp4"), USAGE, "nnn.*255 bytes.*room for 237"),
    Row("output beside a link at its .part", run(), USAGE, "out.mp4.part: is a link",
        every(written("victim", "precious"), link("out.mp4.part", "victim"))),
    Row("output at a dangling link", run(), USAGE, "out.mp4: .*link|exists", link("out.mp4", "nowhere")),
    Row("a foreign sidecar beside the output", plan(), USAGE, "out.mp4.json", written("out.mp4.json", "mine")),
    Row("frames into a file", plan("--frames-dir", "portrait.png"), USAGE, "portrait.png: is not a folder"),
    Row("frames into a folder with others", plan("--frames-dir", "f"), USAGE, "f/?.*--overwrite", written("f/000003.png", "mine")),
    Row("frames into a folder named like an option", run("--frames-dir=--crop-only"), DONE, "2 frames", None,
        (*OUTPUT, "--crop-only", "--crop-only/000000.png", "--crop-only/000001.png")),
    Row("frames into no folder at all", plan("--frames-dir=", "--crop-only"), USAGE, "--frames-dir"),
    Row("a clip named as a picture", plan(drive="c.png"), DONE, "unet_calls", copied("clip.mp4", "c.png")),
    Row("noise from a picture", plan("--noise", "portrait.png"), INPUT, "portrait.png"),
    Row("noise from nowhere", plan("--noise", "no.safetensors"), INPUT, "no.safetensors"),
    Row("noise without noise", plan("--noise", "n.safetensors"), INPUT, "n.safetensors",
        written("n.safetensors", (8).to_bytes(8, "little") + b'{"a":{}}')),
    Row("the bundle is an empty folder", plan("--bundle", "odd"), 4, "odd", folder("odd")),
    Row("the bundle is a file", plan("--bundle", "portrait.png"), 4, "portrait.png"),
]
