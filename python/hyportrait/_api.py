# SPDX-License-Identifier: Apache-2.0
"""The functions of the package: each runs the program."""

import base64
import html
import json
import os
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Unpack

from hyportrait._process import OnProgress, run, words_of
from hyportrait.options import (
    AnimateKeywords,
    AnimateOptions,
    BatchKeywords,
    BatchOptions,
    ExtractKeywords,
    ExtractOptions,
    InspectKeywords,
    InspectOptions,
    MetricsKeywords,
    MetricsOptions,
)
from hyportrait.options import Path as PathText

SHOWN_BYTES = 32 << 20  # a notebook holds what it shows
BOUND_MISSED = 6  # the exit code of metrics whose bounds do not hold
JOBS_FAILED = 1
PORTRAITS_POSE = "ref"  # a pose_drive that is no file


@dataclass(frozen=True)
class Clip:
    """What `animate` wrote."""

    path: Path
    frames: int
    report: dict[str, Any]  # the sidecar (docs/cli.md)

    def _repr_html_(self) -> str:
        """The clip itself in a notebook; its path where it is large or gone."""
        name = html.escape(str(self.path))
        kinds = {".mp4": "video/mp4", ".mov": "video/mp4", ".webm": "video/webm", ".gif": "image/gif", ".webp": "image/webp",
                 ".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg"}
        kind = kinds.get(self.path.suffix.lower())
        if kind is None or not self.path.exists() or self.path.stat().st_size > SHOWN_BYTES:
            return f"<code>{name}</code>"
        data = f"data:{kind};base64,{base64.b64encode(self.path.read_bytes()).decode()}"
        if kind.startswith("image/"):
            return f'<img src="{data}" alt="{name}">'
        return f'<video controls loop src="{data}" title="{name}"></video>'


@dataclass(frozen=True)
class Job:
    """What came of a job of a batch: `status` is done, skipped, failed, stands or waiting."""

    output: Path
    status: str
    exit_code: int
    detail: str
    frames: int
    seconds: float


@dataclass(frozen=True)
class Batch:
    """What `batch` did, job by job."""

    jobs: list[Job]
    seconds: float

    @property
    def failed(self) -> list[Job]:
        """The jobs that failed, in this batch or an earlier one."""
        return [job for job in self.jobs if job.status in ("failed", "stands")]


def animate(ref: PathText, drive: PathText, output: PathText | None = None, *, on_progress: OnProgress | None = None,
            **options: Unpack[AnimateKeywords]) -> Clip:
    """Animates the portrait `ref` with the motion of `drive`: a clip, a picture or a motion file. `options` are those of
    AnimateOptions.

    Raises Error; KeyboardInterrupt leaves the run's state beside the output, from which the same call resumes."""
    words = words_of(AnimateOptions(ref=ref, drive=drive, output=output, **options))
    report = run(["animate", *words], on_progress)
    return Clip(Path(report["plan"]["output"]), report["written"]["frames"], report)


def batch(jobs: Sequence[dict[str, Any]], out_dir: PathText, *, on_progress: OnProgress | None = None,
          **options: Unpack[BatchKeywords]) -> Batch:
    """Runs many jobs in one process. A job is a dict with the keys of AnimateOptions; `options` are those of BatchOptions,
    and hold for every job. Relative paths are taken from the current folder.

    A job that fails stops nothing: see Batch.failed. Raises Error for what stops the batch."""
    lines = [encoded_job(job) for job in jobs]
    words = words_of(BatchOptions(out_dir=out_dir, **options))
    with tempfile.NamedTemporaryFile("w", suffix=".jsonl", encoding="utf-8") as file:
        file.write("".join(lines))
        file.flush()
        report = run(["batch", file.name, *words], on_progress, accept=(JOBS_FAILED,))
    known = {field.name for field in fields(Job)} - {"output"}
    found = [Job(output=Path(job["output"]), **{key: job[key] for key in known}) for job in report["jobs"]]
    return Batch(found, report["seconds"])


def encoded_job(job: dict[str, Any]) -> str:
    """A line of a jobs file. Raises TypeError for a key that AnimateOptions does not have."""
    AnimateOptions(**job)
    paths = {"ref", "drive", "pose_drive", "noise", "bundle"}
    values = {key: os.path.abspath(os.fspath(value)) if key in paths and value != PORTRAITS_POSE else value
              for key, value in job.items()}
    return json.dumps({key.replace("_", "-"): os.fspath(value) if isinstance(value, os.PathLike) else value
                       for key, value in values.items()}) + "\n"


def inspect(input: PathText, *, on_progress: OnProgress | None = None, **options: Unpack[InspectKeywords]) -> dict[str, Any]:
    """What `animate` would see of a portrait or a clip, with advice (docs/cli.md, inspect). `options` are those of
    InspectOptions."""
    return run(["inspect", os.fspath(input), *words_of(InspectOptions(**options))], on_progress)


def metrics(ref: PathText, drive: PathText, result: PathText, *, on_progress: OnProgress | None = None,
            **options: Unpack[MetricsKeywords]) -> dict[str, Any]:
    """Measures a result against its portrait and clip (docs/cli.md, metrics). `options` are those of MetricsOptions; a bound
    that is missed is in `failures`."""
    words = words_of(MetricsOptions(ref=ref, drive=drive, result=result, **options))
    return run(["metrics", *words], on_progress, accept=(BOUND_MISSED,))


def extract_motion(input: PathText, output: PathText | None = None, *, on_progress: OnProgress | None = None,
                   **options: Unpack[ExtractKeywords]) -> dict[str, Any]:
    """Reads the motion of a clip or a picture into a motion file, which `animate` takes as `drive` (docs/motion.md).
    `options` are those of ExtractOptions. Gives what `hyportrait motion info --json` prints of it; `path` is the file."""
    words = words_of(ExtractOptions(output=output, **options))
    return run(["motion", "extract", os.fspath(input), *words], on_progress)
