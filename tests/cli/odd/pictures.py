# SPDX-License-Identifier: Apache-2.0
"""Portraits of every kind, whole and broken."""

import struct
import zlib
from collections.abc import Callable
from pathlib import Path

from PIL import Image

from odd.row import DONE, INPUT, OUTPUT, Make, Row, copied, cut, every, ffmpeg, look, plan, run, written

PNG = b"\x89PNG\r\n\x1a\n"


def saved(name: str, mode: str = "RGB", size: tuple[int, int] | None = None, **options: object) -> Make:
    """The portrait as Pillow saves it."""
    def make(folder: Path) -> None:
        picture = Image.open(folder / "portrait.png").convert(mode)
        (picture.resize(size) if size else picture).save(folder / name, **options)
    return make


def blank(name: str, width: int, height: int) -> Make:
    return lambda folder: Image.new("L", (width, height), 90).save(folder / name)


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png_of(width: int, height: int, *, depth: int = 8, colour: int = 2, data: bytes = b"") -> bytes:
    """A PNG's header with whatever picture data."""
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    return PNG + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def turned(name: str, orientation: int) -> Make:
    def make(folder: Path) -> None:
        picture = Image.open(folder / "portrait.png").convert("RGB")
        exif = Image.Exif()
        exif[0x0112] = orientation
        picture.resize((192, 128)).save(folder / name, exif=exif)
    return make


def flipped(at: float) -> Callable[[bytes], bytes]:
    def change(data: bytes) -> bytes:
        place = int(len(data) * at)
        return data[:place] + bytes([data[place] ^ 0xFF]) + data[place + 1:]
    return change


