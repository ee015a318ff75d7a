# SPDX-License-Identifier: Apache-2.0
"""Folders of outputs for the review page: a batch that was run, and sidecars that are made up."""

import json
from pathlib import Path

from conftest import Program, ffmpeg

HOSTILE = ["<img src=x onerror=document.title='hit'>.mp4", "quote\"'`&amp;.mp4", "line\nbreak.mp4", "percent%20#hash?.mp4",
           b"latin\xe9.mp4".decode("utf-8", "surrogateescape")]
LONG = "x" * 4096 + "</script><img src=x onerror=alert(1)>\u2028\n\"'"


def failed_sidecar(error: str, code: int = 3) -> dict:
    return {"format": 1, "status": "failed", "plan_hash": None, "plan_parts": None, "hyportrait": "0.2.0",
            "finished": "2026-01-31T12:00:00Z", "error": error, "exit_code": code, "attempts": 1, "standing": None, "written": None,
            "plan": {"ref": "/nowhere/face.png", "drive": "/nowhere/clip.mp4", "output": "out.mp4"}}


def hostile_folder(folder: Path) -> Path:
    """Failures whose names and sentences are made to be taken for something else."""
    folder.mkdir()
    for number, name in enumerate(HOSTILE):
        (folder / f"{name}.json").write_text(json.dumps(failed_sidecar(LONG if number == 0 else f"{name.splitlines()[0]}: {LONG[-60:]}",
                                                                       1 + number % 5), ensure_ascii=False), errors="surrogateescape")
    return folder


def thousand_folder(folder: Path) -> Path:
    """A thousand sidecars, of which every tenth is of a failure."""
    folder.mkdir()
    for number in range(1000):
        sidecar = failed_sidecar(f"clip_{number}.mp4: no face in any of its 125 frames; crop closer to the face")
        sidecar["exit_code"] = 3
        (folder / f"job_{number:04}.mp4.json").write_text(json.dumps(sidecar))
    return folder


def twelve_jobs(program: Program, bundle: Path, samples: Path, folder: Path) -> Path:
    """Ten jobs that succeed, two that do not; figures beside one."""
    folder.mkdir()
    ffmpeg("-stream_loop", "5", "-i", samples / "clip.mp4", "-c", "copy", "-an", folder / "long.mp4")
    jobs = [{"ref": str(samples / "portrait.png"), "drive": str(folder / "long.mp4"), "output": f"job {number}.mp4", "seed": number,
             "steps": 1, "max-frames": 110 if number == 0 else 9, "size": 64, "crop-only": True,
             **({"start": 0.4} if number == 0 else {})} for number in range(10)]
    jobs += [{"ref": str(samples / "portrait.png"), "drive": str(folder / name), "output": f"bad {name}"} for name in ("a.mp4", "b.mp4")]
    (folder / "jobs.jsonl").write_text("\n".join(map(json.dumps, jobs)))
    outcome = program("batch", folder / "jobs.jsonl", "--out-dir", folder, "--bundle", bundle, "--quiet")
    assert outcome.code == 1, outcome.err
    program.ok("metrics", "--ref", samples / "portrait.png", "--drive", folder / "long.mp4", "--result", folder / "job 0.mp4", "-o",
               folder / "job 0.mp4.metrics.json", "--bundle", bundle, "--quiet")
    return folder
