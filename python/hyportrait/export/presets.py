# SPDX-License-Identifier: Apache-2.0
"""The sizes of seeded bundles: networks, widths and configuration."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from torch import nn

from hyportrait.export.bundle import build_unet, build_vae, official_config
from hyportrait.export.networks.appearance import Dino, ImageProjector
from hyportrait.export.networks.identity import IdentityNetwork
from hyportrait.export.networks.motion import ExpressionNetwork, HeadPoseNetwork, MotionRefiner
from hyportrait.export.networks.pose_guider import PoseGuider
from hyportrait.export.networks.unet import UNet
from hyportrait.export.networks.vae import Vae

Build = Callable[[], nn.Module]


@dataclass(frozen=True)
class Preset:
    """A builder for each checkpoint, and the manifest's `config`, which has the sizes of the U-Net and the
    VAE."""

    dino: Callable[[], Dino]
    projector: Callable[[], ImageProjector]
    identity: Build
    expression: Build
    head_pose: Build
    motion_refiner: Build
    pose_guider: Build
    config: dict[str, Any]

    @property
    def pose_channels(self) -> int:
        """Channels of the pose guider's output and of the U-Net's first features."""
        return self.config["unet"]["channels"][0]

    def unet(self) -> UNet:
        return build_unet(self.config)

    def vae(self) -> Vae:
        return build_vae(self.config)


def _full() -> Preset:
    """The official sizes."""
    return Preset(
        dino=Dino,
        projector=ImageProjector,
        identity=IdentityNetwork,
        expression=ExpressionNetwork,
        head_pose=HeadPoseNetwork,
        motion_refiner=MotionRefiner,
        pose_guider=PoseGuider,
        config=official_config(),
    )


def _parity() -> Preset:
    """The sizes of the parity pack's `tiny_*` and `e2e_tiny` cases (its README)."""
    config = official_config()
    config["image_size"] = 64
    config["tokens"]["width"] = 64
    config["sampler"]["steps"] = 3
    config["unet"] |= {
        "channels": [32, 64, 64, 64], "heads": [2, 4, 4, 4], "context_width": 64, "added_width": 32
    }  # fmt: skip
    config["vae"]["channels"] = [32, 64, 64, 64]
    return Preset(
        dino=lambda: Dino(width=64, heads=4, adapter_width=48),
        projector=ImageProjector,
        identity=IdentityNetwork,
        expression=ExpressionNetwork,
        head_pose=HeadPoseNetwork,
        motion_refiner=lambda: MotionRefiner(outputs=58),
        pose_guider=lambda: PoseGuider(out_channels=32),
        config=config,
    )


def _tiny() -> Preset:
    """For tests of everything around the networks: a few megabytes, a second for a run."""
    config = official_config()
    config["image_size"] = 64
    config["tokens"] = {"count": 8, "width": 32}
    config["detector"]["min_side"] = 64
    config["window"] = {"frames": 8, "overlap": 2, "shift": 1, "padding": 4}
    config["sampler"]["steps"] = 4
    config["motion"]["bucket_frames"] = 8
    config["unet"] |= {
        "channels": [16, 32], "layers": [1, 1], "attention": [False, True], "heads": [2, 4],
        "context_width": 32, "added_width": 8, "groups": 8,
    }  # fmt: skip
    config["vae"] |= {"channels": [8, 8, 16, 16], "layers": 1, "groups": 4}
    return Preset(
        dino=lambda: Dino(
            width=32, depth=2, heads=2, adapter_blocks=(1,), adapter_width=16, attention_width=16,
            position_grid=16,
        ),
        projector=lambda: ImageProjector(outputs=8),
        identity=lambda: IdentityNetwork(width=4),
        expression=lambda: ExpressionNetwork(width=4, counts=(1, 1, 1, 1)),
        head_pose=lambda: HeadPoseNetwork(width=4, groups=4),
        motion_refiner=lambda: MotionRefiner(
            outputs=26, tokens=8, width=32, layers=1, heads=2, intensity_width=16
        ),
        pose_guider=lambda: PoseGuider(channels=(4, 4, 8, 8), out_channels=16),
        config=config,
    )  # fmt: skip


PRESETS: dict[str, Callable[[], Preset]] = {"tiny": _tiny, "parity": _parity, "full": _full}