GOOD = {
    "grey PNG": saved("p.png", "L"), "palette PNG": saved("p.png", "P"), "1-bit PNG": saved("p.png", "1"),
    "transparent PNG": saved("p.png", "RGBA"), "grey and transparent PNG": saved("p.png", "LA"),
    "16-bit PNG": ffmpeg("-i", "portrait.png", "-pix_fmt", "rgb48be", "p.png"),
    "16-bit grey PNG": ffmpeg("-i", "portrait.png", "-pix_fmt", "gray16be", "p.png"),
    "interlaced PNG": ffmpeg("-i", "portrait.png", "-pred", "mixed", "p.png"),
    "JPEG": saved("p.png", quality=80, format="JPEG"), "progressive JPEG": saved("p.jpg", progressive=True),
    "JPEG of quality 1": saved("p.jpg", quality=1),
    "JPEG 4:4:4": saved("p.jpg", subsampling=0), "WebP": saved("p.webp"), "lossless WebP": saved("p.webp", lossless=True),
    "transparent WebP": saved("p.webp", "RGBA"), "TIFF with LZW": saved("p.tif", compression="tiff_lzw"),
    "TIFF with deflate": saved("p.tif", compression="tiff_adobe_deflate"), "grey TIFF": saved("p.tif", "L"),
    "BMP": saved("p.bmp"), "a GIF's first frame": saved("p.gif", "P"),
    "AVIF": ffmpeg("-i", "portrait.png", "-c:v", "libaom-av1", "-still-picture", "1", "-cpu-used", "8", "p.avif"),
    "an odd size": saved("p.png", size=(101, 77)), "wide": saved("p.png", size=(900, 80)), "high": saved("p.png", size=(80, 900)),
    "large": saved("p.png", size=(2500, 2500), compress_level=1), "8x8": saved("p.png", size=(8, 8)),
    "JPEG with junk behind": every(saved("j.jpg"), copied("j.jpg", "p.jpg", lambda data: data + b"\0" * 5000)),
    "PNG with junk behind": copied("portrait.png", "p.png", lambda data: data + b"junk" * 99),
    **{f"turned by EXIF {n}": turned("p.jpg", n) for n in (3, 6, 8, 65535)},
}
BAD = {
    "a PNG cut at 50 %": copied("portrait.png", "p.png", cut(0.5)),
    "a PNG cut at 90 %": copied("portrait.png", "p.png", cut(0.9)), "a PNG's first 8 bytes": copied("portrait.png", "p.png", lambda d: d[:8]),
    "a PNG's first 33 bytes": copied("portrait.png", "p.png", lambda d: d[:33]),
    "a PNG with a changed byte": copied("portrait.png", "p.png", flipped(0.5)),
    "a PNG without a size": written("p.png", png_of(0, 0)), "a PNG too wide": written("p.png", png_of(16385, 10)),
    "a PNG too large": written("p.png", png_of(16000, 16000)), "a PNG of 2 giga px a side": written("p.png", png_of(2**31 - 1, 2**31 - 1)),
    "a PNG of no colour type": written("p.png", png_of(9, 9, colour=5)), "a PNG of 3 bits": written("p.png", png_of(9, 9, depth=3)),
    "a PNG without data": written("p.png", png_of(64, 64)), "a PNG of rubbish": written("p.png", png_of(64, 64, data=b"rubbish")),
    "a bomb": written("p.png", png_of(9000, 9000, data=zlib.compress(b"\0" * 90_000))),
    **{f"a JPEG cut at {share} %": every(saved("j.jpg"), copied("j.jpg", "p.jpg", cut(share / 100))) for share in (30, 90)},
    "a BMP cut at 50 %": every(saved("b.bmp"), copied("b.bmp", "p.bmp", cut(0.5))),
    "an AVIF cut at 50 %": every(ffmpeg("-i", "portrait.png", "-c:v", "libaom-av1", "-still-picture", "1", "-cpu-used", "8", "a.avif"),
                                copied("a.avif", "p.avif", cut(0.5))),
    "a JPEG's first 2 bytes": written("p.jpg", b"\xff\xd8"), "a JPEG's first 20 bytes": every(saved("j.jpg"), copied("j.jpg", "p.jpg", lambda d: d[:20])),
    "a JPEG cut in its header": every(saved("j.jpg"), copied("j.jpg", "p.jpg", lambda d: d[:200])),
    "a WebP cut at 50 %": every(saved("w.webp"), copied("w.webp", "p.webp", cut(0.5))),
    "a WebP's header": written("p.webp", b"RIFF\x24\0\0\0WEBPVP8 "), "a TIFF's header": written("p.tif", b"II*\0\x08\0\0\0"),
    "a TIFF cut at 50 %": every(saved("t.tif"), copied("t.tif", "p.tif", cut(0.5))),
    "a TIFF whose directory is itself": written("p.tif", b"II*\0\x08\0\0\0\x01\0\0\x01\x03\0\x01\0\0\0\x01\0\0\0\x08\0\0\0"),
    "an SVG": written("p.svg", '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'),
    "a PDF": written("p.pdf", "%PDF-1.4\n"), "a clip": copied("clip.mp4", "p.png"), "an HTML page": written("p.png", "<!DOCTYPE html><p>404"),
    "a pointer of Git LFS": written("p.png", "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n"),
}


def file_of(make: Make, folder: Path) -> str:
    """Every row above makes one file called p.something."""
    make(folder)
    return next(path.name for path in folder.glob("p.*"))


def linked(make: Make) -> Make:
    """The row's file under the name that the command has."""
    def whole(folder: Path) -> None:
        (folder / "odd").symlink_to(file_of(make, folder))
    return whole


ROWS = [
    *(Row(f"{name}, inspected", look("odd"), DONE, "odd: a picture", linked(make)) for name, make in list(GOOD.items())[::6]),
    *(Row(f"{name}, animated", run(ref="odd"), DONE, "2 frames", linked(make), OUTPUT) for name, make in list(GOOD.items())[1::12]),
    *(Row(name, plan(ref="odd"), INPUT, "odd: ", linked(make)) for name, make in BAD.items()),
    *(Row(f"{name}, inspected", look("odd"), INPUT, "odd: ", linked(make)) for name, make in list(BAD.items())[1::12]),
    Row("1x1, planned", plan(ref="p.png"), DONE, "unet_calls", blank("p.png", 1, 1)),
    Row("1x300, planned", plan(ref="p.png"), DONE, "unet_calls", blank("p.png", 1, 300)),
]
