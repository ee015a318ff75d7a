# SPDX-License-Identifier: Apache-2.0
"""Scripting, precision, and the stand-in detector."""

from collections.abc import Callable

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from export.bundle import instantiate, script
from export.presets import PRESETS
from export.seeded_bundle import exported_networks
from networks import recipe
from networks.detector import CentreDetector
from networks.unet import UNet

TINY = PRESETS["tiny"]()
BRANCHES = ([False, True, True], [False, False, True])  # u, d, c

MODULE_INPUTS: dict[str, Callable[[], list]] = {
    "identity": lambda: [torch.rand(1, 3, 112, 112)],
    "appearance": lambda: [torch.rand(1, 3, 224, 224), F.normalize(torch.randn(1, 512))],
    "expression": lambda: [torch.rand(3, 3, 256, 256)],
    "head_pose": lambda: [torch.rand(3, 3, 256, 256)],
    "motion_refiner": lambda: [torch.randn(3, 512), torch.tensor(5), torch.tensor(90)],
    "pose_guider": lambda: [torch.rand(2, 3, 64, 64)],
    "vae_encoder": lambda: [torch.rand(2, 3, 64, 128)],
    "vae_decoder": lambda: [torch.randn(3, 4, 8, 16)],
    "unet": lambda: [
        torch.randn(2, 3, 4, 8, 8), torch.tensor(0.7), torch.randn(1, 4, 8, 8), torch.randn(1, 8, 32),
        torch.randn(2, 3, 8, 32), torch.randn(1, 1, 16, 8, 8), torch.tensor([12.5, 0.0, 0.0]),
        *BRANCHES,
    ],
}  # fmt: skip


@pytest.mark.parametrize("name", MODULE_INPUTS)
def test_scripted_equals_eager(name: str) -> None:
    module = exported_networks(TINY, seed=3)[name]()
    inputs = MODULE_INPUTS[name]()
    assert torch.equal(script(module)(*inputs), module(*inputs))


def cast(value: object, dtype: torch.dtype) -> object:
    floating = isinstance(value, Tensor) and value.is_floating_point() and value.dim() > 0
    return value.to(dtype) if floating else value


@pytest.mark.parametrize("name", MODULE_INPUTS)
@pytest.mark.parametrize(("dtype", "bound"), [(torch.bfloat16, 0.1), (torch.float16, 0.02)])
def test_scripted_module_changes_precision(name: str, dtype: torch.dtype, bound: float) -> None:
    inputs = MODULE_INPUTS[name]()
    exact = script(exported_networks(TINY, seed=3)[name]())(*inputs)
    scripted = script(exported_networks(TINY, seed=3)[name]()).to(dtype)
    rough = scripted(*(cast(value, dtype) for value in inputs))
    assert rough.dtype == dtype
    error = (rough.float() - exact).abs().max() / exact.abs().max()
    assert 0 < error < bound


def test_centre_detector_reports_one_face_in_the_middle() -> None:
    boxes, scores, landmarks = script(CentreDetector())(torch.zeros(1, 3, 64, 160))
    assert boxes.shape == (1, 4) and landmarks.shape == (1, 5, 2) and scores.tolist() == [1.0]
    x1, y1, x2, y2 = boxes[0].tolist()
    assert (x1 + x2) / 2 == pytest.approx(80) and (y1 + y2) / 2 == pytest.approx(32)
    inside = (landmarks[0] > boxes[0, :2]) & (landmarks[0] < boxes[0, 2:])
    assert inside.all()


def test_levels_of_the_unet_may_have_different_numbers_of_layers() -> None:
    uneven = instantiate(
        lambda: UNet(
            channels=(8, 16), layers=(2, 1), attention=(True, True), heads=(2, 2), context_width=12,
            added_width=8, groups=4, latent_channels=4,
        )
    )  # fmt: skip
    assert [len(block.resnets) for block in uneven.down_blocks] == [2, 1]
    assert [len(block.attentions) for block in uneven.up_blocks] == [2, 3]
    recipe.fill(uneven, seed=4)
    latents, motion = torch.randn(1, 2, 4, 8, 8), torch.randn(1, 2, 3, 12)
    velocity = uneven(
        latents, torch.tensor(0.3), torch.randn(1, 4, 8, 8), torch.randn(1, 5, 12), motion,
        torch.randn(1, 1, 8, 8, 8), torch.zeros(3), [True], [True],
    )  # fmt: skip
    assert velocity.shape == (1, 1, 2, 4, 8, 8)
    assert velocity.isfinite().all()
