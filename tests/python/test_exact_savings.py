# SPDX-License-Identifier: Apache-2.0
"""Every exact saving of the networks against its plain form: equal within rounding (docs/exact-savings.md)."""

from collections.abc import Callable

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from hyportrait.export.bundle import instantiate
from hyportrait.export.networks import recipe
from hyportrait.export.networks.appearance import IdentityCrossAttention
from hyportrait.export.networks.blocks import ResnetBlock, SpatioTemporalResBlock, TemporalConv, Upsample
from hyportrait.export.networks.transformer import Conditions, CrossAttention, TemporalBlock, attend
from hyportrait.export.networks.unet import ReferenceConv, UNet
from hyportrait.export.networks.vae import Vae, VaeDecoder, VaeEncoder
from hyportrait.export.presets import PRESETS
from train_demo.loop import channels_last

BRANCHES = ([False, True, True], [False, False, True])  # u, d, c


def filled(build: Callable[[], nn.Module]) -> nn.Module:
    return recipe.fill(instantiate(build), seed=3)


def three_level_unet() -> UNet:
    return UNet(
        channels=(16, 16, 32),
        layers=(2, 2, 2),
        attention=(False, True, True),
        heads=(2, 2, 4),
        context_width=24,
        added_width=8,
        groups=8,
        latent_channels=4,
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


@pytest.mark.parametrize(("height", "width"), [(1, 1), (2, 3), (8, 8)])
def test_upsampling_by_phases_equals_the_convolution_of_the_large_image(
    height: int, width: int
) -> None:
    upsample = filled(lambda: Upsample(6))
    x = torch.randn(3, 6, height, width)
    large = F.interpolate(x, scale_factor=2.0, mode="nearest")
    expected = upsample.conv(large)
    torch.testing.assert_close(upsample(x), expected, rtol=0, atol=5e-6)
    last = torch.channels_last
    result = upsample(x.contiguous(memory_format=last))
    assert result.is_contiguous(memory_format=last)
    torch.testing.assert_close(result, expected, rtol=0, atol=5e-6)


def test_channels_last_unet_equals_the_plain_layout_and_does_not_copy() -> None:
    unet = filled(three_level_unet)
    inputs = unet_inputs()
    plain = unet(*inputs, *BRANCHES)
    seen: list[bool] = []
    for part in channels_last(unet).modules():
        if isinstance(part, TemporalConv):
            part.register_forward_pre_hook(
                lambda _, x: seen.append(x[0].is_contiguous(memory_format=torch.channels_last))
            )
    torch.testing.assert_close(unet(*inputs, *BRANCHES), plain, rtol=0, atol=2e-5)
    assert seen and all(seen)


def test_channels_last_vae_equals_the_plain_layout() -> None:
    vae = filled(lambda: Vae(channels=(8, 16), layers=1, groups=4, latent_channels=4))
    latents, pictures = torch.randn(3, 4, 6, 5), torch.rand(2, 3, 16, 24)
    decoder, encoder = VaeDecoder(vae), VaeEncoder(vae)
    plain = decoder(latents), encoder(pictures)
    channels_last(vae)
    torch.testing.assert_close(decoder(latents), plain[0], rtol=0, atol=2e-5)
    torch.testing.assert_close(encoder(pictures), plain[1], rtol=0, atol=2e-5)


def test_temporal_convolution_equals_the_one_of_volumes() -> None:
    conv = filled(lambda: TemporalConv(6, 6))
    x = torch.randn(2, 6, 5, 12)  # 12 pixels in a row
    volume = F.conv3d(x.unflatten(3, (3, 4)), conv.weight, conv.bias, padding=(1, 0, 0))
    torch.testing.assert_close(conv(x), volume.flatten(3), rtol=0, atol=5e-6)


@pytest.mark.parametrize("swapped", [False, True])
def test_scaled_residual_equals_the_mix_of_both_paths(swapped: bool) -> None:
    """The original's a * spatial + (1 - a) * temporal with a = sigmoid(mix_factor); swapped in the VAE."""
    block = filled(lambda: SpatioTemporalResBlock(8, 8, 0, 4, 1e-6, 1e-6, swapped))
    frames = 3
    x = torch.randn(2 * frames, 8, 4, 4)
    spatial = block.spatial_res_block(x)
    over_frames = spatial.unflatten(0, (2, frames)).transpose(1, 2).flatten(3)
    temporal = over_frames + block.temporal_res_block(over_frames)
    temporal = temporal.transpose(1, 2).reshape_as(spatial)
    share = torch.sigmoid(block.time_mixer.mix_factor)
    share = 1 - share if swapped else share
    mixed = share * spatial + (1 - share) * temporal
    torch.testing.assert_close(block(x, frames), mixed, rtol=0, atol=5e-6)


def test_one_time_embedding_equals_one_for_each_item() -> None:
    block = filled(lambda: ResnetBlock(8, 8, 16, 4, 1e-6))
    x, time = torch.randn(5, 8, 4, 4), torch.randn(1, 16)
    torch.testing.assert_close(block(x, time), block(x, time.expand(5, -1)), rtol=0, atol=5e-6)


def test_appearance_folded_into_the_query_equals_one_attention_a_frame() -> None:
    attention = filled(lambda: CrossAttention(16, 2, 24))
    x, appearance = torch.randn(6, 5, 16), torch.randn(1, 7, 24)
    each = appearance.expand(6, -1, -1)
    keys, values = attention.to_k(each), attention.to_v(each)
    plain = attention.to_out(attend(attention.to_q(x), keys, values, attention.heads))
    folded = attention(x, appearance, torch.empty(0), has_reference=True, has_motion=False)
    torch.testing.assert_close(folded, plain, rtol=0, atol=5e-6)


def test_keys_of_the_mean_equal_the_mean_of_the_keys() -> None:
    """Why the temporal motion context is averaged before its projections: they have no bias."""
    projections = filled(lambda: CrossAttention(16, 2, 24)).processor
    motion = torch.randn(5, 4, 24)
    for project in (projections.keys, projections.values):
        torch.testing.assert_close(
            project(motion.mean(0)), project(motion).mean(0), rtol=0, atol=5e-6
        )


def test_attention_to_one_identity_token_equals_its_value() -> None:
    """The original attends from every patch, in torch.nn.MultiheadAttention."""
    adapter = filled(lambda: IdentityCrossAttention(12, 16, 20))
    weights = adapter.multihead_attn
    plain = nn.MultiheadAttention(16, 4, batch_first=True)
    plain.load_state_dict(weights.state_dict())
    identity, patches = torch.randn(2, 1, 20), torch.randn(2, 9, 12)
    memory = adapter.id_proj(identity)
    attended = adapter.back_proj(plain(adapter.image_proj(patches), memory, memory)[0])
    torch.testing.assert_close(
        adapter(identity).expand_as(attended), attended, rtol=0, atol=5e-6
    )


def test_a_window_step_costs_no_more_than_its_exact_form() -> None:
    """At the official sizes, 512 px and 25 frames: the original takes 114.5 TFLOP for three branches."""
    with torch.device("meta"):
        unet = PRESETS["full"]().unet()
        latents, reference = torch.empty(1, 25, 4, 64, 64), torch.empty(1, 4, 64, 64)
        appearance, motion = torch.empty(1, 64, 1024), torch.empty(1, 25, 64, 1024)
        pose, ids = torch.empty(1, 1, 320, 64, 64), torch.empty(3)
        inputs = (latents, torch.empty(()), reference, appearance, motion, pose, ids)
    for branches, most in ((([False, True], [False, True]), 60.6e12), (BRANCHES, 91.6e12)):
        with FlopCounterMode(display=False) as counter:
            unet(*inputs, *branches)
        assert counter.get_total_flops() <= most
