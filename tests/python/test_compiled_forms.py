# SPDX-License-Identifier: Apache-2.0
"""What is compiled computes what the plain networks compute, of the same weights."""

import copy

import pytest
import torch
from torch import Tensor, nn

from hyportrait.export import compiled_forms
from hyportrait.export.networks.vae import VaeDecoder
from hyportrait.export.presets import PRESETS
from hyportrait.export.unet_call import example_inputs


def filled(network: nn.Module) -> nn.Module:
    """Weights of a size that keeps values near 1, so that rounding stays rounding."""
    generator = torch.Generator().manual_seed(5)
    for name, parameter in network.named_parameters():
        spread = parameter[0].numel() ** -0.5 if parameter.dim() > 1 else 0.2
        centre = 1.0 if parameter.dim() == 1 and name.endswith("weight") else 0.0
        parameter.data = centre + spread * torch.randn(parameter.shape, generator=generator)
    return network.eval().requires_grad_(False)


def apart(one: Tensor, other: Tensor) -> float:
    return ((one - other).abs().max() / other.abs().max()).item()


@pytest.mark.parametrize("windows", [1, 2])
@pytest.mark.parametrize("flags", [([False, True], [False, True]), ([True], [True]), ([False, True, True], [False, False, True])])
def test_the_unet_is_the_same_function(flags: tuple[list[bool], list[bool]], windows: int) -> None:
    preset = PRESETS["parity"]()
    plain = filled(preset.unet())
    inputs = list(example_inputs(preset.config, 64, 5, "cpu", torch.float32))
    inputs[0], inputs[4] = (value.repeat_interleave(windows, 0) + torch.randn(windows, *value.shape[1:])
                            for value in (inputs[0], inputs[4]))  # fmt: skip
    prepared = copy.deepcopy(plain)
    compiled_forms.prepare(prepared, compiled_forms.ANY_DEVICE)
    assert apart(prepared(*inputs, *flags), plain(*inputs, *flags)) < 2e-5


def test_the_decoder_is_the_same_function() -> None:
    plain = filled(VaeDecoder(PRESETS["parity"]().vae()))
    prepared = copy.deepcopy(plain)
    compiled_forms.prepare_decoder(prepared, compiled_forms.ANY_DEVICE)
    latents = torch.randn(4, 4, 8, 8)
    assert apart(prepared(latents), plain(latents)) < 2e-5


def test_every_weight_is_made_of_the_plain_networks_and_none_is_left_out() -> None:
    plain = filled(PRESETS["tiny"]().unet())
    prepared = copy.deepcopy(plain)
    sources = compiled_forms.prepare(prepared, compiled_forms.ANY_DEVICE)
    state = plain.state_dict()
    assert {part for parts in sources.values() for part in parts} == set(state)
    for name, value in prepared.state_dict().items():
        assert torch.equal(value, torch.cat([state[part] for part in sources[name]])
                           if len(sources[name]) > 1 else state[sources[name][0]])  # fmt: skip
        if value.dim() == 4:
            assert value.is_contiguous(memory_format=torch.channels_last)


def test_statistics_over_frames_keep_their_digits_far_from_zero() -> None:
    plain = nn.GroupNorm(2, 8, 1e-6).double()
    over_frames = compiled_forms.GroupNormOverFrames(copy.deepcopy(plain).float())
    x = 300.0 + torch.randn(2, 8, 5, 30, dtype=torch.float64)
    assert (over_frames(x.float()) - plain(x)).abs().max() < 1e-3
