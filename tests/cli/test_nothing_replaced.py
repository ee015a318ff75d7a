# SPDX-License-Identifier: Apache-2.0
"""What somebody else has put where this program writes is neither replaced nor followed, unless asked."""

import os
import signal
import subprocess
from pathlib import Path

import pytest

from conftest import Program

FAILED, USAGE = 1, 2
FULL = bool(os.environ.get("HYPORTRAIT_FULL"))


@pytest.fixture
def job(tiny: Path, samples: Path, tmp_path: Path) -> list[object]:
    return ["animate", "--bundle", tiny, "--ref", samples / "portrait.png", "--drive", samples / "clip.mp4", "--steps",
            "4", "--max-frames", "4", "-o", tmp_path / "out.mp4"]


def contents(folder: Path) -> dict[str, object]:
    """Names, with the bytes of files and the targets of links."""
    return {str(path.relative_to(folder)): path.readlink() if path.is_symlink() else path.read_bytes() if path.is_file()
            else None for path in folder.rglob("*")}


def refused(program: Program, folder: Path, part: str, job: list[object], *, also_overwrite: bool = False,
            dry_only: bool = False) -> None:
    before = contents(folder)
    ways = [[], ["--dry-run"], *([["--overwrite"], ["--overwrite", "--dry-run"]] if also_overwrite else [])]
    for more in ways[1::2] if dry_only else ways:
        outcome = program(*job, *more, timeout=60)
        assert outcome.code == USAGE and part in outcome.err, outcome.err
        assert contents(folder) == before


def taken(program: Program, folder: Path, job: list[object]) -> None:
    """--overwrite does it."""
    program.ok(*job, "--overwrite")
    assert sorted(path.name for path in folder.iterdir() if path.name.startswith("out.mp4")) == ["out.mp4", "out.mp4.json"]
    assert (folder / "out.mp4").is_file() and not (folder / "out.mp4").is_symlink()


@pytest.mark.parametrize("text", ["", "{}", "[1, 2]", '{"name": "mine"}', "{", '{"format": 1, "status": "done"}'])
def test_a_foreign_sidecar(program: Program, job: list[object], tmp_path: Path, text: str) -> None:
    (tmp_path / "out.mp4.json").write_text(text)
    refused(program, tmp_path, "out.mp4.json: stands where the sidecar goes", job)
    taken(program, tmp_path, job)


def test_our_own_sidecar_is_replaced(program: Program, job: list[object], tmp_path: Path) -> None:
    program.ok(*job)
    (tmp_path / "out.mp4").unlink()
    program.ok(*job)


def test_a_link_that_leads_nowhere_at_the_output(program: Program, job: list[object], tmp_path: Path) -> None:
    (tmp_path / "out.mp4").symlink_to(tmp_path / "nowhere.mp4")
    refused(program, tmp_path, "out.mp4: is a link that leads nowhere", job)
    taken(program, tmp_path, job)
    assert not (tmp_path / "nowhere.mp4").exists()


def test_a_link_to_a_file_at_the_output_is_replaced_and_not_followed(program: Program, job: list[object],
                                                                     tmp_path: Path) -> None:
    (tmp_path / "precious.mp4").write_text("precious")
    (tmp_path / "out.mp4").symlink_to("precious.mp4")
    refused(program, tmp_path, "exists already", job)
    taken(program, tmp_path, job)
    assert (tmp_path / "precious.mp4").read_text() == "precious"


@pytest.mark.parametrize("suffix", [".part", ".state", ".state.aside"])
def test_links_and_special_files_on_the_way(program: Program, job: list[object], tmp_path: Path, suffix: str) -> None:
    planted, victim = tmp_path / ("out.mp4" + suffix), tmp_path / "victim"
    victim.write_text("precious")
    for number, make in enumerate((lambda: planted.symlink_to("victim"), lambda: planted.symlink_to("nowhere"),
                                   planted.mkdir, lambda: os.mkfifo(planted))):
        make()
        refused(program, tmp_path, f"out.mp4{suffix}: is ", job, also_overwrite=True, dry_only=number > 0 and not FULL)
        planted.rmdir() if planted.is_dir() and not planted.is_symlink() else planted.unlink()
    assert victim.read_text() == "precious"


def test_a_pipe_or_a_folder_in_the_place_of_the_sidecar(program: Program, job: list[object], tmp_path: Path) -> None:
    sidecar = tmp_path / "out.mp4.json"
    os.mkfifo(sidecar)
    refused(program, tmp_path, "out.mp4.json: is not an ordinary file", job, also_overwrite=True)
    sidecar.unlink()
    sidecar.mkdir()
    refused(program, tmp_path, "out.mp4.json: is a folder", job, also_overwrite=True)


def test_a_special_file_at_the_output(program: Program, job: list[object], tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "out.mp4")
    refused(program, tmp_path, "out.mp4: is not an ordinary file", job, also_overwrite=True)


def test_somebody_elses_part(program: Program, job: list[object], tmp_path: Path) -> None:
    """Browsers call what they download so, too."""
    part = tmp_path / "out.mp4.part"
    part.write_bytes(b"half of a download")
    refused(program, tmp_path, "out.mp4.part: stands where the output is written", job)
    taken(program, tmp_path, job)
    victim = tmp_path / "victim"
    victim.write_bytes(b"precious")
    os.link(victim, part)
    (tmp_path / "out.mp4").unlink()
    (tmp_path / "out.mp4.json").unlink()
    outcome = program(*job)
    assert outcome.code == USAGE and victim.read_bytes() == b"precious", outcome.err
    outcome = program(*job, "--overwrite")
    assert outcome.code == USAGE and "a hard link" in outcome.err and victim.read_bytes() == b"precious", outcome.err


