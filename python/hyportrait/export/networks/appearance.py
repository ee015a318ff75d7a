# SPDX-License-Identifier: Apache-2.0
"""The portrait's look: DINOv2 with identity adapters, and the projector to appearance tokens.

Sources: the original's dinov2/models/vision_transformer.py, dinov2/layers/block.py and
hunyuan_svd_pipeline.py:17; Oquab et al., DINOv2 (2023); Darcet et al., registers (2023).
"""


import torch
import torch.nn.functional as F
from torch import Tensor, nn

_IMAGENET_MEAN = (0.485, 0.456, 0.406)
_IMAGENET_DEVIATION = (0.229, 0.224, 0.225)
_ADAPTER_SHARE = 0.2  # of the adapter in its block's feed-forward result, block.py:204
_GRID_OFFSET = (
    0.1  # kept from the first DINO: the scale of the position grid, not its size, is rounded
)


class PatchEmbedding(nn.Module):
    def __init__(self, width: int, patch: int) -> None:
        super().__init__()
        self.proj = nn.Conv2d(3, width, patch, stride=patch)

    def forward(self, image: Tensor) -> Tensor:
        """[N,3,H,W] -> [N,patches,width], row by row."""
        return self.proj(image).flatten(2).transpose(1, 2)


class Attention(nn.Module):
    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(width, 3 * width)
        self.proj = nn.Linear(width, width)

    def forward(self, x: Tensor) -> Tensor:
        q, k, v = self.qkv(x).unflatten(2, (3, self.heads, -1)).permute(2, 0, 3, 1, 4).unbind(0)
        return self.proj(F.scaled_dot_product_attention(q, k, v).transpose(1, 2).flatten(2))


