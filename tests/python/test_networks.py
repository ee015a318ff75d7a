# SPDX-License-Identifier: Apache-2.0
"""Scripting, precision, and that the exact savings are exact."""

from collections.abc import Callable

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from export.bundle import instantiate, script
from export.presets import PRESETS
from export.seeded_bundle import exported_networks
from networks import recipe
from networks.detector import CentreDetector
from networks.transformer import Conditions, TemporalBlock, attend
from networks.unet import ReferenceConv, UNet

TINY = PRESETS["tiny"]()
BRANCHES = ([False, True, True], [False, False, True])  # u, d, c


def filled(build: Callable[[], nn.Module]) -> nn.Module:
    return recipe.fill(instantiate(build), seed=3)


def three_level_unet() -> UNet:
    return UNet(
        channels=(16, 16, 32),
        heads=(2, 2, 4),
        attention=(False, True, True),
        context_width=24,
        added_width=8,
        groups=8,
    )


def unet_inputs(windows: int = 2, frames: int = 3, tokens: int = 5) -> list[Tensor]:
    return [
        torch.randn(windows, frames, 4, 8, 8),
        torch.tensor(0.7),
        torch.randn(1, 4, 8, 8),
        torch.randn(1, 6, 24),
        torch.randn(windows, frames, tokens, 24),
        torch.randn(windows, frames, 16, 8, 8),
        torch.tensor([12.5, 0.0, 0.0]),
    ]


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


def test_branches_equal_calls_with_zero_tensors() -> None:
    """The original's form: three items of a batch, the absent conditions given as zeros."""
    unet = filled(three_level_unet)
    latents, timestep, reference, appearance, motion, pose, ids = unet_inputs()
    together = unet(latents, timestep, reference, appearance, motion, pose, ids, *BRANCHES)
    for i, (has_reference, has_motion) in enumerate(zip(*BRANCHES)):
        plain = unet(
            latents,
            timestep,
            reference * has_reference,
            appearance * has_reference,
            motion * has_motion,
            pose,
            ids,
            [True],
            [True],
        )
        torch.testing.assert_close(
            together[i], plain[0], rtol=0, atol=2e-6 * plain.abs().max().item()
        )


def test_windows_are_independent() -> None:
    unet = filled(three_level_unet)
    latents, timestep, reference, appearance, motion, pose, ids = unet_inputs(windows=3)
    together = unet(latents, timestep, reference, appearance, motion, pose, ids, *BRANCHES)
    for w in range(3):
        one = slice(w, w + 1)
        alone = unet(
            latents[one], timestep, reference, appearance, motion[one], pose[one], ids, *BRANCHES
        )
        torch.testing.assert_close(together[:, one], alone, rtol=0, atol=1e-5)


def test_one_pose_feature_serves_all_frames() -> None:
    unet = filled(three_level_unet)
    inputs = unet_inputs()
    pose = inputs[5][:1, :1]
    inputs[5] = pose
    shared = unet(*inputs, *BRANCHES)
    inputs[5] = pose.expand(2, 3, -1, -1, -1)
    torch.testing.assert_close(shared, unet(*inputs, *BRANCHES))


def test_first_convolution_equals_the_concatenation() -> None:
    conv = filled(lambda: ReferenceConv(4, 16))
    latents, reference = torch.randn(6, 4, 8, 8), torch.randn(1, 4, 8, 8)
    expected = []
    for has in BRANCHES[0]:
        pair = torch.cat([latents, (reference * has).expand(6, -1, -1, -1)], dim=1)
        expected.append(F.conv2d(pair, conv.weight, conv.bias, padding=1))
    actual = conv(latents, reference, BRANCHES[0])
    torch.testing.assert_close(actual, torch.cat(expected), rtol=0, atol=1e-5)


def test_temporal_context_once_a_window_equals_once_a_pixel() -> None:
    """The original repeats the mean context for every pixel before its projections."""
    block = filled(lambda: TemporalBlock(16, 2, 24))
    windows, frames, pixels = 2, 3, 5
    x = torch.randn(windows, pixels, frames, 16)
    appearance, motion = torch.randn(1, 6, 24), torch.randn(windows * frames, 4, 24)
    mean = motion.unflatten(0, (windows, frames)).mean(dim=1)
    conditions = Conditions(appearance, motion, mean, [True], [True], frames)
    actual = block(x, conditions)

    attention = block.attn2
    y = (x + block.ff_in(block.norm_in(x))).flatten(0, 1)  # [windows*pixels,frames,16]
    y = y + block.attn1(block.norm1(y))
    q = attention.to_q(block.norm2(y))
    image = appearance.expand(windows * pixels, -1, -1)
    moving = mean.repeat_interleave(pixels, dim=0)
    context = attend(q, attention.to_k(image), attention.to_v(image), attention.heads)
    keys, values = attention.processor.keys(moving), attention.processor.values(moving)
    context = context + attend(q, keys, values, attention.heads)
    y = y + attention.to_out(context)
    y = y + block.ff(block.norm3(y))
    torch.testing.assert_close(actual.flatten(0, 1), y, rtol=0, atol=1e-5)


def test_no_attention_is_computed_without_context(monkeypatch: pytest.MonkeyPatch) -> None:
    block = filled(lambda: TemporalBlock(16, 2, 24))
    monkeypatch.setattr(block.attn2, "forward", lambda *_: pytest.fail("cross-attention was run"))
    motion = torch.randn(2, 4, 24)
    conditions = Conditions(torch.randn(1, 6, 24), motion, motion, [False], [False], 3)
    assert block(torch.randn(2, 5, 3, 16), conditions).isfinite().all()


def test_a_window_step_costs_no_more_than_its_exact_form() -> None:
    """At the official sizes, 512 px and 25 frames: the original takes 114.5 TFLOP for three branches."""
    with torch.device("meta"):
        unet = UNet()
        latents, reference = torch.empty(1, 25, 4, 64, 64), torch.empty(1, 4, 64, 64)
        appearance, motion = torch.empty(1, 64, 1024), torch.empty(1, 25, 64, 1024)
        pose, ids = torch.empty(1, 1, 320, 64, 64), torch.empty(3)
        inputs = (latents, torch.empty(()), reference, appearance, motion, pose, ids)
    for branches, most in ((([False, True], [False, True]), 62.5e12), (BRANCHES, 94.5e12)):
        with FlopCounterMode(display=False) as counter:
            unet(*inputs, *branches)
        assert counter.get_total_flops() <= most


def test_centre_detector_reports_one_face_in_the_middle() -> None:
    boxes, scores, landmarks = script(CentreDetector())(torch.zeros(1, 3, 64, 160))
    assert boxes.shape == (1, 4) and landmarks.shape == (1, 5, 2) and scores.tolist() == [1.0]
    x1, y1, x2, y2 = boxes[0].tolist()
    assert (x1 + x2) / 2 == pytest.approx(80) and (y1 + y2) / 2 == pytest.approx(32)
    inside = (landmarks[0] > boxes[0, :2]) & (landmarks[0] < boxes[0, 2:])
    assert inside.all()
