# SPDX-License-Identifier: Apache-2.0
"""Teaches the U-Net in training where to look: which cell of the portrait shows what each cell of the result
shows.

The renderer knows where every point of a head and a body was in the portrait; the wall does not move.
Self-attention at the finest level that has it can fetch what was there, but learns this slowly by itself. So
one head of each of its maps is also trained to attend to that cell, and to carry enough to read the picture's
latents from.

The distance to the source must also be readable from the layers before, in fractions of a cell: a network
that is told the distance moves latents almost without loss, one that is not told blurs them. All this is for
training only.
"""

from typing import Self, cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from hyportrait.export.networks.transformer import SelfAttention, SpatialBlock, Transformer
from hyportrait.export.networks.unet import MidBlock, UNet, UpBlock
from train_demo.geometry import Head
from train_demo.identity import as_fields
from train_demo.scene import from_body, to_body

_RIM = 1.25  # of the head's radius: hair and outline move with it
_TURNED_AWAY = -0.05  # depth, of the radius, from which a point of the portrait cannot be seen


def sources(people: dict[str, Tensor], moved: Tensor, rest: Tensor, cells: int) -> tuple[Tensor, Tensor]:
    """For the centre of each cell of a picture: where the same point is in another picture.

    N people (identity.py) in poses ``moved`` and ``rest``, both [N, 14]. Returns x and y [N, cells^2, 2] in
    cells, where 0 is the centre of the first cell, and whether the point is visible there [N, cells^2].
    """
    device, count = moved.device, len(moved)
    looks = as_fields(people, device)
    here, there = Head(looks, moved), Head(looks, rest)
    step = (torch.arange(cells, device=device) + 0.5) * (2 / cells) - 1
    x = step.view(1, 1, -1).expand(count, cells, -1)
    y = step.view(1, -1, 1).expand_as(x)
    on_head, head_x, head_y, turned_away = _on_head(here, there, x, y)
    body_x, body_y = to_body(here, x, y)
    on_body = (body_y > 0.58) & (body_x.abs() < looks.shoulder + 0.1)
    moved_x, moved_y = from_body(there, body_x, body_y)
    from_x = torch.where(on_head, head_x, torch.where(on_body, moved_x, x))
    from_y = torch.where(on_head, head_y, torch.where(on_body, moved_y, y))
    covered = _radius(there, from_x, from_y) < _RIM  # by the head in the other picture
    seen = torch.where(on_head, ~turned_away, ~covered) & (from_x.abs() < 1) & (from_y.abs() < 1)
    at = (torch.stack([from_x, from_y], -1) + 1) * (cells / 2) - 0.5
    return at.flatten(1, 2), seen.flatten(1)


