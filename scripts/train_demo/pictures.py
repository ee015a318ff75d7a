# SPDX-License-Identifier: Apache-2.0
"""Makes the README's pictures with the program itself: pictures.py --bundle models/demo --out docs/pictures

Writes demo.webp (animated; three rows of portrait, driver, result) and demo.png (the
same rows as a contact sheet: portrait, then driver above result at five moments).
"""

import argparse
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts"))

import torch
from PIL import Image
from torch import Tensor

from train_demo.evaluate import animate
from train_demo.held_out import HeldOut, held_out, to_bytes
from train_demo.sheet import save_sheet

_MOMENTS = (5, 15, 25, 35, 45)
_FRAME_MS = 40


def rows_of(scene: HeldOut, program: Path, bundle: Path, count: int) -> list[tuple[Tensor, ...]]:
    """Portrait, driver and result, [F, 3, S, S] each, of the first ``count`` pairs."""
    rows: list[tuple[Tensor, ...]] = []
    for pair in scene.pairs[:count]:
        driver = scene.draw(pair.driver, pair.motion).images
        portrait = scene.portraits[pair.person]
        with tempfile.TemporaryDirectory() as folder:
            result = animate(program, bundle, portrait, driver, Path(folder))
        rows.append((portrait.expand_as(driver), driver, result))
    return rows


def save_moving(rows: list[tuple[Tensor, ...]], path: Path) -> None:
    film = torch.cat([torch.cat(row, 3) for row in rows], 2)
    frames = [Image.fromarray(pixels.numpy()) for pixels in to_bytes(film)]
    frames[0].save(path, save_all=True, append_images=frames[1:], duration=_FRAME_MS, loop=0,
                   quality=80, method=4)


def main() -> int:
    parser = argparse.ArgumentParser(description="Makes the README's pictures with the program.")
    parser.add_argument("--bundle", type=Path, default=ROOT / "models" / "demo")
    parser.add_argument("--program", type=Path, default=ROOT / "build/release/bin/hyportrait")
    parser.add_argument("--seed", type=int, default=7, help="of the held-out people (7)")
    parser.add_argument("--rows", type=int, default=3, help="portraits (3)")
    parser.add_argument("--out", type=Path, required=True, help="folder to write into")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(1)
    rows = rows_of(held_out(options.seed), options.program, options.bundle, options.rows)
    save_moving(rows, options.out / "demo.webp")
    sheet = [torch.cat([portrait[:1], *(part[[moment]] for moment in _MOMENTS)])
             for portrait, driver, result in rows for part in (driver, result)]
    save_sheet(torch.cat(sheet), 1 + len(_MOMENTS), options.out / "demo.png")
    return 0


if __name__ == "__main__":
    sys.exit(main())
