# SPDX-License-Identifier: Apache-2.0
"""Measures a demo bundle on people and motions it was never trained on.

    evaluate.py --bundle models/demo --seed N --json FILE [--size PX] [--program FILE] [--sheet FILE.png]

The frames come from the program (`animate --crop-only --crop-size PX`, otherwise default settings). Portraits,
driving clips and the truth come from the renderer, all of PX (the network's size unless said otherwise); motion and
look are read by the ruler in BUNDLE/evaluation, at the network's size. Prints a table. FILE gets the figures: psnr,
psnr_copy_portrait, psnr_copy_driver (dB), ssim, ceiling and
correlation by motion parameter (ruler on the truth, ruler on the result, each against the driver's
parameter; gaze only where the driver has an eye open), slope, identity_match (share of clips whose look,
as read by the ruler, is closest to that of the right portrait among 8),
identity_match_embedding (the same by the bundle's own identity vectors), identity_match_parameters (the look
that was read against the parameters that the people were drawn from), flicker_ratio, laplacian_ratio (sharpness;
both over the truth's). Takes 10 to 30 minutes on 2
cores.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

os.environ.setdefault("OMP_WAIT_POLICY", "passive")
ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "scripts"), str(ROOT / "python")]

import torch
import torch.nn.functional as F
from torch import Tensor

from hyportrait.export.command_line import add_json, write_json
from train_demo import scores
from train_demo.bundle_weights import floats
from train_demo.crops import aligned
from train_demo.held_out import HeldOut, Pair, held_out, load_frames, save_clip, save_picture
from train_demo.ruler import Ruler, look_of
from train_demo.sheet import save_sheet
from train_demo.sizes import IMAGE


def load_ruler(bundle: Path) -> Ruler:
    ruler = Ruler()
    state = torch.load(bundle / "evaluation" / "ruler.pt", weights_only=True)
    ruler.load_state_dict(floats(state))
    return ruler.eval().requires_grad_(False)


def animate(program: Path, bundle: Path, portrait: Tensor, clip: Tensor, folder: Path) -> Tensor:
    """The program's frames [F, 3, S, S]. Raises CalledProcessError; the program has printed its message."""
    save_picture(portrait, folder / "portrait.png")
    save_clip(clip, folder / "driver.png")
    command = [program, "animate", "--bundle", bundle, "--ref", folder / "portrait.png", "--drive",
               folder / "driver.png", "-o", folder / "out.mp4", "--frames-dir", folder / "frames",
               "--crop-only", "--crop-size", portrait.shape[-1], "--overwrite", "--quiet"]
    subprocess.run([str(word) for word in command], check=True)
    return load_frames(folder / "frames")


def identity_vectors(bundle: Path, frames: Tensor, landmarks: Tensor) -> Tensor:
    """The bundle's own identity vectors, unit length, of faces with known landmarks."""
    network = torch.jit.load(str(bundle / "identity.pt")).float()
    faces = aligned(frames, landmarks)
    return torch.nn.functional.normalize(torch.cat([network(face[None]) for face in faces]), dim=1)


def at_network_size(frames: Tensor) -> Tensor:
    """Frames [N, 3, S, S] as [N, 3, IMAGE, IMAGE], which the ruler reads."""
    if frames.shape[-1] == IMAGE:
        return frames
    return F.interpolate(frames, (IMAGE, IMAGE), mode="bilinear", antialias=True)


