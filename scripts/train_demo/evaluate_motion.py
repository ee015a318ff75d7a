# SPDX-License-Identifier: Apache-2.0
"""Measures what the options of docs/motion.md do to the demo's motion, on people that it was never trained on.

    evaluate_motion.py --seed N --json FILE [--bundle DIR] [--program FILE] [--pairs 8] [--sheet FILE.png]

Each pair is a portrait, a driver A and another driver B, all drawn by the renderer, and one batch of the program with
a job for each case below. The ruler of the bundle reads the results. Slopes are of values centred per clip, summed
over clips; gaze counts only where the driver has an eye open.

plain        no option: the usual slopes, of the reading on A's parameters
mixed        expression from A, pose from B: a joint regression of each reading on A's and B's parameters, over the
             usual slope
pose_half, pose_more, expression_half, expression_more     strength .5 and 1.5 of each: slopes over the usual ones
offset       --pose-offset 15,0,0: mean turn against plain, degrees
relative     PSNR of the first frame to the portrait, dB above plain's
steady       --smooth 0.2: slopes of jaw and lids over the usual ones
jittered, smooth     A with white jitter of 2 degrees in its pose, without and with --smooth 0.2: the deviation of yaw
             from that of the run without jitter (plain, steady), smooth over jittered
follow       a head that crosses a wide picture: frames whose landmarks lie in the followed square

Takes 5 to 20 minutes on 2 cores.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

os.environ.setdefault("OMP_WAIT_POLICY", "passive")
ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "scripts"), str(ROOT / "python")]

import torch
from safetensors.torch import load_file
from torch import Tensor

from hyportrait.export.command_line import add_json, write_json
from train_demo import scores
from train_demo.evaluate import at_network_size, load_ruler
from train_demo.held_out import FRAMES, MOTIONS, PEOPLE, HeldOut, held_out, load_frames, save_clip, save_picture
from train_demo.identity import select
from train_demo.motion import MOTION_HIGH, MOTION_LOW, MOTION_NAMES
from train_demo.renderer import render
from train_demo.sheet import save_sheet
from train_demo.sizes import IMAGE

POSE = ("yaw", "pitch", "roll")
FACE = ("jaw", "eyelid_left", "eyelid_right", "gaze_x", "gaze_y", "smile")
STRONG = ("jaw", "smile", "brows")
DEPTH = ("jaw", "eyelid_left", "eyelid_right")
JITTER = 2.0  # degrees
CASES: dict[str, dict] = {
    "plain": {},
    "mixed": {"pose-drive": "b.png"},
    "pose_half": {"pose-strength": 0.5},
    "expression_half": {"expression-strength": 0.5},
    "pose_more": {"pose-strength": 1.5},
    "expression_more": {"expression-strength": 1.5},
    "offset": {"pose-offset": "15,0,0"},
    "relative": {"relative": True},
    "steady": {"smooth": 0.2},
    "jittered": {"drive": "jittered.png"},
    "smooth": {"drive": "jittered.png", "smooth": 0.2},
}


class Sums:
    """Sums of products over clips, of values that are centred per clip."""

    def __init__(self) -> None:
        self.gram: dict[str, Tensor] = {}

    def add(self, key: str, read: Tensor, drivers: list[Tensor]) -> None:
        """``read`` [F], regressed on ``drivers``, [F] each."""
        columns = torch.stack([*drivers, read], 1).double()
        columns = columns - columns.mean(0)
        self.gram[key] = self.gram.get(key, torch.zeros(len(drivers) + 1, len(drivers) + 1)).double() + columns.T @ columns

    def slopes(self, key: str) -> list[float]:
        gram = self.gram[key]
        return torch.linalg.solve(gram[:-1, :-1], gram[:-1, -1]).tolist()


def in_units(motion: Tensor) -> Tensor:
    """The ruler's reading [.., 14] in [-1, 1] in the units of the motion's parameters."""
    return (motion + 1) / 2 * (MOTION_HIGH - MOTION_LOW) + MOTION_LOW


def white_jitter(generator: torch.Generator) -> Tensor:
    """[F, 3], degrees: white noise of a flat spectrum with random phases, so that a clip of two seconds tells what a
    filter does to white noise; drawn value by value, its spectrum varies by a factor of two from clip to clip."""
    phases = 2 * torch.pi * torch.rand(FRAMES // 2 - 1, 3, generator=generator)
    edge = torch.zeros(1, 3, dtype=torch.complex64)
    noise = torch.fft.irfft(torch.cat([edge, torch.polar(torch.ones_like(phases), phases), edge]), FRAMES, dim=0)
    return JITTER * noise / noise.square().mean(0).sqrt()


def wide_crossing(scene: HeldOut, folder: Path) -> None:
    """A clip of 2 s, three squares wide, in which a head goes from left to right."""
    images = scene.draw(0, 0).images
    wide = torch.nn.functional.pad(images, (0, 2 * IMAGE, 0, 0), mode="replicate")
    for frame in range(FRAMES):
        shift = round(2 * IMAGE * frame / (FRAMES - 1))
        wide[frame] = torch.roll(wide[frame], shift, 2)
        wide[frame, :, :, :shift] = wide[frame, :, :, shift:shift + 1]
    save_clip(wide, folder / "crossing.png")


def frames_inside(program: Path, bundle: Path, scene: HeldOut, kind: str) -> int:
    """Frames of the crossing in which all landmarks lie in the square of --drive-crop ``kind``."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        wide_crossing(scene, folder)
        subprocess.run([program, "motion", "extract", folder / "crossing.png", "-o", folder / "c.motion", "--bundle",
                        bundle, "--drive-crop", kind, "--quiet"], check=True)
        arrays = load_file(folder / "c.motion")
    low, high = arrays["square"][:2].double(), arrays["square"][2:].double()
    points = arrays["landmarks"]
    return int(((points >= low) & (points < high)).all(2).all(1).logical_and(arrays["detected"].bool()).sum())


