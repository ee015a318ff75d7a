# SPDX-License-Identifier: Apache-2.0
"""State dicts with the original's exact keys and shapes (../shared/parity/keys) at full size.

The tensors are views of one number: files of kilobytes, loaded as the official ones are.
"""

import re
from pathlib import Path

import pytest
import torch
from torch import Tensor

from conftest import SHARED
from hyportrait.export.bundle import BundleError
from hyportrait.export.checkpoint import check_keys, load_strict
from parity.pack import Pack
from parity.python_cases import KEY_LISTS

pytestmark = pytest.mark.skipif(
    not SHARED.is_dir(),
    reason="SKIPPED BECAUSE ../shared IS NOT THERE: the original's keys are not checked",
)
COUNTER = "num_batches_tracked"


def original_state(name: str) -> dict[str, Tensor]:
    number, count = torch.zeros(()), torch.zeros((), dtype=torch.int64)
    keys = Pack(SHARED / "parity").keys(name)
    return {
        key: (count if key.endswith(COUNTER) else number).expand(shape)
        for key, shape in keys.items()
    }


def saved(state: dict[str, Tensor], folder: Path) -> Path:
    path = folder / "weights.pth"
    torch.save(state, path)
    assert path.stat().st_size < 1e6
    return path


def test_every_list_of_keys_has_a_network(shared: Path) -> None:
    assert set(Pack(shared / "parity").key_lists()) == set(KEY_LISTS)


@pytest.mark.parametrize("name", KEY_LISTS)
def test_exact_keys_and_shapes_load(name: str, tmp_path: Path) -> None:
    state = original_state(name)
    module = load_strict(saved(state, tmp_path), KEY_LISTS[name], torch.float32)
    loaded = module.state_dict()
    assert {key: value.shape for key, value in loaded.items()} == {
        key: value.shape for key, value in state.items()
    }
    assert not any(value.is_meta for value in loaded.values())


@pytest.mark.parametrize("name", KEY_LISTS)
def test_a_renamed_missing_or_misshapen_key_is_refused_by_name(name: str, tmp_path: Path) -> None:
    state = original_state(name)
    keys = list(state)
    with torch.device("meta"):
        module = KEY_LISTS[name]()
    for key in {keys[0], keys[len(keys) // 2], keys[-1]}:
        others = {other: value for other, value in state.items() if other != key}
        broken = {
            "missing keys (1)": others,
            "unexpected keys (1)": others | {f"{key}_renamed": state[key]},
            "wrong shapes (1)": others | {key: state[key].unsqueeze(0)},
        }
        for title, content in broken.items():
            with pytest.raises(BundleError) as error:
                check_keys(saved(content, tmp_path), KEY_LISTS[name])
            lines = [line.strip() for line in str(error.value).splitlines()]
            named = lines[lines.index(f"{title}:") + 1]
            assert named.startswith(f"{key}_renamed" if "unexpected" in title else key)
            assert key in str(error.value)
            with pytest.raises(RuntimeError, match=re.escape(key)):
                module.load_state_dict(content, strict=True, assign=True)
