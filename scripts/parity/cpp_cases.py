# SPDX-License-Identifier: Apache-2.0
"""The C++ program against the original: what it computes itself, and the exported modules in it.

Every case is handed to `hyportrait-parity CASE IN.safetensors OUT.safetensors [--bundle DIR]`
(tests/parity/), which calls the functions of libhyportrait that `animate` calls. Arrays keep the pack's
names; docs/model-bundle.md describes the bundle. Modules run in the precision that it stores them in.
"""

import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from safetensors.numpy import load_file, save_file

from hyportrait.export.bundle import DTYPES, MODULES
from hyportrait.export.networks import recipe
from parity.case_bundle import write_case_bundle
from parity.compare import CPP
from parity.pack import Case, Pack, PackError
from parity.python_cases import (
    FULL,
    IMAGENET_DEVIATION,
    IMAGENET_MEAN,
    check_motion,
    denormalised,
    unet_inputs,
    unit,
    unit_vector,
)

Arrays = dict[str, np.ndarray]
CROP_SIZE = 512  # of the crops_* cases
MIN_OBJECTNESS = 0.5
NETWORK_SIDE, NETWORK_MULTIPLE = 416, 32  # the official detector's image
EVERY_MODULE = frozenset(MODULES) - {"face_detector"}
FIRST_USED_IN_CPP = {"e2e_tiny"}  # cases with arrays that only the C++ part reads


class Program:
    """Runs the C++ half of the cases of one pack. Every bundle is written once, and every module scripted once, to
    `scratch`."""

    def __init__(self, binary: Path, scratch: Path, pack: Pack) -> None:
        self.binary, self.scratch, self.pack = binary, scratch, pack
        self.scripted: dict[tuple[str, str], Path] = {}  # by preset and module: a bundle that has it

    def run(self, case: Case) -> None:
        work = find(case.name)
        assert work is not None
        work(self, case)

    def call(self, kind: str, arrays: Arrays, bundle: Path | None = None) -> Arrays:
        """Runs the program once. Raises PackError with its message if it fails."""
        source, target = self.scratch / "in.safetensors", self.scratch / "out.safetensors"
        target.unlink(missing_ok=True)
        save_file({name: np.array(array, order="C") for name, array in arrays.items()}, source)
        command = [str(self.binary), kind, str(source), str(target)]
        command += ["--bundle", str(bundle)] if bundle else []
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            message = done.stderr.strip().splitlines() or ["no message"]
            raise PackError(f"{kind}: exit {done.returncode}: {message[-1]}")
        return load_file(target)

    def bundle(self, preset: str, real: frozenset[str]) -> Path:
        folder = self.scratch / "-".join([preset, *sorted(real)])
        if not folder.exists():
            made = {name: self.scripted[preset, name] for name in real if (preset, name) in self.scripted}
            write_case_bundle(folder, preset, self.pack.seed, real, DTYPES[self.pack.dtype], made)
            self.scripted.update({(preset, name): folder for name in real})
        return folder

    def module(self, preset: str, name: str, inputs: tuple) -> np.ndarray:
        """The exported module `name` on `inputs`, in the manifest's order; lists of bools as uint8."""
        bundle = self.bundle(preset, frozenset({name}))
        return self.call(f"module:{name}", _numbered(inputs), bundle)["output"]

    def forget(self, preset: str, name: str) -> None:
        """Deletes the bundle of one large module."""
        folder = self.scratch / f"{preset}-{name}"
        for file in folder.iterdir():
            file.unlink()
        folder.rmdir()


def _numbered(inputs: tuple) -> Arrays:
    return {
        str(i): value.numpy() if isinstance(value, torch.Tensor) else np.array(value, np.uint8)
        for i, value in enumerate(inputs)
    }


def _take(case: Case, *names: str) -> Arrays:
    return {name: case[name] for name in names}


def _check_all(case: Case, outputs: Arrays, *names: str) -> None:
    for name in names:
        if name not in outputs:
            raise PackError(f"{case.name}: the program gave no {name}")
        case.check(CPP, name, outputs[name])


