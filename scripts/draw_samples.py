#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Draws a portrait and a driving clip of somebody else, for trying the program without any footage.

    draw_samples.py --out DIR [--seed N] [--count N] [--frames N] [--size N]

Writes DIR/portrait.png and DIR/clip.mp4 (25 frames a second, H.264, a soft tone as sound); with --count also
portrait_2.png, clip_2.mp4 and so on, silent. The people and their motion come from the renderer of
scripts/train_demo; needs the ffmpeg program.
"""

import argparse
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import torch
from PIL import Image

from train_demo.identity import sample_identities, select
from train_demo.motion import motion_sequence, rest_motion
from train_demo.renderer import render

FRAME_RATE = 25


def to_bytes(images: torch.Tensor) -> torch.Tensor:
    """[N,3,H,W] in [0,1] -> [N,H,W,3] uint8."""
    return (images.clamp(0, 1) * 255).round().to(torch.uint8).permute(0, 2, 3, 1).contiguous()


def write_clip(frames: torch.Tensor, path: Path, sound: bool) -> None:
    """frames: [F,S,S,3] uint8. Raises CalledProcessError when ffmpeg fails."""
    side, seconds = frames.shape[1], frames.shape[0] / FRAME_RATE
    tone = ["-f", "lavfi", "-t", f"{seconds}", "-i", "sine=frequency=220:sample_rate=44100,volume=0.1"]
    command = ["ffmpeg", "-v", "error", "-y", "-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{side}x{side}",
               "-r", str(FRAME_RATE), "-i", "-", *(tone if sound else []), "-c:v", "libx264", "-crf", "16",
               "-pix_fmt", "yuv420p", "-c:a", "aac", "-shortest", str(path)]
    subprocess.run(command, input=frames.numpy().tobytes(), check=True)


def draw(seed: int, frames: int, size: int, portrait_file: Path, clip_file: Path, sound: bool) -> None:
    """One person's portrait and another one's clip."""
    portrait, driver = (sample_identities([10 * seed + i]) for i in range(2))
    still = render(portrait, rest_motion(seed, 1), size).images
    Image.fromarray(to_bytes(still)[0].numpy()).save(portrait_file)
    motion = motion_sequence(seed, frames)
    people = select(driver, torch.zeros(frames, dtype=torch.long))
    write_clip(to_bytes(render(people, motion, size).images), clip_file, sound)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, required=True, help="folder to write into")
    parser.add_argument("--seed", type=int, default=1, help="who and what is drawn [1]")
    parser.add_argument("--count", type=int, default=1, help="portraits, and clips [1]")
    parser.add_argument("--frames", type=int, default=50, help="length of the clip [50]")
    parser.add_argument("--size", type=int, default=192, help="side of the pictures, px, even [192]")
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(1)
    for index in range(arguments.count):
        end = f"_{index + 1}" if index else ""
        draw(arguments.seed + index, arguments.frames, arguments.size, arguments.out / f"portrait{end}.png",
             arguments.out / f"clip{end}.mp4", sound=index == 0)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
