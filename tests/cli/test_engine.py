# SPDX-License-Identifier: Apache-2.0
"""--engine compiled: the U-Net as AOTInductor packages from the user's cache."""

import json
import os
import re
import subprocess
from pathlib import Path

import pytest

from conftest import Program

ROOT = Path(__file__).resolve().parents[2]
JOB = ["--device", "cpu", "--max-frames", 6, "--steps", 2, "--audio", "none", "--crop-only"]


def command(tiny: Path, samples: Path, folder: Path, *more: object) -> list[object]:
    return ["animate", "--bundle", tiny, "--ref", samples / "portrait.png", "--drive", samples / "clip.mp4", "-o",
            folder / "out.mp4", "--frames-dir", folder / "frames", *JOB, *more]


def package_folder(cache: Path, tiny: Path) -> Path:
    manifest = json.loads((tiny / "manifest.json").read_text())
    return cache / "hyportrait" / "compiled" / f"{manifest['modules']['unet']['sha256'][:32]}-cpu-fp32"


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "cache"
    monkeypatch.setenv("XDG_CACHE_HOME", str(folder))
    return folder


def test_what_is_not_compiled_is_refused_with_the_command_that_does_it(program: Program, tiny: Path, samples: Path,
                                                                       tmp_path: Path, cache: Path) -> None:
    outcome = program(*command(tiny, samples, tmp_path, "--engine", "compiled"))
    assert outcome.code == 4, outcome.err
    assert f"scripts/hyportrait-export compile --bundle {tiny} --device cpu --dtype fp32" in outcome.err
    assert not (tmp_path / "out.mp4").exists()
    assert program(*command(tiny, samples, tmp_path, "--engine", "quick")).code == 2


def index(**changed: object) -> str:
    return json.dumps({"torch": "2.11.0", "processor": [], "gpu": None, "weights": {}, "packages": []} | changed)


@pytest.mark.parametrize("text, said", [
    (index(torch="1.0.0"), "compiled with torch 1.0.0"),
    (index(processor=["avx99"]), "compiled on a processor with avx99"),
    (index(), "is not compiled for latents of 1x8x4x8x8 in 2 such branches"),
    ('{"torch": "2.11.0", "packages": []}', "not what this version's hyportrait-export compile writes"),
    ("[", "not valid JSON"),
])
def test_packages_of_another_torch_and_damaged_ones_are_refused(program: Program, tiny: Path, samples: Path,
                                                                tmp_path: Path, cache: Path, text: str,
                                                                said: str) -> None:
    folder = package_folder(cache, tiny)
    folder.mkdir(parents=True)
    (folder / "index.json").write_text(text)
    outcome = program(*command(tiny, samples, tmp_path, "--engine", "compiled", "--dry-run"))
    assert outcome.code == 4 and said in outcome.err, outcome.err


def test_on_a_processor_auto_is_torchscript_whatever_is_compiled(program: Program, tiny: Path, samples: Path,
                                                                 tmp_path: Path, cache: Path) -> None:
    folder = package_folder(cache, tiny)
    folder.mkdir(parents=True)
    (folder / "index.json").write_text("[")
    dry = program.ok(*command(tiny, samples, tmp_path, "--dry-run", "--json"))
    plan = json.loads(dry.out)
    assert plan["engine"] == "torchscript" and plan["options"]["engine"] == "auto"
    assert "TorchScript" not in dry.err


@pytest.mark.skipif("HYPORTRAIT_FULL" not in os.environ, reason="compiles for some minutes: scripts/test --full")
def test_compiled_packages_give_the_same_picture(program: Program, tiny: Path, samples: Path, tmp_path: Path,
                                                 cache: Path) -> None:
    compiler = [ROOT / "scripts/hyportrait-export", "compile", "--bundle", tiny, "--device", "cpu"]
    first = subprocess.run(compiler, check=True, capture_output=True, text=True)
    assert Path(first.stdout.strip()) == package_folder(cache, tiny)
    assert "compiling" not in subprocess.run(compiler, check=True, capture_output=True, text=True).stderr

    for name in ("torchscript", "compiled", "other", "broken"):
        (tmp_path / name).mkdir()
    for engine in ("torchscript", "compiled"):
        program.ok(*command(tiny, samples, tmp_path / engine, "--engine", engine))
        plan = json.loads((tmp_path / engine / "out.mp4.json").read_text())["plan"]
        assert plan["engine"] == engine
    compared = json.loads(program.ok("compare", tmp_path / "torchscript" / "frames", tmp_path / "compiled" / "frames",
                                     "--json").out)
    assert compared["compared_frames"] == 6 and compared["psnr"]["worst"] > 60  # rounding: a level here and there

    engines = ["torchscript", "compiled", "torchscript", "compiled"]
    jobs = [{"ref": str(samples / "portrait.png"), "drive": str(samples / "clip.mp4"), "engine": engine,
             "frames-dir": str(tmp_path / "batch" / f"{number}-frames"), "output": f"{number}.mp4"}
            for number, engine in enumerate(engines)]
    (tmp_path / "jobs.jsonl").write_text("\n".join(json.dumps(job) for job in jobs))
    log = program.ok("batch", tmp_path / "jobs.jsonl", "--out-dir", tmp_path / "batch", "--bundle", tiny, *JOB,
                     "--log-level", "debug").err
    assert log.count(".pt2") == len(set(re.findall(r"loaded \S+\.pt2", log)))  # each package once
    for number, engine in enumerate(engines):  # the same bits in any order, alone or not
        for alone in sorted((tmp_path / engine / "frames").iterdir()):
            assert (tmp_path / "batch" / f"{number}-frames" / alone.name).read_bytes() == alone.read_bytes()

    other = program(*command(tiny, samples, tmp_path / "other", "--engine", "compiled", "--size", 128))
    assert other.code == 4 and "not compiled for latents of 1x8x4x16x16" in other.err, other.err
    index_path = package_folder(cache, tiny) / "index.json"
    whole = json.loads(index_path.read_text())
    assert all(entry["check"]["passed"] and entry["check"]["distance"] < 1e-4 for entry in whole["packages"])
    for entry in whole["packages"]:
        entry["check"]["passed"] = False
    index_path.write_text(json.dumps(whole))
    aside = program(*command(tiny, samples, tmp_path / "other", "--engine", "compiled"))
    assert aside.code == 4 and "is not used" in aside.err, aside.err
    for entry in whole["packages"]:
        entry["check"]["passed"] = True
    index_path.write_text(json.dumps(whole))
    report = json.loads(program.ok("bench", "--bundle", tiny, "--device", "cpu", "--engine", "compiled", "--repeat", 2,
                                   "--json", "--quiet").out)
    assert report["engine"] == "compiled"

    (package_folder(cache, tiny) / "unet-64px-8f-c.pt2").write_bytes(b"no package")
    broken = program(*command(tiny, samples, tmp_path / "broken", "--engine", "compiled", "--preset", "draft"))
    assert broken.code == 4 and "unet-64px-8f-c.pt2: cannot be loaded" in broken.err, broken.err