def detector(program: Program, case: Case) -> None:
    scenes = [name.removesuffix("_pred") for name in case.names() if name.endswith("_pred")]
    pictures = [name for name in case.names() if name.startswith("resize_")]
    arrays = _take(case, "sizes", *pictures, *(f"{scene}_size" for scene in scenes))
    for scene in scenes:
        arrays |= _candidates(scene, case[f"{scene}_pred"][0])
    outputs = program.call("detector", arrays)
    resized = [f"network_{name.removeprefix('resize_')}" for name in pictures]
    _check_all(case, outputs, "network_sizes", *resized)
    for scene in scenes:
        fields = [f"{scene}_{field}" for field in ("boxes", "scores", "landmarks")]
        _check_all(case, outputs, *fields)
        in_network = _network_rows(case[f"{scene}_size"], *(outputs[field] for field in fields))
        case.check(CPP, f"{scene}_nms", in_network)


def _candidates(scene: str, raw: np.ndarray) -> Arrays:
    """Rows of (centre, size, objectness, landmarks, class), in the form that the bundle's detector returns."""
    raw = raw[raw[:, 4] > MIN_OBJECTNESS]
    centre, half = raw[:, :2], raw[:, 2:4] / 2
    return {
        f"{scene}_candidates_boxes": np.concatenate([centre - half, centre + half], axis=1),
        f"{scene}_candidates_scores": raw[:, 15] * raw[:, 4],
        f"{scene}_candidates_landmarks": raw[:, 5:15].reshape(-1, 5, 2),
    }


def _network_rows(
    size: np.ndarray, boxes: np.ndarray, scores: np.ndarray, landmarks: np.ndarray
) -> np.ndarray:
    """Detections in px of the picture (boxes x y w h) -> the original's rows in px of the network's image."""
    ratio = NETWORK_SIDE / size.min()
    up = NETWORK_MULTIPLE - 1
    network = (size * ratio + up).astype(np.int64) // NETWORK_MULTIPLE * NETWORK_MULTIPLE
    scale = (network / size)[::-1]  # of x, y
    corners = np.concatenate([boxes[:, :2], boxes[:, :2] + boxes[:, 2:]], axis=1) * np.tile(
        scale, 2
    )
    points = (landmarks * scale).reshape(-1, 10)
    return np.concatenate(
        [corners, scores[:, None], points, np.zeros_like(scores[:, None])], axis=1
    )


def crops(program: Program, case: Case) -> None:
    fields = [
        f"{what}_{kind}" for what in ("source", "crop", "frame") for kind in ("boxes", "landmarks")
    ]
    arrays = _take(case, "source", "frames", *fields)
    arrays["image_size"] = np.array(CROP_SIZE, np.int64)
    outputs = program.call("crops", arrays)
    _check_all(case, outputs, "crop_bbox", "arcface_input", "motion_face_u8", "motion_pose_u8")
    case.check(CPP, "source_crop", outputs["source_crop"])
    sampled = outputs["vae_input"][0, :, ::8, ::8]
    case.check_against(
        CPP, "ref_img_every8", _levels(sampled), _signed_levels(case["ref_img_every8"])
    )
    case.check(CPP, "dino_input", _imagenet(outputs["dino_input"])[0])


def _levels(image: np.ndarray) -> np.ndarray:
    return np.rint(image * 255.0)


def _signed_levels(image: np.ndarray) -> np.ndarray:
    return np.rint((image + 1.0) * 127.5)


def _imagenet(image: np.ndarray) -> np.ndarray:
    return (image - IMAGENET_MEAN.numpy()) / IMAGENET_DEVIATION.numpy()


def crops_functions(program: Program, case: Case) -> None:
    names = ("process_bbox_boxes", "process_bbox_hw", "center_crop_image", "center_crop_boxes")
    outputs = program.call("crops_functions", _take(case, *names))
    _check_all(case, outputs, "process_bbox_out", "center_crop_hw", "center_crop_pixels")


