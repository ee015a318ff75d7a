#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Measures how much of real clips' detail `hyportrait detail` brings back, beside bicubic and Lanczos scaling.

    bench_detail.py --program build/release/bin/hyportrait --clips DIR [--scales 2.67] [--sheets DIR] [--json FILE]

Of every clip of 40 frames or more the middle square is scaled to 512 px. Frame 0 is the portrait; frames 5 to 29 are
scaled down and given to the program as a lossless clip, whose result is compared with the same frames at 512 px: what
a generator would lose by its size alone. Exit 6 when a figure of --scales 2.67 misses its bound.

PSNR and SSIM are those of `hyportrait compare`, means over the frames. laplacian_ratio is the standard deviation of the
Laplacian over the ground truth's, flicker the mean absolute second difference in time over the ground truth's.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from train_demo.scores import laplacian_ratio

SIDE, MIN_FRAMES, FIRST, LAST = 512, 40, 5, 30
SCALES = (1.5, 2.0, 2.67, 4.0)
BOUNDED_SCALE = 2.67
MIN_MEAN_GAIN, MIN_GAIN, MIN_RATIO, MAX_RATIO, MAX_FLICKER = 2.3, -0.05, 0.75, 1.05, 1.0
SUFFIXES = {".mp4", ".mov", ".mkv", ".webm", ".avi"}
Frames = NDArray[np.uint8]  # [N,H,W,3]


@dataclass
class Figures:
    """Of one clip scaled up in one way."""

    psnr: float
    ssim: float
    laplacian_ratio: float
    flicker: float


@dataclass
class Row:
    """One clip at one scale."""

    clip: str
    scale: float
    bicubic: Figures
    lanczos: Figures
    detail: Figures
    mean_weight: float
    seconds_a_frame: float

    @property
    def gain(self) -> float:
        """dB over bicubic."""
        return self.detail.psnr - self.bicubic.psnr


def read_square(clip: Path) -> Frames | None:
    """The first 40 frames' middle square at 512 px, or nothing where there are fewer."""
    crop = "crop='min(iw,ih)':'min(iw,ih)'"
    frames = []
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["ffmpeg", "-v", "error", "-i", clip, "-map", "0:v:0", "-fps_mode", "passthrough", "-vf", crop,
                        "-frames:v", str(MIN_FRAMES), f"{folder}/%06d.png"], check=True)
        for picture in sorted(Path(folder).iterdir()):
            square = Image.open(picture).convert("RGB")
            frames.append(by_area(np.asarray(square), SIDE) if square.width > SIDE else
                          np.asarray(square.resize((SIDE, SIDE), Image.Resampling.BICUBIC)))
    return np.stack(frames) if len(frames) == MIN_FRAMES else None


def by_area(frame: Frames, side: int) -> Frames:
    """A smaller square; each pixel is the mean of its area (Pillow's BOX takes whole pixels only)."""
    size = frame.shape[0]
    edges = np.arange(side + 1) * size / side
    pixels = np.arange(size)
    overlap = np.minimum(edges[1:, None], pixels + 1) - np.maximum(edges[:-1, None], pixels)
    weights = np.clip(overlap, 0, None) * side / size
    mean = np.einsum("ay,yxc,bx->abc", weights, frame.astype(float), weights, optimize=True)
    return (mean + 0.5).clip(0, 255).astype(np.uint8)


def resized(frames: Frames, side: int, method: Image.Resampling) -> Frames:
    """By Pillow."""
    return np.stack([np.asarray(Image.fromarray(frame).resize((side, side), method)) for frame in frames])


def as_tensor(frames: Frames) -> torch.Tensor:
    """Float32 [N,3,H,W]."""
    return torch.from_numpy(frames).permute(0, 3, 1, 2).float()


