# SPDX-License-Identifier: Apache-2.0
"""The sizes in a manifest: from them alone the bundle's own U-Net and VAE are built."""

import json
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from conftest import BUILD, ROOT, SHARED
from hyportrait.export.bundle import build_unet, build_vae, instantiate, read_manifest
from hyportrait.export.detector import replace_detector
from hyportrait.export.networks.vae import VaeDecoder, VaeEncoder
from hyportrait.export.presets import PRESETS
from made_once import seeded_bundle
from parity.pack import Pack

DEMO = ROOT / "models" / "demo"


@pytest.fixture(scope="module")
def bundles(tiny: Path) -> dict[str, Path]:
    return {"demo": DEMO, "tiny": tiny, "parity": seeded_bundle(BUILD, "parity")}


def weights(bundle: Path, module: str) -> dict[str, Tensor]:
    file = bundle / read_manifest(bundle)["modules"][module]["file"]
    return torch.jit.load(str(file), map_location="cpu").state_dict()


@pytest.mark.parametrize("name", ["demo", "tiny", "parity"])
def test_a_bundles_networks_are_built_from_its_manifest(
    name: str, bundles: dict[str, Path]
) -> None:
    config = read_manifest(bundles[name])["config"]
    assert list(config)[-2:] == ["unet", "vae"]
    vae = instantiate(lambda: build_vae(config))
    built: dict[str, nn.Module] = {
        "unet": instantiate(lambda: build_unet(config)),
        "vae_encoder": VaeEncoder(vae),
        "vae_decoder": VaeDecoder(vae),
    }
    for module, network in built.items():
        network.load_state_dict(weights(bundles[name], module), strict=True)


@pytest.mark.skipif(not SHARED.is_dir(), reason="SKIPPED BECAUSE ../shared IS NOT THERE")
@pytest.mark.parametrize("preset, prefix", [("full", ""), ("parity", "tiny_")])
def test_the_original_networks_are_built_from_the_manifest(preset: str, prefix: str) -> None:
    config = json.loads(json.dumps(PRESETS[preset]().config))
    with torch.device("meta"):
        built = {"unet": build_unet(config), "vae": build_vae(config)}
    for name, network in built.items():
        shapes = {key: tuple(value.shape) for key, value in network.state_dict().items()}
        assert shapes == dict(Pack(SHARED / "parity").keys(f"{prefix}{name}"))


@pytest.mark.parametrize("name", PRESETS)
def test_a_presets_sizes_survive_json(name: str) -> None:
    config = PRESETS[name]().config
    assert json.loads(json.dumps(config)) == config  # lists, no tuples


def test_another_detector_keeps_the_sizes(bundles: dict[str, Path], tmp_path: Path) -> None:
    replace_detector("centre", bundles["tiny"], tmp_path / "copy", overwrite=False)
    old, new = (read_manifest(folder)["config"] for folder in (bundles["tiny"], tmp_path / "copy"))
    assert {key: new[key] for key in ("unet", "vae")} == {key: old[key] for key in ("unet", "vae")}


def test_the_demo_is_exported_with_its_sizes() -> None:
    from train_demo import sizes

    config = read_manifest(DEMO)["config"]
    assert sizes.config(config["latent"]["scale"]) == config