def _upright(head: Head, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
    """Canvas coordinates on the head's ball, whose radius is 1."""
    x, y = head.to_local(x, y)
    y = y - head.jaw_stretch(y)
    return x / head.half_width(y), y


def _radius(head: Head, x: Tensor, y: Tensor) -> Tensor:
    x, y = _upright(head, x, y)
    return torch.sqrt(x * x + y * y)


def _on_head(here: Head, there: Head, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """For canvas points [N, S, S]: whether they are on the head ``here``, where they are on the head
    ``there``, and whether they are on its far side."""
    x, y = _upright(here, x, y)
    radius = torch.sqrt(x * x + y * y).clamp_min(1.0)
    z = (1 - (x * x + y * y) / radius**2).clamp_min(0).sqrt()
    x, y, z = there.turn(*here.turn_back(x / radius, y / radius, z))
    y = y * radius
    x = x * there.half_width(y) * radius
    x, y = there.from_local(x, there.jaw_stretched(y))
    return radius < _RIM, x, y, z < _TURNED_AWAY


def pointing_loss(logits: Tensor, at: Tensor, seen: Tensor, cells: int) -> Tensor:
    """Cross-entropy of attention logits [N, cells^2, cells^2] with the four cells around each point ``at``
    [N, cells^2, 2], weighted as in linear interpolation, over the points ``seen``."""
    chance = F.log_softmax(logits, -1)
    low = at.floor()
    share = at - low
    total = torch.zeros_like(at[..., 0])
    for dx in (0, 1):
        for dy in (0, 1):
            weight = ((share[..., 0] if dx else 1 - share[..., 0]) *
                      (share[..., 1] if dy else 1 - share[..., 1]))
            column = (low[..., 0] + dx).clamp(0, cells - 1).long()
            row = (low[..., 1] + dy).clamp(0, cells - 1).long()
            total = total - weight * chance.gather(2, (row * cells + column)[..., None])[..., 0]
    return _mean_where(total, seen)


def _mean_where(values: Tensor, seen: Tensor) -> Tensor:
    return (values * seen).sum() / seen.sum().clamp_min(1)


def _finest_level(unet: UNet) -> int:
    """Index in up_blocks of the finest level that has self-attention."""
    return max(index for index, block in enumerate(unet.up_blocks)
               if all(isinstance(part, Transformer) for part in cast(UpBlock, block).attentions))


def _transformers(level: nn.Module) -> list[Transformer]:
    """The transformers of a U-Net level that has self-attention."""
    return [cast(Transformer, part) for part in cast(UpBlock | MidBlock, level).attentions]


def finest_attentions(unet: UNet) -> list[SelfAttention]:
    """The self-attentions of the finest up level that has any."""
    return [cast(SpatialBlock, transformer.transformer_blocks[0]).attn1
            for transformer in _transformers(unet.up_blocks[_finest_level(unet)])]


def displacement_layers(unet: UNet) -> dict[str, tuple[nn.Module, int]]:
    """The layers whose outputs [N, C, h, w] must tell the distance to the sources, each with its C: the
    middle, the coarser up levels, and the layers of the finest one except the last, which produces the
    picture's latents."""
    finest = _finest_level(unet)
    places: dict[str, tuple[nn.Module, int]] = {}
    places["middle"] = (unet.mid_block, _transformers(unet.mid_block)[0].width)
    for index, block in enumerate(unet.up_blocks[:finest]):
        places[f"level{index}"] = (block, _transformers(block)[0].width)
    for index, layer in enumerate(_transformers(unet.up_blocks[finest])[:-1]):
        places[f"layer{index}"] = (layer, layer.width)
    return places


def displacements(at: Tensor, cells: int) -> Tensor:
    """The targets for sources ``at`` [N, cells^2, 2]: [N, cells^2, 6], the distance across and down in cells,
    then the sine and cosine of the position within a cell."""
    step = torch.arange(cells, device=at.device, dtype=at.dtype)
    own = torch.stack([step.repeat(cells), step.repeat_interleave(cells)], -1)
    turn = 2 * torch.pi * at
    return torch.cat([at - own, turn.sin(), turn.cos()], -1)


class Readout(nn.ModuleDict):
    """Linear maps. ``latents``: for each of ``finest_attentions``, from the output of its first head to
    latents. ``displacements``: for each of ``displacement_layers``, from its normalised output."""

    def __init__(self, unet: UNet, channels: int) -> None:
        super().__init__({
            "latents": nn.ModuleList(nn.Linear(layer.to_v.out_features // layer.heads, channels)
                                     for layer in finest_attentions(unet)),
            "displacements": nn.ModuleDict({name: nn.Linear(width, 6)
                                            for name, (_, width) in displacement_layers(unet).items()})})


class Watch:
    """A context manager that records, in each forward pass with a gradient, the inputs of
    ``finest_attentions`` and the outputs of ``displacement_layers``."""

    def __init__(self, unet: UNet) -> None:
        self._layers = finest_attentions(unet)
        self._places = [place for place, _ in displacement_layers(unet).values()]
        self._read: list[tuple[SelfAttention, Tensor]] = []
        self._known: list[Tensor] = []

    def __enter__(self) -> Self:
        self._hooks = [layer.register_forward_hook(self._keep) for layer in self._layers]
        self._hooks += [place.register_forward_hook(self._keep_known) for place in self._places]
        return self

    def __exit__(self, *_: object) -> None:
        for hook in self._hooks:
            hook.remove()

    def _keep(self, layer: SelfAttention, inputs: tuple[Tensor], _: Tensor) -> None:
        if torch.is_grad_enabled():
            self._read.append((layer, inputs[0]))

    def _keep_known(self, place: nn.Module, inputs: tuple[Tensor], output: Tensor) -> None:
        if torch.is_grad_enabled():
            self._known.append(output)

    @property
    def cells(self) -> int:
        """Cells on a side of the attention maps; known after a pass."""
        return int(self._read[0][1].shape[1] ** 0.5)

    def losses(self, at: Tensor, seen: Tensor, readout: Readout, latents: Tensor) -> tuple[Tensor, Tensor]:
        """Two losses of the first heads, averaged over layers: the pointing loss (see ``sources``), and the
        squared error of the picture's ``latents`` [N, z, h, w] as read from the head's output, where
        ``seen``."""
        wanted = F.adaptive_avg_pool2d(latents, self.cells).flatten(2).mT
        pointing, bringing = [], []
        for read, (layer, tokens) in zip(cast(nn.ModuleList, readout["latents"]), self._read):
            width = tokens.shape[2] // layer.heads
            q, k, v = (part(tokens)[..., :width].float() for part in (layer.to_q, layer.to_k, layer.to_v))
            logits = q @ k.mT / width**0.5
            pointing.append(pointing_loss(logits, at, seen, self.cells))
            bringing.append(_mean_where(((read(logits.softmax(-1) @ v) - wanted) ** 2).mean(-1), seen))
        return torch.stack(pointing).mean(), torch.stack(bringing).mean()

    def displacement_loss(self, at: Tensor, seen: Tensor, readout: Readout) -> Tensor:
        """The error of ``displacements`` as read from each layer, where ``seen``, averaged over layers: the
        distance in cells, smooth below half a cell, and the squared error of the phases. Coarse layers
        predict the average."""
        shown = seen.float().unflatten(1, (1, self.cells, -1))
        wanted = displacements(at, self.cells).mT.unflatten(2, (self.cells, -1)) * shown
        losses = []
        for read, known in zip(cast(nn.ModuleDict, readout["displacements"]).values(), self._known):
            _, _, rows, columns = known.shape
            part = F.adaptive_avg_pool2d(shown, (rows, columns))
            mean = F.adaptive_avg_pool2d(wanted, (rows, columns)) / part.clamp_min(0.1)
            tokens = known.float().flatten(2).mT
            found = read(F.layer_norm(tokens, tokens.shape[-1:])).mT.view_as(mean)
            far = F.smooth_l1_loss(found[:, :2], mean[:, :2], beta=0.5, reduction="none").mean(1)
            phase = ((found[:, 2:] - mean[:, 2:]) ** 2).mean(1)
            losses.append(_mean_where(far + phase, part[:, 0]))
        return torch.stack(losses).mean()
