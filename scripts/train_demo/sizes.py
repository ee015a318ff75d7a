# SPDX-License-Identifier: Apache-2.0
"""The demo bundle's widths and configuration, and its modules with initial weights."""

from typing import Any, TypeVar

import torch
from torch import nn

from hyportrait.export.networks.appearance import Appearance, Dino, ImageProjector, PackedAttentionWeights
from hyportrait.export.networks.identity import IdentityNetwork
from hyportrait.export.networks.motion import ExpressionNetwork, HeadPoseNetwork, MotionRefiner, PackedAttention
from hyportrait.export.networks.pose_guider import PoseGuider
from hyportrait.export.networks.unet import UNet
from hyportrait.export.networks.vae import Vae

Module = TypeVar("Module", bound=nn.Module)

IMAGE = 192
LATENT_CHANNELS = 8
TOKENS, TOKEN_WIDTH = 16, 96
EXPRESSION = 512
MOTION_SIZE = 128
FACE_TOWARD_BOX = 0.75  # with less, raised brows are cut off; with more, the face of a moving head
POSE_CHANNELS = 64
WINDOW = 10  # no frame depends on another, so windows only bound the memory
SIGMA_MIN, SIGMA_MAX, RHO, STEPS = 0.3, 20.0, 7.0, 2
MOTION_GUIDANCE = 1.0
DETAIL_SIGMA = 0.69  # px; how much softer results are than what the VAE makes of a portrait
ADDED_IDS = (12.5, 0.0, 0.0)
UNET: dict[str, Any] = {"channels": [POSE_CHANNELS, 72, 112], "layers": [2, 2, 2], "attention": [True, True, True],
        "heads": [2, 4, 4], "context_width": TOKEN_WIDTH, "added_width": 16, "groups": 8,
        "latent_channels": LATENT_CHANNELS, "temporal": False}
VAE: dict[str, Any] = {"channels": [16, 32, 64, 64], "layers": 1, "groups": 8,
       "latent_channels": LATENT_CHANNELS, "temporal": False}


def build_vae() -> Vae:
    return _started(Vae(**VAE))


def build_unet() -> UNet:
    return _started(UNet(**UNET))


def build_expression() -> ExpressionNetwork:
    return _started(ExpressionNetwork(width=16, counts=(1, 2, 2, 1), groups=4, outputs=EXPRESSION))


def build_head_pose() -> HeadPoseNetwork:
    return _started(HeadPoseNetwork(width=16, groups=4))


def build_motion_refiner() -> MotionRefiner:
    return _started(MotionRefiner(inputs=EXPRESSION, outputs=TOKEN_WIDTH - 6, tokens=TOKENS,
                                  width=128, layers=2, heads=4, intensity_width=64))


def build_identity() -> IdentityNetwork:
    return _started(IdentityNetwork(width=24))


def build_appearance() -> Appearance:
    dino = Dino(width=TOKEN_WIDTH, depth=4, heads=4, adapter_blocks=(1, 3), adapter_width=48,
                attention_width=48, position_grid=16)
    return _started(Appearance(dino, ImageProjector(inputs=261, outputs=TOKENS)))


def build_pose_guider() -> PoseGuider:
    guider = _started(PoseGuider(channels=(8, 16, 24, 32), out_channels=POSE_CHANNELS))
    nn.init.zeros_(guider.conv_out.weight)
    return guider


def config(latent_scale: float) -> dict[str, Any]:
    """The manifest's config; ``latent_scale`` brings the trained latents to unit variance."""
    return {
        "image_size": IMAGE,
        "latent": {"channels": LATENT_CHANNELS, "scale": latent_scale, "downsample": 8},
        "tokens": {"count": TOKENS, "width": TOKEN_WIDTH},
        "detector": {"min_side": 160, "multiple": 32, "keep_aspect": True, "score": 0.5,
                     "nms_iou": 0.4},
        "crop": {"portrait_expand": 1.0, "face_toward_box": FACE_TOWARD_BOX, "motion_size": MOTION_SIZE},
        "motion": {"buckets": 128, "bucket_frames": 25, "translation_scale": 1.0,
                   "rotation_order": ["yaw", "pitch", "roll"]},
        "window": {"frames": WINDOW, "overlap": 0, "shift": 0, "padding": 0},
        "sampler": {"steps": STEPS, "sigma_min": SIGMA_MIN, "sigma_max": SIGMA_MAX, "rho": RHO},
        "guidance": {"appearance": [1.0, 1.0], "motion": [MOTION_GUIDANCE, MOTION_GUIDANCE]},
        "added_ids": list(ADDED_IDS),
        "noise": "shared",
        "pose_image": "landmarks",
        "decode_chunk": 8,
        "detail": {"sigma": DETAIL_SIGMA},
        "unet": UNET,
        "vae": VAE,
    }


@torch.no_grad()
def _started(module: Module) -> Module:
    """Initialises what torch.empty left open."""
    for name, parameter in module.named_parameters():
        leaf = name.rsplit(".", 1)[-1]
        if leaf in ("latents", "cls_token", "register_tokens", "pos_embed", "mask_token"):
            nn.init.normal_(parameter, std=0.3 if leaf == "latents" else 0.02)
        elif leaf == "gamma":
            parameter.fill_(1.0)
    for part in module.modules():
        if isinstance(part, (PackedAttention, PackedAttentionWeights)):
            nn.init.xavier_uniform_(part.in_proj_weight)
            part.in_proj_bias.zero_()
        elif isinstance(part, nn.Embedding):
            nn.init.normal_(part.weight, std=0.02)
    return module