def bicubic(frames: Frames, side: int) -> Frames:
    """By torch: Keys' kernel with a = -0.75, as OpenCV's; Pillow's (a = -0.5) is softer."""
    scaled = torch.nn.functional.interpolate(as_tensor(frames), size=(side, side), mode="bicubic", align_corners=False)
    return scaled.add(0.5).clamp(0, 255).to(torch.uint8).permute(0, 2, 3, 1).numpy()


def flicker(frames: Frames) -> float:
    """Mean absolute second difference in time."""
    grey = frames.astype(np.float32).mean(-1)
    return float(np.abs(grey[2:] - 2 * grey[1:-1] + grey[:-2]).mean())


def write(frames: Frames, folder: Path) -> Path:
    """As numbered PNGs."""
    folder.mkdir()
    for number, frame in enumerate(frames):
        Image.fromarray(frame).save(folder / f"{number:06}.png", compress_level=1)
    return folder


def read(folder: Path) -> Frames:
    """Numbered PNGs."""
    return np.stack([np.asarray(Image.open(path)) for path in sorted(folder.iterdir())])


def judge(program: Path, truth: tuple[Frames, Path], frames: Frames, folder: Path) -> Figures:
    """`folder` holds `frames`."""
    told = subprocess.run([program, "compare", folder, truth[1], "--json"], check=True, capture_output=True, text=True)
    compared = json.loads(told.stdout)
    return Figures(psnr=compared["psnr"]["mean"], ssim=compared["ssim"]["mean"],
                   laplacian_ratio=laplacian_ratio(as_tensor(frames), as_tensor(truth[0])),
                   flicker=flicker(frames) / flicker(truth[0]))


def measure(program: Path, name: str, square: Frames, scale: float, sheets: Path | None) -> Row:
    """One clip at one scale."""
    truth, small = square[FIRST:LAST], round(SIDE / scale)
    lows = np.stack([by_area(frame, small) for frame in truth])
    with tempfile.TemporaryDirectory() as text:
        folder = Path(text)
        Image.fromarray(square[0]).save(folder / "portrait.png")
        write(lows, folder / "low")
        told = subprocess.run([program, "detail", "--ref", folder / "portrait.png", "--clip", folder / "low", "-o",
                               folder / "sharp.mp4", "--frames-dir", folder / "detail", "--json", "--quiet"],
                              check=True, capture_output=True, text=True)
        report = json.loads(told.stdout)
        ways = {"bicubic": bicubic(lows, SIDE), "lanczos": resized(lows, SIDE, Image.Resampling.LANCZOS)}
        for way, frames in ways.items():
            write(frames, folder / way)
        ways["detail"] = read(folder / "detail")
        against = (truth, write(truth, folder / "truth"))
        figures = {way: judge(program, against, frames, folder / way) for way, frames in ways.items()}
        if sheets:
            draw_sheet(sheets / f"{name}-{scale}.png", [square[0], ways["bicubic"][12], ways["detail"][12], truth[12]])
    return Row(clip=name, scale=scale, **figures, mean_weight=report["detail"]["mean_weight"],
               seconds_a_frame=report["detail"]["seconds"] / len(truth))