def stopped(program: Program, job: list[object], until: str, *more: object) -> subprocess.Popen:
    process = subprocess.Popen([str(word) for word in (program.path, *job, "--log-level", "trace", *more)],
                               stderr=subprocess.PIPE, text=True)
    while until not in (line := process.stderr.readline()):
        assert line
    process.send_signal(signal.SIGSTOP)
    return process


def test_our_own_part_is_gone_on_with(program: Program, job: list[object], tmp_path: Path) -> None:
    """Cut off while it wrote the file: a state and a part with bytes in it."""
    process = stopped(program, job, "denoise: 3 of", "--save-interval", "0")
    process.kill()
    process.communicate()
    (tmp_path / "out.mp4.part").write_bytes(b"the first frames")
    assert "resuming at" in program.ok(*job).err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.mp4", "out.mp4.json"]


def test_a_link_planted_during_the_run(program: Program, job: list[object], tmp_path: Path) -> None:
    process = stopped(program, job, "denoise: 2 of")
    victim = tmp_path / "victim"
    victim.write_text("precious")
    (tmp_path / "out.mp4.part").unlink()
    (tmp_path / "out.mp4.part").symlink_to("victim")
    process.send_signal(signal.SIGCONT)
    err = process.communicate()[1]
    assert process.returncode == FAILED and "out.mp4.part: was replaced or removed" in err, err
    assert victim.read_text() == "precious" and (tmp_path / "out.mp4.part").is_symlink()


def test_names_taken_during_the_run(program: Program, job: list[object], tmp_path: Path) -> None:
    for name in ("out.mp4", "out.mp4.json"):
        process = stopped(program, job, "denoise: 2 of")
        (tmp_path / name).write_text("precious")
        process.send_signal(signal.SIGCONT)
        err = process.communicate()[1]
        assert process.returncode in (FAILED, USAGE) and name in err, err
        assert (tmp_path / name).read_text() == "precious"
        (tmp_path / name).unlink()
        assert "resuming at step" in program.ok(*job).err  # nothing of the work is lost
        for path in tmp_path.iterdir():
            path.unlink()


@pytest.mark.parametrize("name", ["000000.png", "000003.png", "000123.png", "1000000.png"])
def test_frames_of_others(program: Program, job: list[object], tmp_path: Path, name: str) -> None:
    frames = tmp_path / "frames"
    frames.mkdir()
    (frames / name).write_bytes(b"precious")
    (frames / "notes.png").write_bytes(b"not of the sequence")
    refused(program, tmp_path, f"holds frames already ({name})", [*job, "--frames-dir", frames])
    program.ok(*job, "--frames-dir", frames, "--overwrite")
    assert sorted(path.name for path in frames.iterdir()) == ["000000.png", "000001.png", "000002.png", "000003.png",
                                                              "notes.png"]


def test_frames_of_an_earlier_longer_run_do_not_stay(program: Program, job: list[object], tmp_path: Path) -> None:
    frames = tmp_path / "frames"
    program.ok(*job, "--frames-dir", frames)
    shorter = job[: job.index("--max-frames")]
    again = [*shorter, "--max-frames", "2", "-o", tmp_path / "other.mp4", "--frames-dir", frames]
    refused(program, tmp_path, "holds frames already", again)
    program.ok(*again, "--overwrite")
    assert sorted(path.name for path in frames.iterdir()) == ["000000.png", "000001.png"]


def test_a_state_makes_foreign_frames_no_frames_of_the_run(program: Program, job: list[object], tmp_path: Path) -> None:
    """A run that was cut off in its denoise has written no frame."""
    frames = tmp_path / "frames"
    arguments = [*job, "--frames-dir", frames]
    process = stopped(program, arguments, "denoise: 3 of", "--save-interval", "0")
    process.kill()
    process.communicate()
    assert (tmp_path / "out.mp4.state").exists()
    for path in tmp_path.glob("out.mp4*.part*"):
        path.unlink()
    (frames / "000000.png").write_bytes(b"precious")
    refused(program, tmp_path, "holds frames already", arguments)


def test_a_batch_leaves_them_alone_too(program: Program, tiny: Path, samples: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "link.mp4").symlink_to("nowhere")
    (out / "sidecar.mp4.json").write_text("{}")
    (tmp_path / "victim").write_text("precious")
    (out / "part.mp4.part").symlink_to(tmp_path / "victim")
    before = contents(out)
    jobs = tmp_path / "jobs.jsonl"
    line = f'"ref": "{samples}/portrait.png", "drive": "{samples}/clip.mp4", "steps": 1, "max_frames": 2'
    jobs.write_text("".join(f'{{{line}, "output": "{name}.mp4"}}\n' for name in ("link", "sidecar", "part")))
    outcome = program("batch", jobs, "--out-dir", out, "--bundle", tiny)
    assert outcome.code == FAILED and "3 of 3 jobs failed" in outcome.err, outcome.err
    after = contents(out)
    assert {name: after[name] for name in before} == before and (tmp_path / "victim").read_text() == "precious"
