# SPDX-License-Identifier: Apache-2.0
"""The networks in Python against the original's outputs, blocks included."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import cast

import numpy as np
import torch
from torch import Tensor, nn

from hyportrait.export.bundle import Module, seeded
from hyportrait.export.networks.appearance import Appearance, Block
from hyportrait.export.networks.vae import VaeDecoder, VaeEncoder
from hyportrait.export.presets import PRESETS, Preset
from parity.compare import PYTHON, Result, failure
from parity.pack import Case, Pack

FULL, TINY = PRESETS["full"](), PRESETS["parity"]()
IMAGENET_MEAN = torch.tensor([0.485, 0.456, 0.406]).view(1, 3, 1, 1)
IMAGENET_DEVIATION = torch.tensor([0.229, 0.224, 0.225]).view(1, 3, 1, 1)
LATENT_SCALE = 0.18215
PADDING = 15  # frames before and after the clip of e2e_tiny
DECODE_CHUNK = 8
WIDEST_WHOLE_MAP = 4  # unet_full keeps every fourth row and column of wider maps

KEY_LISTS = {
    "unet": FULL.unet,
    "tiny_unet": TINY.unet,
    "vae": FULL.vae,
    "tiny_vae": TINY.vae,
    "dino": FULL.dino,
    "tiny_dino": TINY.dino,
    "image_proj": FULL.projector,
    "expression": FULL.expression,
    "headpose": FULL.head_pose,
    "motion_proj": FULL.motion_refiner,
    "tiny_motion_proj": TINY.motion_refiner,
    "pose_guider": FULL.pose_guider,
    "tiny_pose_guider": TINY.pose_guider,
}


def check_keys(pack: Pack, name: str) -> Result:
    """State-dict keys and shapes of our module against the original's list."""
    case = f"keys/{name}"
    if name not in KEY_LISTS:
        return failure(case, PYTHON, "keys", "no such module")
    with torch.device("meta"):
        ours = {key: tuple(value.shape) for key, value in KEY_LISTS[name]().state_dict().items()}
    theirs = pack.keys(name)
    wrong = sorted(key for key in ours.keys() | theirs.keys() if ours.get(key) != theirs.get(key))
    if wrong:
        return failure(case, PYTHON, "keys", f"{len(wrong)} differ, first {wrong[0]}")
    return Result(case, PYTHON, "keys and shapes", 0.0, "0", True)


def tensor(array: np.ndarray) -> Tensor:
    return torch.from_numpy(array).float()


def unit(array: np.ndarray) -> Tensor:
    """uint8 image -> [0,1]."""
    return tensor(array) / 255.0


def denormalised(image: np.ndarray) -> Tensor:
    """DINO's input back to [0,1], as the module takes it."""
    return tensor(image) * IMAGENET_DEVIATION + IMAGENET_MEAN


def unit_vector(vector: np.ndarray) -> Tensor:
    return nn.functional.normalize(tensor(vector), dim=-1)


@dataclass(frozen=True)
class Networks:
    """The networks of a pack. `dtype`: of the modules that may be in half precision."""

    seed: int
    dtype: torch.dtype

    def float32(self, build: Callable[[], Module]) -> Module:
        return seeded(build, self.seed)

    def half(self, build: Callable[[], Module]) -> Module:
        """A network of HALF_MODULES, in `dtype`."""
        return self.float32(build).to(self.dtype)


def run(network: nn.Module, *inputs: object) -> Tensor:
    """The output in float32. Inputs are cast as in the program: floating-point tensors, except scalars."""
    dtype = next(network.parameters()).dtype

    def converted(value: object) -> object:
        if isinstance(value, Tensor) and value.is_floating_point() and value.dim() > 0:
            return value.to(dtype)
        return value

    return network(*map(converted, inputs)).float()


@contextmanager
def recorded(modules: dict[str, nn.Module]) -> Iterator[dict[str, Tensor]]:
    """The last output of each of `modules` while the context is open, in float32."""
    outputs: dict[str, Tensor] = {}

    def keep(name: str) -> Callable[..., None]:
        return lambda _module, _inputs, output: outputs.__setitem__(name, output.float())

    hooks = [module.register_forward_hook(keep(name)) for name, module in modules.items()]
    try:
        yield outputs
    finally:
        for hook in hooks:
            hook.remove()