def draw_sheet(path: Path, pictures: list[Frames]) -> None:
    """Portrait, bicubic, detail, ground truth side by side; below them their middle at 400 %."""
    cut = SIDE // 8
    middles = [picture[SIDE * 3 // 8 - cut // 2 + cut:, SIDE // 2 - cut:][:cut, :2 * cut] for picture in pictures]
    enlarged = [np.asarray(Image.fromarray(m).resize((SIDE, SIDE // 2), Image.Resampling.NEAREST)) for m in middles]
    Image.fromarray(np.concatenate([np.concatenate(pictures, 1), np.concatenate(enlarged, 1)], 0)).save(path)


def table(rows: list[Row]) -> str:
    """Markdown."""
    heads = ["clip", "scale", "PSNR bicubic", "Lanczos", "detail", "gain", "SSIM bicubic", "detail",
             "laplacian_ratio bicubic", "detail", "flicker bicubic", "detail", "ms a frame"]
    lines = ["| " + " | ".join(heads) + " |", "|---" * len(heads) + "|"]
    for r in rows:
        lines.append(
            f"| {r.clip} | {r.scale:g} | {r.bicubic.psnr:.2f} | {r.lanczos.psnr:.2f} | {r.detail.psnr:.2f} | {r.gain:+.2f} "
            f"| {r.bicubic.ssim:.4f} | {r.detail.ssim:.4f} | {r.bicubic.laplacian_ratio:.2f} | {r.detail.laplacian_ratio:.2f} "
            f"| {r.bicubic.flicker:.2f} | {r.detail.flicker:.2f} | {1000 * r.seconds_a_frame:.0f} |")
    return "\n".join(lines)


def summary(rows: list[Row]) -> dict[str, float]:
    """Over the clips of one scale."""
    return {"clips": len(rows), "mean_gain_db": float(np.mean([r.gain for r in rows])),
            "min_gain_db": min(r.gain for r in rows),
            "mean_laplacian_ratio": float(np.mean([r.detail.laplacian_ratio for r in rows])),
            "max_laplacian_ratio": max(r.detail.laplacian_ratio for r in rows),
            "mean_flicker": float(np.mean([r.detail.flicker for r in rows])),
            "max_flicker": max(r.detail.flicker for r in rows),
            "mean_ms_a_frame": 1000 * float(np.mean([r.seconds_a_frame for r in rows]))}


def missed(total: dict[str, float]) -> list[str]:
    """Bounds of the middle scale that do not hold."""
    bounds = {"mean_gain_db": total["mean_gain_db"] >= MIN_MEAN_GAIN, "min_gain_db": total["min_gain_db"] >= MIN_GAIN,
              "mean_laplacian_ratio": total["mean_laplacian_ratio"] >= MIN_RATIO,
              "max_laplacian_ratio": total["max_laplacian_ratio"] <= MAX_RATIO,
              "mean_flicker": total["mean_flicker"] <= MAX_FLICKER}
    return [f"{name} {total[name]:.3f}" for name, holds in bounds.items() if not holds]


def main() -> int:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", type=Path, required=True)
    parser.add_argument("--clips", type=Path, required=True, help="folder of clips")
    parser.add_argument("--scales", type=float, nargs="+", default=SCALES, help="512 px over the small clip's side")
    parser.add_argument("--sheets", type=Path, help="folder for contact sheets")
    parser.add_argument("--json", type=Path, help="figures as JSON")
    arguments = parser.parse_args()
    if arguments.sheets:
        arguments.sheets.mkdir(parents=True, exist_ok=True)
    rows: list[Row] = []
    for clip in sorted(path for path in arguments.clips.iterdir() if path.suffix.lower() in SUFFIXES):
        square = read_square(clip)
        if square is None:
            print(f"{clip.name}: fewer than {MIN_FRAMES} frames, left out", file=sys.stderr)
            continue
        for scale in arguments.scales:
            rows.append(measure(arguments.program, clip.stem, square, scale, arguments.sheets))
            print(f"{clip.stem} at {scale:g}: {rows[-1].gain:+.2f} dB", file=sys.stderr)
    if not rows:
        sys.exit(f"error: {arguments.clips}: no clip of {MIN_FRAMES} frames or more")
    totals = {scale: summary([r for r in rows if r.scale == scale]) for scale in arguments.scales}
    print(table(rows))
    for scale, total in totals.items():
        print(f"\nscale {scale:g}: " + ", ".join(f"{name} {value:.3g}" for name, value in total.items()))
    if arguments.json:
        arguments.json.write_text(json.dumps({"rows": [asdict(r) | {"gain": r.gain} for r in rows],
                                              "scales": {f"{s:g}": t for s, t in totals.items()}}, indent=2) + "\n")
    failures = missed(totals[BOUNDED_SCALE]) if BOUNDED_SCALE in totals else []
    for failure in failures:
        print(f"error: bench_detail: {failure} misses its bound", file=sys.stderr)
    return 6 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
