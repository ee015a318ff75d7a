# SPDX-License-Identifier: Apache-2.0
"""The memory of a U-Net call and of decoding, and that the program's estimates cover it."""

import re
from pathlib import Path

import pytest
import torch

from cost.count_memory import decoder_bytes, unet_bytes
from hyportrait.export.presets import PRESETS

SOURCE = Path(__file__).resolve().parents[2] / "src"


def constant(file: str) -> int:
    """`kLiveFeatures` of a C++ file."""
    return int(re.search(r"kLiveFeatures = (\d+);", (SOURCE / file).read_text())[1])


@pytest.mark.parametrize("name, size", [("tiny", 64), ("tiny", 256), ("parity", 256)])
def test_the_programs_estimates_cover_what_is_counted(name: str, size: int) -> None:
    preset = PRESETS[name]()
    for windows, branches in ((1, 1), (1, 2), (3, 2)):
        units = unet_bytes(preset, size, windows, branches, torch.float16)["units"]
        # tokens weigh more beside the smallest latents, where everything is small
        assert 0.45 * constant("diffusion/unet_cost.cpp") < units
        assert units <= constant("diffusion/unet_cost.cpp") * (1.25 if size == 64 else 1)
    for chunk in (1, 8):
        units = decoder_bytes(preset, size, chunk, torch.float16)["units"]
        assert 0.7 * constant("vae/decode.cpp") < units <= constant("vae/decode.cpp")


def test_full_size_at_512_takes_less_than_four_gigabytes_beside_its_weights() -> None:
    preset = PRESETS["full"]()
    unet = unet_bytes(preset, 512, 1, 2, torch.float16)
    assert 3.5e9 < unet["bytes"] < 4e9
    assert unet["units"] <= constant("diffusion/unet_cost.cpp")
    assert 3.5e9 < decoder_bytes(preset, 512, 8, torch.float16)["bytes"] < 4e9
