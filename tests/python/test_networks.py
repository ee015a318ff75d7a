# SPDX-License-Identifier: Apache-2.0
"""Scripting, precision, and the stand-in detector."""

from collections.abc import Callable

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from hyportrait.export.bundle import build_unet, build_vae, instantiate, script
from hyportrait.export.networks import recipe
from hyportrait.export.networks.detector import CentreDetector
from hyportrait.export.networks.unet import UNet
from hyportrait.export.networks.vae import VaeDecoder
from hyportrait.export.presets import PRESETS
from hyportrait.export.seeded_bundle import exported_networks

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


def still_config() -> dict:
    """The tiny preset's, without blocks over frames."""
    config = dict(TINY.config)
    return config | {name: config[name] | {"temporal": False} for name in ("unet", "vae")}


STILL: dict[str, Callable[[], nn.Module]] = {
    "unet": lambda: build_unet(still_config()),
    "vae_decoder": lambda: VaeDecoder(build_vae(still_config())),
}


def without_effect(network: nn.Module) -> nn.Module:
    """Changes the blocks over frames so that they add nothing to what they are given."""
    last_layers = (
        "temporal_res_block.conv2", "time_pos_embed.linear_2", "ff_in.net.2", "time_conv_out.bias",
    )  # fmt: skip
    for name, value in network.state_dict().items():
        in_block = ".temporal_transformer_blocks." in name and any(
            part in name for part in (".to_out.", ".ff.net.2.")
        )
        if in_block or any(part in name for part in last_layers):
            value.zero_()
        elif name.endswith("time_conv_out.weight"):
            nn.init.dirac_(value)
    return network


@pytest.mark.parametrize("name", STILL)
def test_without_blocks_over_frames_a_network_is_what_the_other_is_when_they_add_nothing(name: str) -> None:
    whole, still = without_effect(exported_networks(TINY, seed=3)[name]()), instantiate(STILL[name])
    weights = whole.state_dict()
    still.load_state_dict({key: weights[key] for key in still.state_dict()})
    assert len(still.state_dict()) < len(weights)
    inputs = MODULE_INPUTS[name]()
    assert torch.equal(script(still)(*inputs), whole(*inputs))


def test_without_blocks_over_frames_no_frame_influences_another() -> None:
    unet = recipe.fill(instantiate(STILL["unet"]), seed=4)
    inputs = MODULE_INPUTS["unet"]()
    before = unet(*inputs)
    inputs[0][0, 1] += 1
    changed = (unet(*inputs) != before).flatten(3).any(3)  # by branch, window and frame
    assert changed[:, 0, 1].all()
    assert changed.sum() == len(changed)
