# SPDX-License-Identifier: Apache-2.0
"""The exporter of the official weights, on a release of small sizes."""

import json
import os
import re
import resource
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from official_release import filled, write_release
from safetensors.torch import save_file
from torch import Tensor, nn

from conftest import PACKAGE, ROOT, SHARED, YUNET
from hyportrait.export.bundle import MODULES, BundleError, script
from hyportrait.export.checkpoint import load_strict, read_tensors
from hyportrait.export.official import LICENCE, RELEASE, export_official, find_files
from hyportrait.export.presets import PRESETS

pytestmark = pytest.mark.skipif(
    not SHARED.is_dir(),
    reason="SKIPPED BECAUSE ../shared IS NOT THERE: the stand-in detector needs it",
)
PROGRAM = ROOT / "build/release/bin/hyportrait"
MAX_BYTES = 20_000  # of a file where the disk is "full"


@pytest.fixture(scope="module")
def complete(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("release") / "weights"
    write_release(folder, PRESETS["tiny"]())
    return folder


@pytest.fixture
def release(complete: Path, tmp_path: Path) -> Path:
    """A copy to damage: links, which a test replaces by files of its own."""
    shutil.copytree(complete, tmp_path / "weights", copy_function=os.link)
    return tmp_path / "weights"


def export(weights: Path, out: Path, overwrite: bool = False) -> None:
    export_official(weights, out, torch.float16, overwrite, PRESETS["tiny"]())


def replace(path: Path, content: object) -> None:
    """By a new file: `path` is a link to the complete release's."""
    path.unlink()
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        torch.save(content, path)


def refusal(weights: Path, out: Path) -> str:
    """The error; nothing may have the bundle's name."""
    with pytest.raises(BundleError) as error:
        export(weights, out)
    assert not out.exists()
    return str(error.value)


@pytest.fixture(scope="module")
def exported(complete: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bundle of the release, which has taken the place of an older one. Not to be changed."""
    out = tmp_path_factory.mktemp("exported") / "official"
    out.mkdir()
    (out / "manifest.json").write_text("an older bundle")
    with pytest.raises(BundleError, match="--overwrite"):
        export(complete, out)
    export(complete, out, overwrite=True)
    return out


def test_bundle_of_the_release(exported: Path) -> None:
    manifest = json.loads((exported / "manifest.json").read_text())
    assert manifest["kind"] == "official" and list(manifest["modules"]) == list(MODULES)
    assert manifest["config"] == PRESETS["tiny"]().config  # the networks' sizes with the rest
    assert "academic, research and education use only" in manifest["licence"].splitlines()[0]
    assert "Stability AI" in manifest["licence"]
    for _, choices in RELEASE.values():
        assert any(f"{name} sha256 " in manifest["provenance"] for name in choices)
    stored = {name: entry["inputs"][0]["dtype"] for name, entry in manifest["modules"].items()}
    half = {name for name, dtype in stored.items() if dtype == "float16"}
    assert half == {"appearance", "pose_guider", "vae_decoder", "unet"}
    for name in MODULES:
        weights = torch.jit.load(str(exported / f"{name}.pt")).state_dict().values()
        dtypes = {value.dtype for value in weights if value.is_floating_point()}
        assert dtypes <= {getattr(torch, stored[name])}
    assert {path.name for path in exported.iterdir()} == {"manifest.json", *(f"{n}.pt" for n in MODULES)}
    assert [path.name for path in exported.parent.iterdir()] == ["official"]

    faces = torch.rand(2, 3, 256, 256)
    expression = torch.jit.load(str(exported / "expression.pt"))
    torch.testing.assert_close(expression(faces), filled(PRESETS["tiny"]().expression)(faces))


def test_animate_runs_it_and_says_the_licence_once(
    exported: Path, tmp_path: Path, shared: Path
) -> None:
    if not PROGRAM.is_file():
        pytest.skip(f"SKIPPED BECAUSE {PROGRAM} IS NOT BUILT: the bundle is not run")
    clip = tmp_path / "out.mp4"
    information = program("bundle", "info", exported).stdout
    assert re.search(r"kind +official", information)
    for words in ("academic, research and education", "Stability AI", "unet.pth"):
        assert words in information
    program("bundle", "verify", exported)
    done = program(
        "animate", "--bundle", exported, "--device", "cpu", "--steps", "2", "--max-frames", "3",
        "--ref", shared / "testdata/portraits/skimage__astronaut.png",
        "--drive", shared / "testdata/clips/LivePortrait__driving_d12.mp4", "-o", clip,
    )  # fmt: skip
    first = LICENCE.splitlines()[0]
    assert done.stderr.count(f"licence of the weights: {first}\n") == 1
    assert clip.stat().st_size > 0


def program(*words: object) -> subprocess.CompletedProcess:
    done = subprocess.run(
        [PROGRAM, *map(str, words)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done


def test_lists_all_that_is_missing_and_its_origin(release: Path, tmp_path: Path) -> None:
    for name in ("hyportrait/dino.pth", "arcface.onnx", "scheduler/scheduler_config.json"):
        (release / name).unlink()
    shutil.rmtree(release / "vae")
    text = refusal(release, tmp_path / "out")
    assert "5 files are missing" in text
    for name, origin in (
        ("hyportrait/dino.pth", "tencent/HunyuanPortrait"),
        ("arcface.onnx", "FoivosPar/Arc2Face"),
        ("scheduler/scheduler_config.json", "stabilityai/stable-video-diffusion-img2vid-xt"),
        ("vae/config.json", "stabilityai"),
        ("vae/diffusion_pytorch_model.fp16.safetensors", "stabilityai"),
    ):
        assert any(name in line and origin in line for line in text.splitlines())
    assert "unet.pth" not in text


@pytest.mark.parametrize(
    "file", ["unet", "dino", "motion_proj", "headpose", "expression", "pose_guider"]
)
def test_names_renamed_missing_and_misshapen_keys(file: str, release: Path, tmp_path: Path) -> None:
    path = release / f"hyportrait/{file}.pth"
    state = torch.load(path, weights_only=True)
    renamed, gone, bent = (key for key in list(state)[-3:])
    state["a_new_name"] = state.pop(renamed)
    state.pop(gone)
    state[bent] = state[bent].unsqueeze(0)
    replace(path, state)
    lines = [line.strip() for line in refusal(release, tmp_path / "out").splitlines()]
    assert str(path) in lines[0]
    missing, unexpected = lines.index("missing keys (2):"), lines.index("unexpected keys (1):")
    shapes = lines.index("wrong shapes (1):")
    assert {renamed, gone} == set(lines[missing + 1 : unexpected])
    assert lines[unexpected + 1 : shapes] == ["a_new_name"]
    assert lines[shapes + 1].startswith(f"{bent}: [1")


def test_the_wrong_modules_file_is_named_as_such(release: Path, tmp_path: Path) -> None:
    (release / "hyportrait/expression.pth").unlink()
    shutil.copy(release / "hyportrait/headpose.pth", release / "hyportrait/expression.pth")
    text = refusal(release, tmp_path / "out")
    assert "expression.pth" in text and "the file of another network" in text


class OtherDetector(nn.Module):
    """Takes what YOLOv5-face takes and gives something else."""

    def forward(self, image: Tensor, grids: list[Tensor]) -> Tensor:
        return image.mean() + grids[0].mean()


@pytest.mark.parametrize(
    ("network", "why"),
    [(nn.Linear(3, 3), "does not take an image and three grids"), (OtherDetector(), "fails on a")],
)
def test_another_networks_torchscript(
    network: nn.Module, why: str, release: Path, tmp_path: Path
) -> None:
    path = release / "yoloface_v5m.pt"
    path.unlink()
    script(network).save(str(path))
    text = refusal(release, tmp_path / "out")
    assert text.startswith(f"{path}: ") and why in text and "\n" not in text


def test_another_networks_onnx(release: Path, tmp_path: Path) -> None:
    replace(release / "arcface.onnx", YUNET.read_bytes())
    text = refusal(release, tmp_path / "out")
    assert "arcface.onnx: reads images of" in text and "not ArcFace" in text


class Code:
    def __reduce__(self) -> tuple:
        return os.system, ("touch it_ran",)


def test_code_in_a_pickle_is_not_run(release: Path, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    replace(release / "hyportrait/image_proj.pth", {"weight": Code()})
    text = refusal(release, tmp_path / "out")
    assert "image_proj.pth: has code in it" in text and "\n" not in text
    assert not (tmp_path / "it_ran").exists()


@pytest.mark.parametrize("share", [0.0, 0.5, 0.999])
def test_truncated_files(share: float, release: Path, tmp_path: Path) -> None:
    for _, choices in RELEASE.values():
        path = release / choices[0]
        whole = path.read_bytes()
        replace(path, whole[: int(len(whole) * share)])
        text = refusal(release, tmp_path / "out")
        assert str(path) in text and "\n" not in text.strip(), text
        replace(path, whole)
    shutil.rmtree(tmp_path / "out.partial")


def test_other_contents(release: Path, tmp_path: Path) -> None:
    path = release / "hyportrait/dino.pth"
    contents = (([1, 2], "a list"), ({"a": 3}, "not a table"), (b"<html>", "not a PyTorch"))
    for content, why in contents:
        replace(path, content)
        text = refusal(release, tmp_path / "out")
        assert str(path) in text and why in text


def test_values_that_do_not_fit_are_refused(release: Path, tmp_path: Path) -> None:
    path = release / "hyportrait/pose_guider.pth"
    for value, why in ((1e6, "too large for float16"), (float("nan"), "no numbers")):
        state = torch.load(path, weights_only=True)
        state["conv_in.bias"] = torch.full_like(state["conv_in.bias"], value)
        replace(path, state)
        text = refusal(release, tmp_path / "out")
        assert "conv_in.bias" in text and why in text


def test_other_settings_of_stable_video_diffusion(release: Path, tmp_path: Path) -> None:
    replace(release / "scheduler/scheduler_config.json", b'{"prediction_type": "epsilon"}')
    text = refusal(release, tmp_path / "out")
    assert "prediction_type is epsilon, expected v_prediction" in text


def test_safetensors_in_the_place_of_pth(release: Path) -> None:
    path = release / "hyportrait/unet.pth"
    save_file(torch.load(path, weights_only=True), path.with_suffix(".safetensors"))
    expected = read_tensors(path)
    path.unlink()
    found = find_files(release)["unet"]
    assert found == path.with_suffix(".safetensors")
    weights = load_strict(found, PRESETS["tiny"]().unet, torch.bfloat16).state_dict()
    assert weights.keys() == expected.keys()
    assert all(torch.equal(weights[key], expected[key].bfloat16()) for key in weights)


KILLED = """
import os, sys
sys.path[:0] = [{package!r}]
from pathlib import Path
import torch
from hyportrait.export import official
from hyportrait.export.presets import PRESETS
torch.set_num_threads(1)
official.export_official(Path({weights!r}), Path({out!r}), torch.float16, False, PRESETS["tiny"]())
"""


def test_goes_on_after_being_killed(release: Path, tmp_path: Path, capsys) -> None:
    out = tmp_path / "out"
    program = KILLED.format(package=str(PACKAGE), weights=str(release), out=str(out))
    command = [sys.executable, "-c", program]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as run:
        for line in run.stderr:
            if "[8/10] vae_decoder: /" in line:  # begun
                run.kill()
    assert run.returncode < 0 and not out.exists()
    damaged = tmp_path / "out.partial/identity.pt"
    damaged.write_bytes(damaged.read_bytes()[:-1])
    changed = torch.load(release / "hyportrait/headpose.pth", weights_only=True)
    changed["head_pose_net.conv1.weight"] += 1
    replace(release / "hyportrait/headpose.pth", changed)
    export(release, out)
    kept = {
        line.split()[2].rstrip(":")
        for line in capsys.readouterr().err.splitlines()
        if "kept from an earlier run" in line
    }
    assert kept == {"face_detector", "expression", "motion_refiner", "pose_guider", "vae_encoder"}
    weights = torch.jit.load(str(out / "head_pose.pt")).state_dict()
    assert torch.equal(
        weights["head_pose_net.conv1.weight"], changed["head_pose_net.conv1.weight"]
    )
    assert not (tmp_path / "out.partial").exists() and not (out / "progress.json").exists()


def test_full_disk(release: Path, tmp_path: Path) -> None:
    """A limit on the size of files: writing fails as on a full disk, in the middle."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (MAX_BYTES, hard))
    try:
        text = refusal(release, tmp_path / "out")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert "cannot be written" in text and "run the same command again" in text


def test_help_says_what_is_needed_and_from_where(run_export) -> None:
    text = run_export("official", "--help").stdout
    for origin, choices in RELEASE.values():
        assert choices[0] in text and origin in text
    assert "academic, research and education use only" in " ".join(text.split())


def test_command_says_what_is_missing(tmp_path: Path, run_export) -> None:
    done = run_export("official", "--weights", tmp_path, "--out", tmp_path / "out")
    assert done.returncode == 1 and "13 files are missing" in done.stderr
    assert not (tmp_path / "out").exists() and "Traceback" not in done.stderr
