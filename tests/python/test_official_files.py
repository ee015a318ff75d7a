# SPDX-License-Identifier: Apache-2.0
"""The official detector's and identity network's files behind the bundle's signatures."""

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from stand_ins import write_arcface, write_yolo

from conftest import YUNET
from hyportrait.export.bundle import BundleError, official_config, script
from hyportrait.export.detector import detector_module
from hyportrait.export.identity import arcface_module


def test_yolo_takes_grids_and_gives_the_bundles_detections(shared: Path, tmp_path: Path) -> None:
    write_yolo(tmp_path / "yoloface_v5m.pt", YUNET)
    module, config = detector_module(str(tmp_path / "yoloface_v5m.pt"), torch.float32)
    assert config == official_config()["detector"]
    picture = Image.open(shared / "testdata/portraits/skimage__astronaut.png").convert("RGB")
    pixels = torch.from_numpy(np.array(picture.resize((416, 448)))).permute(2, 0, 1).unsqueeze(0)
    boxes, scores, landmarks = script(module)(pixels.float() / 255)
    expected = detector_module(str(YUNET), torch.float32)[0](pixels.float() / 255)
    good = expected[1].sqrt() > 0.5  # the stand-in's objectness
    torch.testing.assert_close(boxes, expected[0][good], rtol=0, atol=1e-3)
    torch.testing.assert_close(scores, expected[1][good])
    torch.testing.assert_close(landmarks, expected[2][good])
    assert scores.max() > 0.9


def test_arcface_gives_512_numbers(tmp_path: Path) -> None:
    write_arcface(tmp_path / "arcface.onnx")
    module = arcface_module(tmp_path / "arcface.onnx")
    one, other = (module(torch.rand(1, 3, 112, 112)) for _ in range(2))
    assert one.shape == (1, 512) and not torch.equal(one, other)


def test_refuses_other_networks(shared: Path, tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="not ArcFace"):
        arcface_module(YUNET)
    write_arcface(tmp_path / "arcface.onnx")
    with pytest.raises(BundleError, match="not a YuNet"):
        detector_module(str(tmp_path / "arcface.onnx"), torch.float32)
    (tmp_path / "yolo.pt").write_bytes(b"PK not a zip")
    with pytest.raises(BundleError, match="not a TorchScript file"):
        detector_module(str(tmp_path / "yolo.pt"), torch.float32)