def motion_bucket(program: Program, case: Case) -> None:
    outputs = program.call("motion_bucket", _take(case, "lengths", "landmarks"))
    _check_all(case, outputs, "head_exp")


def paste_back(program: Program, case: Case) -> None:
    arrays = _take(case, "image", "boxes", "generated_small", "generated_large")
    outputs = program.call("paste_back", arrays)
    _check_all(case, outputs, "pasted_small", "pasted_large", "soft_mask_last")


def scheduler(program: Program, case: Case) -> None:
    counts = sorted(_numbers(case, "sigmas_"))
    (steps,) = _numbers(case, "add_noise_")
    probes = sorted(_numbers(case, f"model_output_{steps}_"))
    given = [f"model_output_{steps}_{probe}" for probe in probes]
    arrays = _take(case, "reference", "noise", "sample", *given)
    arrays["step_counts"] = np.array(counts, np.int64)
    arrays["steps"] = np.array(steps, np.int64)
    arrays["probes"] = np.array(probes, np.int64)
    outputs = program.call("scheduler", arrays)
    for count in counts:
        _check_all(case, outputs, f"timesteps_{count}", f"sigmas_{count}")
        case.check(CPP, f"init_noise_sigma_{count}", outputs[f"sigmas_{count}"][:1])
    _check_all(case, outputs, f"add_noise_{steps}")
    for probe in probes:
        _check_all(case, outputs, f"scaled_{steps}_{probe}", f"stepped_{steps}_{probe}")


def _numbers(case: Case, prefix: str) -> list[int]:
    tails = (name.removeprefix(prefix) for name in case.names() if name.startswith(prefix))
    return [int(tail) for tail in tails if tail.isdigit()]


def denoise(program: Program, case: Case) -> None:
    """The sampler, with the pack's linear model or the tiny U-Net as the model."""
    kind = "denoise_unet" if case.name.startswith("denoise_unet") else "denoise_linear"
    names = ("noise", "motion", "pose_feature", "frames_window_overlap_shift_steps", "guidance")
    arrays = _take(case, *names)
    arrays |= _take(program.pack.case("denoise_shared"), "image_context", "image_latents")
    bundle = program.bundle("parity", frozenset({"unet"})) if kind == "denoise_unet" else None
    outputs = program.call(kind, arrays, bundle)
    _check_all(case, outputs, "windows_of_step0", "latents")


def portrait(program: Program, case: Case) -> None:
    arrays = {
        "image": unit(case["image_u8"]).numpy(),
        "dino_input": denormalised(case["dino_input"]).numpy(),
        "arcface": case["arcface"],
    }
    bundle = program.bundle("parity", frozenset({"appearance", "vae_encoder"}))
    outputs = program.call("portrait", arrays, bundle)
    _check_all(case, outputs, "image_context", "image_latents")


def e2e(program: Program, case: Case) -> None:
    arrays = _take(case, "source", "frames", "boxes_xywh", "landmarks", "arcface_output", "noise")
    for name in ("motion_face_u8", "motion_pose_u8", "motion"):
        arrays[f"pack_{name}"] = case[name]
    outputs = program.call("e2e", arrays, program.bundle("parity", EVERY_MODULE))
    _check_all(case, outputs, "crop_bbox", "motion_face_u8", "motion_pose_u8", "head_exp")
    levels = _levels(outputs["vae_input"][0])
    case.check_against(CPP, "ref_img", levels, _signed_levels(case["ref_img"]))
    case.check(CPP, "dino_input", _imagenet(outputs["dino_input"]))
    case.check(CPP, "arcface_input", outputs["arcface_input"].transpose(2, 0, 1)[None])
    check_motion(case, CPP, "own", outputs["motion"], case["motion"])
    check_motion(case, CPP, "crops", outputs["motion_from_pack_crops"], case["motion"])
    _check_all(case, outputs, "latents", "cropped_u8", "pasted_u8")
    signed = outputs["decoded"] * 2.0 - 1.0  # [P,3,H,W] -> [1,3,P,H,W]
    case.check(CPP, "decoded", signed.transpose(1, 0, 2, 3)[None])


