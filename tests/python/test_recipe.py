# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from hyportrait.export.networks import recipe


def test_known_answers_of_the_pack() -> None:
    assert recipe.stream_start(1, "conv_in.weight") == 0x3FCAB530D41FBD4C
    expected = [1.1984757185, 0.4298940599, -0.0481272042, 0.3390575945]
    assert recipe.unit_noise(1, "conv_in.weight", 4).tolist() == pytest.approx(expected, abs=1e-10)


def test_long_streams_continue_across_blocks() -> None:
    whole = recipe.unit_noise(7, "key", 100_000)
    assert np.array_equal(whole[:50_000], recipe.unit_noise(7, "key", 50_000))
    assert abs(whole.mean()) < 0.02
    assert whole.std() == pytest.approx(1.0, abs=0.02)
    assert np.unique(whole[: 1 << 15]).size != np.unique(whole[: 1 << 16]).size


@pytest.mark.parametrize(
    ("key", "shape", "rule"),
    [
        ("a.bn.num_batches_tracked", (), None),
        ("a.bias", (4,), (0.0, 0.05)),
        ("attn.in_proj_bias", (4,), (0.0, 0.05)),
        ("a.bn.running_mean", (4,), (0.0, 0.05)),
        ("time_mixer.mix_factor", (1,), (0.0, 0.5)),
        ("position_head.weight", (128, 8), (0.0, 0.5)),
        ("norm.weight", (4,), (1.0, 0.1)),
        ("conv.weight", (8, 4, 2, 2), (0.0, 0.25)),
    ],
)
def test_rule_follows_name_and_shape(key: str, shape: tuple, rule: tuple | None) -> None:
    assert recipe.offset_and_scale(key, shape) == rule