def _preset(case: Case) -> Preset:
    return TINY if "tiny" in case.name else FULL


def expression(case: Case, networks: Networks) -> None:
    network = networks.float32(FULL.expression)
    case.check(PYTHON, "feature", run(network, unit(case["image_u8"])).numpy())


def head_pose(case: Case, networks: Networks) -> None:
    pose = run(networks.float32(FULL.head_pose), unit(case["image_u8"])).numpy()
    case.check(PYTHON, "rotation", pose[:, :3])
    case.check(PYTHON, "translation", pose[:, 3:])


def motion_refiner(case: Case, networks: Networks) -> None:
    network = networks.float32(FULL.motion_refiner)
    for call in ("a", "b"):
        head, expression_bucket = torch.from_numpy(case[f"{call}_head_exp"])
        tokens = run(network, tensor(case[f"{call}_feature"]), head, expression_bucket)
        case.check(PYTHON, f"{call}_tokens", tokens.numpy())


def image_projector(case: Case, networks: Networks) -> None:
    network = networks.half(FULL.projector)
    case.check(PYTHON, "embedding", run(network, tensor(case["tokens"])).numpy())


def pose_guider(case: Case, networks: Networks) -> None:
    network = networks.half(_preset(case).pose_guider)
    frames = unit(case["image_u8"]).squeeze(0).transpose(0, 1)  # [1,3,F,H,W] -> [F,3,H,W]
    case.check(PYTHON, "feature", _as_video(run(network, frames)))
    case.check(PYTHON, "feature_of_black", _as_video(run(network, torch.zeros_like(frames[:1]))))


def _as_video(frames: Tensor) -> np.ndarray:
    """[F,C,h,w] -> [1,C,F,h,w]."""
    return frames.transpose(0, 1).unsqueeze(0).numpy()


def dino(case: Case, networks: Networks) -> None:
    network = networks.half(_preset(case).dino)
    blocks = network.blocks
    watched: dict[str, nn.Module] = {
        "patch_embed": network.patch_embed,
        "after_block_0": blocks[0],
        "blocks_3_adapter": cast(Block, blocks[3]).adapter,
        "after_block_3": blocks[3],
        "after_block_4": blocks[4],
    }
    image = denormalised(case["image"])
    with recorded(watched) as outputs:
        tokens = run(network, image, tensor(case["id_feature"]).squeeze(1))
    case.check(PYTHON, "tokens", tokens.numpy())
    rows = image.shape[2] // network.patch
    positions = network.positions(rows, rows)[..., ::8]
    case.check(PYTHON, "pos_embed_every8th_channel", positions.float().numpy())
    for name, output in outputs.items():
        if name in case:
            case.check(PYTHON, name, output.numpy())
        else:
            case.check(PYTHON, f"{name}_every4th_token", output[:, ::4].numpy())


def vae(case: Case, networks: Networks) -> None:
    network = networks.float32(_preset(case).vae)
    mean = run(VaeEncoder(network), unit(case["image_u8"])).numpy()
    case.check(PYTHON, "mean", mean)
    case.check(PYTHON, "mode", mean)
    decoder, latents = VaeDecoder(network.to(networks.dtype)), tensor(case["latents"])
    case.check(PYTHON, "decoded", _signed(run(decoder, latents)))
    case.check(PYTHON, "decoded_last_alone", _signed(run(decoder, latents[-1:])))


def _signed(image: Tensor) -> np.ndarray:
    """[0,1] -> [-1,1], the range of the original's decoder."""
    return (image * 2.0 - 1.0).numpy()


def unet(case: Case, networks: Networks) -> None:
    network = networks.half(_preset(case).unet)
    found = {name: _submodule(network, name) for name in case.names()}
    blocks = {name: block for name, block in found.items() if block is not None}
    for step, timestep in enumerate(case["timesteps"]):
        with recorded(blocks) as outputs:
            velocity = run(network, *unet_inputs(case, timestep))
        case.check(PYTHON, f"output_t{step}", velocity[:, 0].numpy())
        if step == 0:
            for name in blocks:
                case.check(PYTHON, name, _as_kept(outputs[name], case[name].shape))