def _preset(case: Case) -> str:
    return "parity" if "tiny" in case.name else "full"


def expression(program: Program, case: Case) -> None:
    output = program.module("full", "expression", (unit(case["image_u8"]),))
    case.check(CPP, "feature", output)


def head_pose(program: Program, case: Case) -> None:
    output = program.module("full", "head_pose", (unit(case["image_u8"]),))
    case.check(CPP, "rotation", output[:, :3])
    case.check(CPP, "translation", output[:, 3:])


def motion_refiner(program: Program, case: Case) -> None:
    for call in ("a", "b"):
        head, expression_bucket = torch.from_numpy(case[f"{call}_head_exp"])
        inputs = (torch.from_numpy(case[f"{call}_feature"]), head, expression_bucket)
        case.check(CPP, f"{call}_tokens", program.module("full", "motion_refiner", inputs))


def pose_guider(program: Program, case: Case) -> None:
    frames = unit(case["image_u8"]).squeeze(0).transpose(0, 1).contiguous()
    output = program.module(_preset(case), "pose_guider", (frames,))
    case.check(CPP, "feature", output.transpose(1, 0, 2, 3)[None])
    output = program.module(_preset(case), "pose_guider", (torch.zeros_like(frames[:1]),))
    case.check(CPP, "feature_of_black", output.transpose(1, 0, 2, 3)[None])


def vae(program: Program, case: Case) -> None:
    preset = _preset(case)
    mean = program.module(preset, "vae_encoder", (unit(case["image_u8"]),))
    case.check(CPP, "mean", mean)
    case.check(CPP, "mode", mean)
    latents = torch.from_numpy(case["latents"])
    decoded = program.module(preset, "vae_decoder", (latents,))
    case.check(CPP, "decoded", decoded * 2.0 - 1.0)
    alone = program.module(preset, "vae_decoder", (latents[-1:],))
    case.check(CPP, "decoded_last_alone", alone * 2.0 - 1.0)


def unet(program: Program, case: Case) -> None:
    for step, timestep in enumerate(case["timesteps"]):
        output = program.module(_preset(case), "unet", unet_inputs(case, timestep))
        case.check(CPP, f"output_t{step}", output[:, 0])
    if _preset(case) == "full":
        program.forget("full", "unet")


def appearance(program: Program, case: Case) -> None:
    """The module contains DINO and the projector, so its expected output is the pack's tokens after the
    projector."""
    inputs = (denormalised(case["image"]), unit_vector(case["id_feature"]).squeeze(1))
    output = program.module(_preset(case), "appearance", inputs)
    projector = recipe.fill(FULL.projector(), program.pack.seed)
    golden = projector(torch.from_numpy(case["tokens"])).numpy()
    case.check_against(CPP, "tokens projected", output, golden)


Work = Callable[[Program, Case], None]
_BY_NAME: dict[str, Work] = {
    "detector": detector,
    "crops_functions": crops_functions,
    "motion_bucket": motion_bucket,
    "paste_back": paste_back,
    "scheduler": scheduler,
    "denoise_shared": portrait,
    "e2e_tiny": e2e,
    "expression": expression,
    "headpose": head_pose,
    "motion_refiner": motion_refiner,
    "pose_guider": pose_guider,
    "tiny_pose_guider": pose_guider,
    "dino_imadapter": appearance,
    "tiny_dino_imadapter": appearance,
    "vae": vae,
    "tiny_vae": vae,
    "unet_tiny": unet,
    "unet_full": unet,
}
_BY_PREFIX: dict[str, Work] = {
    "crops_": crops,
    "denoise_linear_": denoise,
    "denoise_unet_": denoise,
}


def find(name: str) -> Work | None:
    """The C++ part of a case, or None if there is none."""
    if name in _BY_NAME:
        return _BY_NAME[name]
    fitting = (work for prefix, work in _BY_PREFIX.items() if name.startswith(prefix))
    return next(fitting, None)