def run_cases(program: Path, bundle: Path, scene: HeldOut, person: int, a: int, b: int, seed: int) -> dict[str, Tensor]:
    """The frames of each case, [F, 3, S, S]."""
    others = [(person + 1 + a % (PEOPLE - 1)) % PEOPLE, (person + 1 + b % (PEOPLE - 1)) % PEOPLE]
    generator = torch.Generator().manual_seed(seed)
    jittered = scene.motions[a].clone()
    jittered[:, :3] += white_jitter(generator)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        save_picture(scene.portraits[person], folder / "portrait.png")
        save_clip(scene.draw(others[0], a).images, folder / "a.png")
        save_clip(scene.draw(others[1], b).images, folder / "b.png")
        who = select(scene.people, torch.full((FRAMES,), others[0]))
        save_clip(render(who, jittered, scene.size).images, folder / "jittered.png")
        jobs = [{"ref": "portrait.png", "drive": "a.png", "output": f"{case}.mp4", "frames-dir": case,
                 "crop-only": True, **options} for case, options in CASES.items()]
        (folder / "jobs.jsonl").write_text("\n".join(json.dumps(job) for job in jobs))
        subprocess.run([program, "batch", folder / "jobs.jsonl", "--out-dir", folder, "--bundle", bundle, "--quiet"],
                       check=True, stdout=subprocess.DEVNULL)
        return {case: load_frames(folder / case) for case in CASES}


class Tally:
    """Accumulates the figures of each pair."""

    def __init__(self, bundle: Path) -> None:
        self.ruler = load_ruler(bundle)
        self.sums = Sums()
        self.turns: list[Tensor] = []
        self.gains: list[float] = []
        self.apart = {"jittered": 0.0, "smooth": 0.0}
        self.rows: list[Tensor] = []

    def add(self, portrait: Tensor, a: Tensor, b: Tensor, results: dict[str, Tensor]) -> None:
        """``a``, ``b`` [F, 14]: the drivers' parameters."""
        read = {case: in_units(self.ruler(at_network_size(frames))[0]) for case, frames in results.items()}
        open_eyes = a[:, [MOTION_NAMES.index(name) for name in DEPTH[1:]]].amin(1) < 0.7
        for index, name in enumerate(MOTION_NAMES):
            rows = open_eyes if name.startswith("gaze") else torch.ones(FRAMES, dtype=torch.bool)
            for case in CASES:
                drivers = [a, b] if case == "mixed" else [a]
                self.sums.add(f"{case}.{name}", read[case][rows, index], [d[rows, index] for d in drivers])
        self.turns.append((read["offset"] - read["plain"])[:, :3].mean(0))
        first = {case: scores.psnr(results[case][:1], portrait[None]) for case in ("relative", "plain")}
        self.gains.append(first["relative"] - first["plain"])
        for case, calm in (("jittered", "plain"), ("smooth", "steady")):
            self.apart[case] += ((read[case] - read[calm])[:, 0] ** 2).sum().item()
        picked = [0, 20, 40]
        self.rows.append(torch.cat([portrait[None], *(results[case][picked] for case in
                                                      ("plain", "mixed", "offset", "relative"))]))

    def summary(self) -> dict:
        usual = {name: self.sums.slopes(f"plain.{name}")[0] for name in MOTION_NAMES}
        mixed = {name: [slope / usual[name] for slope in self.sums.slopes(f"mixed.{name}")] for name in POSE + FACE}

        def shares(case: str, names: tuple[str, ...]) -> dict[str, float]:
            return {name: self.sums.slopes(f"{case}.{name}")[0] / usual[name] for name in names}

        turn = torch.stack(self.turns).mean(0).tolist()
        return {
            "usual_slope": {name: usual[name] for name in POSE + FACE + ("brows",)},
            "mixed_pose": {name: {"of_b": mixed[name][1], "of_a": mixed[name][0]} for name in POSE},
            "mixed_face": {name: {"of_a": mixed[name][0], "of_b": mixed[name][1]} for name in FACE},
            "pose_half": shares("pose_half", POSE),
            "expression_half": shares("expression_half", STRONG),
            "expression_half_pose": shares("expression_half", POSE),
            "pose_more": shares("pose_more", POSE),
            "expression_more": shares("expression_more", STRONG),
            "offset_degrees": dict(zip(POSE, turn)),
            "relative_first_frame_db": sum(self.gains) / len(self.gains),
            "smooth_deviation": (self.apart["smooth"] / self.apart["jittered"]) ** 0.5,
            "smooth_depth": shares("steady", DEPTH),
        }


