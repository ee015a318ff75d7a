# SPDX-License-Identifier: Apache-2.0
"""The exported YuNet on the test portraits: their index says how many faces there are."""

import csv
import math
from pathlib import Path

import numpy as np
import pytest
import torch
import torchvision
from PIL import Image, ImageOps

from conftest import YUNET
from hyportrait.export.bundle import script
from hyportrait.export.detector import YUNET_CONFIG, detector_module


@pytest.fixture(scope="module")
def yunet() -> torch.jit.ScriptModule:
    if not YUNET.is_file():
        pytest.skip(
            f"SKIPPED BECAUSE {YUNET.name} IS NOT THERE: the exported detector is not checked"
        )
    with torch.no_grad():
        return script(detector_module(str(YUNET), torch.float32)[0])


def faces(detector: torch.jit.ScriptModule, picture: Image.Image) -> torch.Tensor:
    """Boxes [N,4] as shares of the picture, by the bundle's rules for size, score and overlap."""
    ratio = YUNET_CONFIG["min_side"] / min(picture.size)
    size = [round(side * ratio) for side in picture.size]
    padded = [
        math.ceil(side / YUNET_CONFIG["multiple"]) * YUNET_CONFIG["multiple"] for side in size
    ]
    canvas = Image.new("RGB", padded)
    canvas.paste(picture.resize(size, Image.Resampling.BILINEAR))
    pixels = torch.from_numpy(np.array(canvas)).permute(2, 0, 1).unsqueeze(0).float() / 255
    boxes, scores, landmarks = detector(pixels)
    assert landmarks.shape == (boxes.shape[0], 5, 2)
    good = scores > YUNET_CONFIG["score"]
    boxes, scores = boxes[good], scores[good]
    best = torchvision.ops.nms(boxes, scores, YUNET_CONFIG["nms_iou"])
    return boxes[best] / torch.tensor([*size, *size])


def open_upright(path: Path) -> Image.Image:
    picture = ImageOps.exif_transpose(Image.open(path))
    if picture.mode.startswith("I"):  # 16 bits
        picture = Image.fromarray((np.asarray(picture) // 256).astype(np.uint8))
    return picture.convert("RGB")


def test_finds_the_faces_of_the_index(yunet: torch.jit.ScriptModule, shared: Path) -> None:
    with (shared / "testdata/INDEX.tsv").open() as index:
        rows = [row for row in csv.DictReader(index, delimiter="\t") if "faces=" in row["facts"]]
    assert len(rows) >= 7
    for row in rows:
        facts = row["facts"]
        count = int(facts.split("faces=")[1].split()[0])
        found = faces(yunet, open_upright(shared / "testdata" / row["file"]))
        assert len(found) == count, row["file"]
        if count == 1:  # "(score:wxh) 0.94:0.64x0.86": shares of the picture
            width, height = (float(x) for x in facts.split(":")[-1].split("x"))
            x1, y1, x2, y2 = found[0].tolist()
            assert x2 - x1 == pytest.approx(width, abs=0.05), row["file"]
            assert y2 - y1 == pytest.approx(height, abs=0.1), row["file"]


def test_landmarks_are_eyes_nose_mouth(yunet: torch.jit.ScriptModule, shared: Path) -> None:
    picture = open_upright(shared / "testdata/portraits/skimage__astronaut.png").resize((512, 512))
    pixels = torch.from_numpy(np.array(picture)).permute(2, 0, 1).unsqueeze(0).float() / 255
    _, scores, landmarks = yunet(pixels)
    left_eye, right_eye, nose, left_mouth, right_mouth = landmarks[scores.argmax()].tolist()
    assert left_eye[0] < nose[0] < right_eye[0] and left_mouth[0] < right_mouth[0]
    assert max(left_eye[1], right_eye[1]) < nose[1] < min(left_mouth[1], right_mouth[1])


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_changes_precision(dtype: torch.dtype, shared: Path) -> None:
    detector = script(detector_module(str(YUNET), torch.float32)[0]).to(dtype)
    picture = open_upright(shared / "testdata/portraits/skimage__astronaut.png").resize((320, 320))
    pixels = torch.from_numpy(np.array(picture)).permute(2, 0, 1).unsqueeze(0).to(dtype) / 255
    boxes, scores, _ = detector(pixels)
    assert scores.max() > 0.8 and boxes.dtype == dtype
