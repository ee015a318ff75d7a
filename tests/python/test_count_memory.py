# SPDX-License-Identifier: Apache-2.0
"""The memory of a U-Net call and of decoding a chunk."""

import torch

from export.count_memory import decoder_bytes, unet_bytes
from export.presets import PRESETS


def test_full_size_at_512_takes_less_than_four_gigabytes_beside_its_weights() -> None:
    preset = PRESETS["full"]()
    unet = unet_bytes(preset, 512, 1, 2, torch.float16)
    assert 3.5e9 < unet["bytes"] < 4e9
    assert 3.5e9 < decoder_bytes(preset, 512, 8, torch.float16)["bytes"] < 4e9
