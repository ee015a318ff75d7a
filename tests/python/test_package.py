# SPDX-License-Identifier: Apache-2.0
"""`import hyportrait`: the program as functions. Runs against the wheel where it is installed (scripts/test_wheel), else
against build/release."""

import contextlib
import json
import logging
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from conftest import INSTALLED, ROOT

if not INSTALLED:
    os.environ["HYPORTRAIT_PROGRAM"] = str(ROOT / "build" / "release" / "bin" / "hyportrait")
import hyportrait

DEMO = ROOT / "models" / "demo" / "samples"
PORTRAIT, CLIP = DEMO / "portrait.png", DEMO / "clip.mp4"
SHORT = {"max_frames": 3, "steps": 1, "device": "cpu", "bundle": ROOT / "models" / "demo"}


def test_animate_gives_the_clip_and_tells_how_far_it_is(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    told: list[hyportrait.Progress] = []
    caplog.set_level(logging.INFO, logger="hyportrait")
    clip = hyportrait.animate(PORTRAIT, CLIP, tmp_path / "out.mp4", on_progress=told.append, **SHORT)
    assert clip.path == tmp_path / "out.mp4" and clip.path.stat().st_size == clip.report["written"]["bytes"]
    assert clip.frames == 3 and clip.report["plan"]["sampler"]["steps"] == 1
    assert [step.stage for step in told if step.done == step.total][-1] == "render"
    assert any("bundle" in record.message for record in caplog.records)
    shown = clip._repr_html_()
    assert shown.startswith("<video") and "data:video/mp4;base64,AAAA" in shown


def test_an_error_has_the_programs_sentence_and_exit_code(tmp_path: Path) -> None:
    with pytest.raises(hyportrait.Error, match=r"missing\.png: there is no such file") as refused:
        hyportrait.animate(tmp_path / "missing.png", CLIP)
    assert refused.value.exit_code == 3
    with pytest.raises(hyportrait.Error, match="--steps") as refused:
        hyportrait.animate(PORTRAIT, CLIP, tmp_path / "out.mp4", steps=-3)
    assert refused.value.exit_code == 2
    with pytest.raises(TypeError, match="stpes"):
        hyportrait.animate(PORTRAIT, CLIP, stpes=3)
    assert list(tmp_path.iterdir()) == []


def test_a_batch_reports_every_job(tmp_path: Path) -> None:
    jobs = [{"ref": PORTRAIT, "drive": CLIP, "output": "a.mp4"}, {"ref": tmp_path / "missing.png", "drive": CLIP}]
    done = hyportrait.batch(jobs, tmp_path / "out", **SHORT)
    assert [(job.status, job.exit_code) for job in done.jobs] == [("done", 0), ("failed", 3)]
    assert done.jobs[0].output == tmp_path / "out" / "a.mp4" and done.jobs[0].frames == 3
    assert [job.detail for job in done.failed] == [f"{tmp_path / 'missing.png'}: there is no such file"]
    with pytest.raises(hyportrait.Error) as refused:
        hyportrait.batch([], tmp_path / "out")
    assert refused.value.exit_code == 2
    with pytest.raises(TypeError, match="rfe"):
        hyportrait.batch([{"rfe": PORTRAIT}], tmp_path / "out")


def test_inspect_and_metrics_give_their_reports(tmp_path: Path) -> None:
    bundle = SHORT["bundle"]
    assert hyportrait.inspect(PORTRAIT, bundle=bundle)["kind"] == "picture"
    clip = hyportrait.animate(PORTRAIT, CLIP, tmp_path / "out.mp4", **SHORT)
    found = hyportrait.metrics(PORTRAIT, CLIP, clip.path, bundle=bundle, min_identity=0.999)
    assert found["passed"] is False and "identity" in found["failures"][0]


def test_what_on_progress_raises_ends_the_program_and_the_run_resumes(tmp_path: Path) -> None:
    def stop(progress: hyportrait.Progress) -> None:
        if progress.stage == "denoise" and progress.done > 0:
            raise KeyboardInterrupt

    options = {**SHORT, "steps": 6, "save_interval": 0}
    with pytest.raises(KeyboardInterrupt):
        hyportrait.animate(PORTRAIT, CLIP, tmp_path / "out.mp4", on_progress=stop, **options)
    assert (tmp_path / "out.mp4.state").exists() and not (tmp_path / "out.mp4").exists()
    clip = hyportrait.animate(PORTRAIT, CLIP, tmp_path / "out.mp4", **options)
    assert clip.report["resumed_at_step"] is not None and not (tmp_path / "out.mp4.state").exists()


def test_ctrl_c_reaches_the_program_once(tmp_path: Path) -> None:
    code = ("import sys, hyportrait\n"
            "def tell(p): print(p.stage, p.done, flush=True)\n"
            f"hyportrait.animate({str(PORTRAIT)!r}, {str(CLIP)!r}, {str(tmp_path / 'out.mp4')!r}, on_progress=tell,"
            f" bundle={str(SHORT['bundle'])!r}, steps=200, save_interval=0, device='cpu')\n")
    environment = dict(os.environ) if INSTALLED else {**os.environ, "PYTHONPATH": str(ROOT / "python")}
    run = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                           env=environment, start_new_session=True)
    assert run.stdout is not None
    for line in run.stdout:
        if line.startswith("denoise") and not line.endswith(" 0\n"):
            break
    os.killpg(run.pid, signal.SIGINT)  # as a terminal does
    _, errors = run.communicate()
    assert "KeyboardInterrupt" in errors and run.returncode != 0
    assert (tmp_path / "out.mp4.state").exists()
    assert not [line for line in command_lines() if str(tmp_path) in line]  # it was waited for


def command_lines() -> list[str]:
    """Of every process."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):  # it has ended meanwhile
            found.append(path.read_text(errors="replace"))
    return found


def test_the_options_are_those_of_the_program() -> None:
    if INSTALLED:
        pytest.skip("the generator is not in the wheel")
    table = subprocess.run([os.environ["HYPORTRAIT_PROGRAM"], "completion", "json"], capture_output=True, check=True).stdout
    made = subprocess.run([sys.executable, ROOT / "scripts" / "packaging" / "python_options.py"], input=table,
                          capture_output=True, check=True).stdout.decode()
    assert made == (ROOT / "python" / "hyportrait" / "options.py").read_text()
    assert json.loads(table)[0]["command"] == ""
