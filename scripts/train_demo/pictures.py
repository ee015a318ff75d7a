# SPDX-License-Identifier: Apache-2.0
"""Makes the README's pictures with the program itself: pictures.py --bundle models/demo --out docs/images

Writes demo.webp (animated; rows of portrait, driver, result) and demo_moments.webp (the same rows as a contact
sheet: portrait, then driver above result at four moments). Everything is drawn, and animated, at 512 px.
"""

import argparse
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "scripts"), str(ROOT / "python")]

import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor

from train_demo.evaluate import animate
from train_demo.held_out import HeldOut, held_out, to_bytes
from train_demo.sheet import save_sheet

_SIZE = 512
_MOVING, _STILL = 352, 320  # px of a picture in demo.webp, and in demo_moments.webp
_MOMENTS = (8, 20, 32, 44)
_FRAME_MS = 40

Row = tuple[Tensor, Tensor, Tensor]


def row_of(scene: HeldOut, number: int, program: Path, bundle: Path) -> Row:
    """Portrait, driver and result, [F, 3, S, S] each, of a pair."""
    pair = scene.pairs[number]
    driver = scene.draw(pair.driver, pair.motion).images
    portrait = scene.portraits[pair.person]
    with tempfile.TemporaryDirectory() as folder:
        result = animate(program, bundle, portrait, driver, Path(folder))
    return portrait.expand_as(driver), driver, result


def scaled(pictures: Tensor, side: int) -> Tensor:
    return F.interpolate(pictures, (side, side), mode="bicubic", antialias=True).clamp(0, 1)


def save_moving(rows: list[Row], path: Path) -> None:
    film = torch.cat([torch.cat([scaled(part, _MOVING) for part in row], 3) for row in rows], 2)
    frames = [Image.fromarray(pixels.numpy()) for pixels in to_bytes(film)]
    frames[0].save(path, save_all=True, append_images=frames[1:], duration=_FRAME_MS, loop=0,
                   quality=72, method=4)


def main() -> int:
    parser = argparse.ArgumentParser(description="Makes the README's pictures with the program.")
    parser.add_argument("--bundle", type=Path, default=ROOT / "models" / "demo")
    parser.add_argument("--program", type=Path, default=ROOT / "build/release/bin/hyportrait")
    parser.add_argument("--pairs", nargs="+", default=["8:1", "7:5"], metavar="SEED:N",
                        help="evaluation seed and number of each pair to show")
    parser.add_argument("--out", type=Path, required=True, help="folder to write into")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(1)
    chosen = [tuple(map(int, pair.split(":"))) for pair in options.pairs]
    rows = [row_of(held_out(seed, _SIZE), number, options.program, options.bundle) for seed, number in chosen]
    save_moving(rows, options.out / "demo.webp")
    sheet = [scaled(torch.cat([portrait[:1], *(part[[moment]] for moment in _MOMENTS)]), _STILL)
             for portrait, driver, result in rows for part in (driver, result)]
    save_sheet(torch.cat(sheet), 1 + len(_MOMENTS), options.out / "demo_moments.webp")
    return 0


if __name__ == "__main__":
    sys.exit(main())