class Tally:
    """Accumulates the figures of each pair."""

    def __init__(self, scene: HeldOut, bundle: Path) -> None:
        self.scene, self.bundle, self.ruler = scene, bundle, load_ruler(bundle)
        self.figures: dict[str, list[float]] = {}
        self.read: list[Tensor] = []
        self.ceiling: list[Tensor] = []
        self.driven: list[Tensor] = []
        self.rows: list[Tensor] = []
        known = scene.first_frames(0)
        self.known = identity_vectors(bundle, known.images, known.landmarks)
        self.seen_looks, self.drawn_looks = self.ruler(at_network_size(scene.portraits))[1], look_of(scene.people)

    def add(self, pair: Pair, result: Tensor, clip: Tensor) -> None:
        truth = self.scene.draw(pair.person, pair.motion)
        portrait = self.scene.portraits[pair.person].expand_as(truth.images)
        read, look = self.ruler(at_network_size(result))
        embedded = identity_vectors(self.bundle, result[::10], truth.landmarks[::10]).mean(0)
        look = look.mean(0, keepdim=True)
        seen, drawn = (scores.look_distance(look, looks).argmin().item()
                       for looks in (self.seen_looks, self.drawn_looks))
        own = (self.known @ embedded).argmax().item()
        for name, value in (
                ("psnr", scores.psnr(result, truth.images)),
                ("psnr_copy_portrait", scores.psnr(portrait, truth.images)),
                ("psnr_copy_driver", scores.psnr(clip, truth.images)),
                ("ssim", scores.ssim(result, truth.images)),
                ("identity_match", float(seen == pair.person)),
                ("identity_match_embedding", float(own == pair.person)),
                ("identity_match_parameters", float(drawn == pair.person)),
                ("flicker_ratio", scores.flicker(result) / scores.flicker(truth.images)),
                ("laplacian_ratio", scores.laplacian_ratio(result, truth.images))):
            self.figures.setdefault(name, []).append(value)
        self.read.append(read)
        self.ceiling.append(self.ruler(at_network_size(truth.images))[0])
        self.driven.append(self.scene.motions[pair.motion])
        if len(self.rows) < 8:
            picked = [10, 25, 40]
            self.rows.append(torch.cat([self.scene.portraits[pair.person][None], clip[picked],
                                        result[picked], truth.images[picked]]))

    def summary(self) -> dict:
        motions = torch.cat(self.driven)
        result: dict = {name: sum(v) / len(v) for name, v in self.figures.items()}
        result.update(scores.agreement(torch.cat(self.read), motions))
        result["ceiling"] = scores.agreement(torch.cat(self.ceiling), motions)["correlation"]
        return result


def print_table(result: dict) -> None:
    print(f"PSNR {result['psnr']:.2f} dB (copy of the portrait {result['psnr_copy_portrait']:.2f}, of "
          f"the driver {result['psnr_copy_driver']:.2f}), SSIM {result['ssim']:.3f}")
    print(f"identity {result['identity_match']:.0%} (own embedding "
          f"{result['identity_match_embedding']:.0%}, drawn parameters "
          f"{result['identity_match_parameters']:.0%}), flicker {result['flicker_ratio']:.2f} and "
          f"sharpness {result['laplacian_ratio']:.2f} x the truth's")
    print(f"{'parameter':14}{'result':>8}{'ceiling':>9}{'share':>7}{'slope':>7}")
    for name in scores.JUDGED:
        r, c = result["correlation"][name], result["ceiling"][name]
        print(f"{name:14}{r:8.3f}{c:9.3f}{r / c:7.2f}{result['slope'][name]:7.2f}")


@torch.no_grad()
def evaluate(program: Path, bundle: Path, seed: int, size: int, pairs: int, sheet: Path) -> dict:
    scene = held_out(seed, size)
    tally = Tally(scene, bundle)
    seconds = []
    for index, pair in enumerate(scene.pairs[:pairs]):
        clip = scene.draw(pair.driver, pair.motion).images
        with tempfile.TemporaryDirectory() as folder:
            start = time.monotonic()
            result = animate(program, bundle, scene.portraits[pair.person], clip, Path(folder))
            seconds.append(time.monotonic() - start)
        tally.add(pair, result, clip)
        print(f"pair {index + 1}/{pairs}: {seconds[-1]:.1f} s, PSNR {tally.figures['psnr'][-1]:.2f}",
              file=sys.stderr, flush=True)
    save_sheet(torch.cat(tally.rows), 10, sheet)
    return tally.summary() | {"seed": seed, "size": size, "pairs": pairs, "seconds_per_clip": sum(seconds) / len(seconds)}


def main() -> int:
    parser = argparse.ArgumentParser(description="Measures a demo bundle on held-out people.")
    parser.add_argument("--bundle", type=Path, default=ROOT / "models" / "demo")
    parser.add_argument("--seed", type=int, default=7, help="of the held-out people and motions (7)")
    parser.add_argument("--size", type=int, default=IMAGE, help=f"of pictures and results, px ({IMAGE})")
    add_json(parser)
    parser.add_argument("--program", type=Path, default=ROOT / "build/release/bin/hyportrait")
    parser.add_argument("--pairs", type=int, default=24, help="how many of the 24 pairs (24)")
    parser.add_argument("--sheet", type=Path, default=Path("evaluation.png"),
                        help="contact sheet: portrait, driver, result, truth (evaluation.png)")
    options = parser.parse_args()
    if not options.program.exists():
        print(f"evaluate.py: {options.program}: not found; build it first, or pass --program",
              file=sys.stderr)
        return 1
    result = evaluate(options.program, options.bundle, options.seed, options.size, options.pairs, options.sheet)
    print_table(result)
    write_json(options.json, result)
    return 0


if __name__ == "__main__":
    sys.exit(main())