def bounds_missed(result: dict) -> list[str]:
    """The figures that are not what docs/motion.md promises."""
    checks: list[tuple[str, float, float, float]] = []
    for name, of in result["mixed_pose"].items():
        checks += [(f"mixed {name} of B", of["of_b"], 0.85, 9), (f"mixed {name} of A", of["of_a"], -0.1, 0.1)]
    for name, of in result["mixed_face"].items():
        checks += [(f"mixed {name} of A", of["of_a"], 0.85, 9), (f"mixed {name} of B", of["of_b"], -0.1, 0.1)]
    checks += [(f"pose strength .5, {name}", x, 0.4, 0.6) for name, x in result["pose_half"].items()]
    checks += [(f"expression strength .5, {name}", x, 0.4, 0.75) for name, x in result["expression_half"].items()]
    checks += [(f"expression strength .5, {name}", x, 0.95, 1.05) for name, x in result["expression_half_pose"].items()]
    checks += [(f"strength 1.5, {name}", x, 1.0, 9) for case in ("pose_more", "expression_more")
               for name, x in result[case].items()]
    turn = result["offset_degrees"]
    checks += [("offset, yaw", turn["yaw"], 12, 18), ("offset, pitch", turn["pitch"], -3, 3),
               ("offset, roll", turn["roll"], -3, 3),
               ("relative, dB", result["relative_first_frame_db"], 4, 99),
               ("smooth, deviation", result["smooth_deviation"], 0, 0.4)]
    checks += [(f"smooth, depth of {name}", x, 0.9, 9) for name, x in result["smooth_depth"].items()]
    checks += [("follow, frames inside", result["follow_frames_inside"], FRAMES, FRAMES)]
    return [f"{name}: {x:.3f}, wanted {low} to {high}" for name, x, low, high in checks if not low <= x <= high]


def print_table(result: dict) -> None:
    for key, value in result.items():
        if isinstance(value, dict):
            cells = [f"{name} " + (f"{x:.2f}" if isinstance(x, float) else " ".join(f"{k} {v:.2f}" for k, v in x.items()))
                     for name, x in value.items()]
            print(f"{key}: {', '.join(cells)}")
        elif isinstance(value, float):
            print(f"{key}: {value:.2f}")
        elif key != "missed":
            print(f"{key}: {value}")
    print("missed: " + ("nothing" if not result["missed"] else "; ".join(result["missed"])))


@torch.no_grad()
def evaluate(program: Path, bundle: Path, seed: int, pairs: int, sheet: Path | None) -> dict:
    scene = held_out(seed)
    tally = Tally(bundle)
    for index in range(pairs):
        person, a, b = index % PEOPLE, (index * 5) % MOTIONS, (index * 5 + 4) % MOTIONS
        results = run_cases(program, bundle, scene, person, a, b, seed * 100 + index)
        tally.add(scene.portraits[person], scene.motions[a], scene.motions[b], results)
        print(f"pair {index + 1}/{pairs}", file=sys.stderr, flush=True)
    if sheet is not None:
        save_sheet(torch.cat(tally.rows), 13, sheet)
    result = {"seed": seed, "pairs": pairs} | tally.summary()
    for kind in ("fixed", "follow"):
        result[f"{kind}_frames_inside"] = frames_inside(program, bundle, scene, kind)
    return result | {"missed": bounds_missed(result)}


def main() -> int:
    parser = argparse.ArgumentParser(description="Measures what the options for motion do, on held-out people.")
    parser.add_argument("--bundle", type=Path, default=ROOT / "models" / "demo")
    parser.add_argument("--seed", type=int, default=7, help="of the held-out people and motions (7)")
    add_json(parser)
    parser.add_argument("--program", type=Path, default=ROOT / "build/release/bin/hyportrait")
    parser.add_argument("--pairs", type=int, default=8, help="how many pairs (8)")
    parser.add_argument("--sheet", type=Path, help="contact sheet: portrait, then plain, mixed, offset, relative")
    options = parser.parse_args()
    if not options.program.exists():
        print(f"evaluate_motion.py: {options.program}: not found; build it first, or pass --program", file=sys.stderr)
        return 1
    result = evaluate(options.program, options.bundle.resolve(), options.seed, options.pairs, options.sheet)
    print_table(result)
    write_json(options.json, result)
    return 1 if result["missed"] else 0


if __name__ == "__main__":
    sys.exit(main())