class Mlp(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.fc1 = nn.Linear(width, 4 * width)
        self.fc2 = nn.Linear(4 * width, width)

    def forward(self, x: Tensor) -> Tensor:
        return self.fc2(F.gelu(self.fc1(x)))


class LayerScale(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.gamma = nn.Parameter(torch.empty(width))

    def forward(self, x: Tensor) -> Tensor:
        return x * self.gamma


class NormedConv(nn.Module):
    """Weights only: see IdentityAdapter."""

    def __init__(self, in_channels: int, out_channels: int, size: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(in_channels, out_channels, size, padding=size // 2)
        self.bn = nn.BatchNorm2d(out_channels, eps=1e-3)


class PackedAttentionWeights(nn.Module):
    """torch.nn.MultiheadAttention's weights, of which only the value and output parts are run."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.width = width
        self.in_proj_weight = nn.Parameter(torch.empty(3 * width, width))
        self.in_proj_bias = nn.Parameter(torch.empty(3 * width))
        self.out_proj = nn.Linear(width, width)

    def forward(self, memory: Tensor) -> Tensor:
        """Attention to a single token, memory [N,1,width]: its softmax is 1, so the query has no effect."""
        weight, bias = self.in_proj_weight[2 * self.width :], self.in_proj_bias[2 * self.width :]
        return self.out_proj(F.linear(memory, weight, bias))


class IdentityCrossAttention(nn.Module):
    def __init__(self, width: int, attention_width: int, identity_width: int) -> None:
        super().__init__()
        self.multihead_attn = PackedAttentionWeights(attention_width)
        self.image_proj = nn.Linear(width, attention_width)
        self.id_proj = nn.Linear(identity_width, attention_width)
        self.back_proj = nn.Linear(attention_width, width)

    def forward(self, identity: Tensor) -> Tensor:
        """identity [N,1,identity_width] -> [N,1,width], the same for every image token."""
        return self.back_proj(self.multihead_attn(self.id_proj(identity)))


class IdentityAdapter(nn.Module):
    """IMAdapter (block.py:84): adds an identity vector to the patch tokens in a narrow space.

    The original convolves the patches in three branches, and the result attends to the identity. With a
    single identity token the attention weights are 1 whatever the query is, so the branches have no effect.
    Their weights are loaded, with strict keys, but not run.
    """

    def __init__(
        self, token_width: int, width: int, attention_width: int, identity_width: int, specials: int
    ) -> None:
        super().__init__()
        self.specials = specials
        self.branch1 = NormedConv(width, width // 2, 1)
        self.branch2 = nn.ModuleList(
            [NormedConv(width, width // 16, 1), NormedConv(width // 16, width // 4, 3)]
        )
        self.branch3 = nn.ModuleList(
            [NormedConv(width, width // 16, 1), NormedConv(width // 16, width // 4, 5)]
        )
        self.D_fc1 = nn.Linear(token_width, width)
        self.D_fc2 = nn.Linear(width, token_width)
        self.cross_attn = IdentityCrossAttention(width, attention_width, identity_width)

    def forward(self, tokens: Tensor, identity: Tensor) -> Tensor:
        """tokens [N,L,token_width], the first `specials` of them not patches -> the same."""
        narrow = F.relu(self.D_fc1(tokens))
        specials = narrow[:, : self.specials] * 2.0
        patches = narrow[:, self.specials :] + self.cross_attn(identity)
        return self.D_fc2(torch.cat([specials, patches], dim=1))


class NoAdapter(nn.Module):
    """Takes an adapter's place in blocks that have none."""

    def forward(self, tokens: Tensor, identity: Tensor) -> Tensor:
        return tokens


class Block(nn.Module):
    def __init__(self, width: int, heads: int, adapter: nn.Module) -> None:
        super().__init__()
        self.norm1 = nn.LayerNorm(width, eps=1e-6)
        self.attn = Attention(width, heads)
        self.ls1 = LayerScale(width)
        self.norm2 = nn.LayerNorm(width, eps=1e-6)
        self.mlp = Mlp(width)
        self.ls2 = LayerScale(width)
        self.adapter = adapter
        self.adapter_share = _ADAPTER_SHARE
        self.has_adapter = not isinstance(adapter, NoAdapter)

    def forward(self, x: Tensor, identity: Tensor) -> Tensor:
        x = x + self.ls1(self.attn(self.norm1(x)))
        normed = self.norm2(x)
        y = self.mlp(normed)
        if self.has_adapter:
            y = y + self.adapter_share * self.adapter(normed, identity)
        return x + self.ls2(y)


def per_channel(values: list[float], image: Tensor) -> Tensor:
    """[1,C,1,1] like the image. Filled on the image's device: a copy from the host would break CUDA graph
    capture."""
    filled = [torch.full([1, 1, 1], v, dtype=image.dtype, device=image.device) for v in values]
    return torch.stack(filled, dim=1)


class Dino(nn.Module):
    """DINOv2 with registers and identity adapters in `adapter_blocks` (vision_transformer.py:64)."""

    def __init__(
        self,
        width: int = 1024,
        depth: int = 24,
        heads: int = 16,
        adapter_blocks: tuple[int, ...] = (3, 7, 11, 15, 19, 23),
        adapter_width: int = 384,
        attention_width: int = 256,
        identity_width: int = 512,
        registers: int = 4,
        patch: int = 14,
        position_grid: int = 37,
    ) -> None:
        super().__init__()
        # constants as attributes: TorchScript reads no globals
        self.image_mean = list(_IMAGENET_MEAN)
        self.image_deviation = list(_IMAGENET_DEVIATION)
        self.grid_offset = _GRID_OFFSET
        self.position_grid = position_grid
        self.cls_token = nn.Parameter(torch.empty(1, 1, width))
        self.pos_embed = nn.Parameter(torch.empty(1, 1 + position_grid**2, width))
        self.register_tokens = nn.Parameter(torch.empty(1, registers, width))
        self.mask_token = nn.Parameter(torch.empty(1, width))  # used in training only; never read
        self.patch_embed = PatchEmbedding(width, patch)
        self.patch = patch

        def adapter(block: int) -> nn.Module:
            if block not in adapter_blocks:
                return NoAdapter()
            return IdentityAdapter(
                width, adapter_width, attention_width, identity_width, 1 + registers
            )

        self.blocks = nn.ModuleList(Block(width, heads, adapter(i)) for i in range(depth))
        self.norm = nn.LayerNorm(width, eps=1e-6)

    def forward(self, image: Tensor, identity: Tensor) -> Tensor:
        """image [N,3,H,W] in [0,1], H and W multiples of `patch`; identity [N,512] of unit length.

        Returns [N,1+registers+patches,width]: class, registers, patches.
        """
        normal = (image - per_channel(self.image_mean, image)) / per_channel(self.image_deviation, image)
        rows, columns = image.shape[2] // self.patch, image.shape[3] // self.patch
        n = image.shape[0]
        tokens = torch.cat([self.cls_token.expand(n, -1, -1), self.patch_embed(normal)], dim=1)
        tokens = tokens + self.positions(rows, columns)
        registers = self.register_tokens.expand(n, -1, -1)
        x = torch.cat([tokens[:, :1], registers, tokens[:, 1:]], dim=1)
        for block in self.blocks:
            x = block(x, identity.unsqueeze(1))
        return self.norm(x)

    def positions(self, rows: int, columns: int) -> Tensor:
        """Position embedding of the class token and a rows x columns grid: [1,1+rows*columns,width].

        Bicubic in float32. As in the original (interpolate_pos_encoding), (rows + 0.1) / grid is the scale
        that places the samples.
        """
        size = self.position_grid
        table = self.pos_embed.float()
        grid = table[:, 1:].unflatten(1, (size, size)).permute(0, 3, 1, 2)
        offset = self.grid_offset
        scale = [(rows + offset) / size, (columns + offset) / size]
        resized = F.interpolate(grid, scale_factor=scale, mode="bicubic")
        patches = resized.flatten(2).transpose(1, 2)
        return torch.cat([table[:, :1], patches], dim=1).to(self.pos_embed.dtype)


class ImageProjector(nn.Linear):
    """A linear map on the token axis (vision_transformer.py, ImageProjector; no key prefix)."""

    def __init__(self, inputs: int = 261, outputs: int = 64) -> None:
        super().__init__(inputs, outputs)

    def forward(self, tokens: Tensor) -> Tensor:
        """tokens [N,inputs,C] -> [N,outputs,C]."""
        return F.linear(tokens.transpose(1, 2), self.weight, self.bias).transpose(1, 2)


class Appearance(nn.Module):
    """The bundle's `appearance`."""

    def __init__(self, dino: Dino, projector: ImageProjector) -> None:
        super().__init__()
        self.dino = dino
        self.projector = projector

    def forward(self, portrait: Tensor, identity: Tensor) -> Tensor:
        """portrait [1,3,224,224] in [0,1], identity [1,512] of unit length -> tokens [1,T,C]."""
        return self.projector(self.dino(portrait, identity))