def unet_inputs(case: Case, timestep: np.ndarray) -> tuple:
    """The pack's call as one window of three branches."""
    ids = case["added_time_ids"]
    assert (ids == ids[0]).all(), "added_time_ids differ between branches"
    return (
        tensor(case["latents"]),
        torch.tensor(float(timestep)),
        tensor(case["image_latents"]).squeeze(1),
        tensor(case["image_context"]).squeeze(1),
        tensor(case["motion_context"]),
        tensor(case["pose_feature"]),
        tensor(ids[0]),
        [False, True, True],
        [False, False, True],
    )


def _submodule(network: nn.Module, array: str) -> nn.Module | None:
    """down_blocks_0_resnets_0 -> network.down_blocks[0].resnets[0]; None for arrays of other kinds."""
    words = array.split("_")
    while words:
        for count in range(len(words), 0, -1):
            child = network._modules.get("_".join(words[:count]))
            if child is not None:
                network, words = child, words[count:]
                break
        else:
            return None
    return network


def _as_kept(output: Tensor, shape: tuple[int, ...]) -> np.ndarray:
    """Expands our single row of embeddings to all branches; subsamples wide maps as the pack does."""
    if output.dim() == 2:
        return output.expand(shape).numpy()
    if output.shape[-1] > WIDEST_WHOLE_MAP and output.shape[-1] != shape[-1]:
        output = output[..., ::WIDEST_WHOLE_MAP, ::WIDEST_WHOLE_MAP]
    return output.numpy()


def denoise_shared(case: Case, networks: Networks) -> None:
    appearance = Appearance(networks.half(TINY.dino), networks.half(TINY.projector))
    tokens = run(appearance, denormalised(case["dino_input"]), unit_vector(case["arcface"]))
    case.check(PYTHON, "image_context", tokens.numpy())
    encoder = VaeEncoder(networks.float32(TINY.vae))
    case.check(PYTHON, "image_latents", run(encoder, unit(case["image_u8"])).numpy())


def e2e(case: Case, networks: Networks) -> None:
    """The stages that are only networks: motion tokens from the crops, pictures from the latents."""
    head, expression_bucket = torch.from_numpy(case["head_exp"])
    features = run(networks.float32(TINY.expression), unit(case["motion_face_u8"]))
    refined = run(networks.float32(TINY.motion_refiner), features, head, expression_bucket)
    pose = run(networks.float32(TINY.head_pose), unit(case["motion_pose_u8"]))
    pose = torch.cat([pose[:, :3], torch.zeros_like(pose[:, 3:])], dim=1)
    pose = pose.unsqueeze(1).expand(-1, refined.shape[1], -1)
    tokens = torch.cat([refined, pose], dim=2).numpy()
    check_motion(case, PYTHON, "crops", tokens, case["motion"][0, PADDING:-PADDING])
    decoder = VaeDecoder(networks.half(TINY.vae))
    chunks = (tensor(case["latents"])[0] / LATENT_SCALE).split(DECODE_CHUNK)
    decoded = torch.cat([run(decoder, chunk) for chunk in chunks])
    case.check(PYTHON, "decoded", _as_video(decoded * 2.0 - 1.0))


def check_motion(case: Case, where: str, source: str, ours: np.ndarray, golden: np.ndarray) -> None:
    """Compares refiner and pose channels, each relative to its own largest value."""
    if ours.shape != golden.shape:
        case.results.append(failure(case.name, where, f"motion {source}", f"shape {ours.shape}"))
        return
    for part, channels in (("refiner", slice(None, -6)), ("pose", slice(-6, None))):
        label = f"motion {source} {part}"
        case.check_against(where, label, ours[..., channels], golden[..., channels])


CASES: dict[str, Callable[[Case, Networks], None]] = {
    "expression": expression,
    "headpose": head_pose,
    "motion_refiner": motion_refiner,
    "image_projector": image_projector,
    "pose_guider": pose_guider,
    "tiny_pose_guider": pose_guider,
    "dino_imadapter": dino,
    "tiny_dino_imadapter": dino,
    "vae": vae,
    "tiny_vae": vae,
    "unet_tiny": unet,
    "unet_full": unet,
    "denoise_shared": denoise_shared,
    "e2e_tiny": e2e,
}
