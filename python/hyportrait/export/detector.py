# SPDX-License-Identifier: Apache-2.0
"""Makes a copy of a bundle with another face detector: a YuNet in ONNX.

hyportrait-export detector FILE.onnx --bundle DIR --out DIR2
"""

import argparse
import warnings
from pathlib import Path
from typing import Any

import torch
from torch import nn

from hyportrait.export.bundle import (
    MODULES,
    BundleError,
    BundleWriter,
    official_config,
    read_manifest,
    script,
)
from hyportrait.export.command_line import add_output, exit_code
from hyportrait.export.networks.detector import (
    CentreDetector,
    YoloFaceDetector,
    YuNetDetector,
)

# A score of 0.5 accepts cats. With 320 px it finds small faces (22 to 50 px) in as many frames of 640 x 272
# and 640 x 360 clips as with 416 px, in 60 % of the time; 240 px gives false detections.
YUNET_CONFIG = {"min_side": 320, "multiple": 32, "keep_aspect": True, "score": 0.7, "nms_iou": 0.3}
_YUNET_OUTPUTS = [
    f"{kind}_{stride}" for kind in ("cls", "obj", "bbox", "kps") for stride in (8, 16, 32)
]
_TRACE_SIZE = 256  # px; the trace holds for any multiple of 32


def detector_module(source: str, dtype: torch.dtype) -> tuple[nn.Module, dict[str, Any]]:
    """The module, and its changes to config.detector.

    `source`: "centre", a YuNet as .onnx, or the official YOLOv5-face as .pt.
    """
    if source == "centre":
        return CentreDetector().eval(), {}
    if source.endswith(".pt"):
        return _yolo_detector(Path(source)), official_config()["detector"]
    return YuNetDetector(_traced_yunet(Path(source)).to(dtype)).eval(), YUNET_CONFIG


def _yolo_detector(path: Path) -> torch.jit.ScriptModule:
    """It keeps its precision: it was traced in float32 and may contain float32 constants."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        try:
            network = torch.jit.load(str(path), map_location="cpu").eval()
        except (RuntimeError, ValueError) as error:  # torch has no exception class for a bad archive
            raise BundleError(f"{path}: not a TorchScript file: {error}") from None
    try:
        return script(YoloFaceDetector(network).eval())
    except RuntimeError:  # the compiler's, for a call that does not fit
        raise BundleError(
            f"{path}: does not take an image and three grids: not the official YOLOv5-face"
        ) from None


def _traced_yunet(path: Path) -> torch.jit.ScriptModule:
    from hyportrait.export import onnx_network  # here: only this needs the ONNX libraries

    model = onnx_network.read(path)
    outputs = [output.name for output in model.graph.output]
    if outputs != _YUNET_OUTPUTS:
        raise BundleError(f"{path}: not a YuNet: outputs {outputs}, expected {_YUNET_OUTPUTS}")
    example = torch.zeros(1, 3, _TRACE_SIZE, _TRACE_SIZE)
    return onnx_network.traced(onnx_network.converted(model), example)


def replace_detector(source: str, bundle: Path, out: Path, overwrite: bool) -> None:
    """Writes `out`: `bundle` with the detector `source`. Raises BundleError."""
    manifest = read_manifest(bundle)
    entries, config = manifest["modules"], manifest["config"]
    dtype = getattr(torch, entries["face_detector"]["inputs"][0]["dtype"])
    with BundleWriter(out, overwrite, config, dtype) as writer:
        module, detector_config = detector_module(source, dtype)
        config["detector"].update(detector_config)
        writer.add("face_detector", module)
        for name in MODULES:
            if name != "face_detector":
                writer.copy(name, bundle, entries[name])
        writer.finish(
            name=manifest["name"],
            kind=manifest["kind"],
            licence=manifest["licence"],
            provenance=f"{manifest['provenance']}; face detector {Path(source).name}",
        )


def main(program: str, arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(program, description="A copy of a bundle with another face detector.")
    parser.add_argument(
        "detector", help="a YuNet's .onnx, the official YOLOv5-face's .pt, or centre"
    )
    parser.add_argument("--bundle", type=Path, required=True, help="bundle to copy")
    add_output(parser, "folder of the copy")
    options = parser.parse_args(arguments)
    return exit_code(
        program,
        lambda: replace_detector(options.detector, options.bundle, options.out, options.overwrite),
    )
