# SPDX-License-Identifier: Apache-2.0
"""The driving motion: expression and head-pose networks, and the refiner that makes motion tokens."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

NUM_BUCKETS = 128  # of motion intensity


class Bottleneck(nn.Module):
    """1x1, 3x3, 1x1 convolutions around a residual (coarse_motion.py:33 of the original)."""

    def __init__(self, in_channels: int, width: int, stride: int, groups: int) -> None:
        super().__init__()
        out_channels = 4 * width
        self.conv1 = nn.Conv2d(in_channels, width, 1, bias=False)
        self.gn1 = nn.GroupNorm(groups, width)
        self.conv2 = nn.Conv2d(width, width, 3, stride=stride, padding=1, bias=False)
        self.gn2 = nn.GroupNorm(groups, width)
        self.conv3 = nn.Conv2d(width, out_channels, 1, bias=False)
        self.gn3 = nn.GroupNorm(groups, out_channels)
        self.downsample = _shortcut(in_channels, out_channels, stride, groups)

    def forward(self, x: Tensor) -> Tensor:
        y = F.relu(self.gn1(self.conv1(x)))
        y = F.relu(self.gn2(self.conv2(y)))
        y = self.gn3(self.conv3(y))
        return F.relu(y + self.downsample(x))


class BasicBlock(nn.Module):
    """Two 3x3 convolutions around a residual (coarse_motion.py:6; its `bn` are group norms)."""

    def __init__(self, in_channels: int, width: int, stride: int, groups: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, width, 3, stride=stride, padding=1, bias=False)
        self.bn1 = nn.GroupNorm(groups, width)
        self.conv2 = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.bn2 = nn.GroupNorm(groups, width)
        self.shortcut = _shortcut(in_channels, width, stride, groups)

    def forward(self, x: Tensor) -> Tensor:
        y = F.relu(self.bn1(self.conv1(x)))
        y = self.bn2(self.conv2(y))
        return F.relu(y + self.shortcut(x))


def _shortcut(in_channels: int, out_channels: int, stride: int, groups: int) -> nn.Module:
    if stride == 1 and in_channels == out_channels:
        return nn.Sequential()
    return nn.Sequential(
        nn.Conv2d(in_channels, out_channels, 1, stride=stride, bias=False),
        nn.GroupNorm(groups, out_channels),
    )


class ResNet50(nn.Module):
    """ResNet-50 with group norm (coarse_motion.py:110): [N,3,256,256] -> [N,outputs]."""

    def __init__(self, width: int, counts: tuple[int, ...], groups: int, outputs: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, width, 7, stride=2, padding=3, bias=False)
        self.gn1 = nn.GroupNorm(groups, width)
        self.layer1 = _bottlenecks(width, width, counts[0], 1, groups)
        self.layer2 = _bottlenecks(4 * width, 2 * width, counts[1], 2, groups)
        self.layer3 = _bottlenecks(8 * width, 4 * width, counts[2], 2, groups)
        self.layer4 = _bottlenecks(16 * width, 8 * width, counts[3], 2, groups)
        self.fc = nn.Linear(32 * width, outputs)

    def forward(self, image: Tensor) -> Tensor:
        x = F.max_pool2d(F.relu(self.gn1(self.conv1(image))), 3, stride=2, padding=1)
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        return self.fc(x.mean(dim=(2, 3)))


def _bottlenecks(
    in_channels: int, width: int, count: int, stride: int, groups: int
) -> nn.Sequential:
    first = Bottleneck(in_channels, width, stride, groups)
    return nn.Sequential(
        first, *(Bottleneck(4 * width, width, 1, groups) for _ in range(count - 1))
    )


class ResNet18(nn.Module):
    """ResNet-18 with group norm (coarse_motion.py:72): [N,3,256,256] -> [N,outputs]."""

    def __init__(self, width: int, groups: int, outputs: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, width, 7, stride=2, padding=3, bias=False)
        self.bn1 = nn.GroupNorm(groups, width)
        self.layer1 = _basic_blocks(width, width, 1, groups)
        self.layer2 = _basic_blocks(width, 2 * width, 2, groups)
        self.layer3 = _basic_blocks(2 * width, 4 * width, 2, groups)
        self.layer4 = _basic_blocks(4 * width, 8 * width, 2, groups)
        self.fc = nn.Linear(8 * width, outputs)

    def forward(self, image: Tensor) -> Tensor:
        x = F.max_pool2d(F.relu(self.bn1(self.conv1(image))), 3, stride=2, padding=1)
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        return self.fc(x.mean(dim=(2, 3)))


def _basic_blocks(in_channels: int, width: int, stride: int, groups: int) -> nn.Sequential:
    return nn.Sequential(
        BasicBlock(in_channels, width, stride, groups), BasicBlock(width, width, 1, groups)
    )


class ExpressionNetwork(nn.Module):
    """A face crop -> its expression vector (coarse_motion.py:165)."""

    def __init__(
        self,
        width: int = 64,
        counts: tuple[int, ...] = (3, 4, 6, 3),
        groups: int = 1,
        outputs: int = 512,
    ) -> None:
        super().__init__()
        self.resnet50 = ResNet50(width, counts, groups, outputs)

    def forward(self, face: Tensor) -> Tensor:
        """face [N,3,256,256] in [0,1] -> [N,outputs]."""
        return self.resnet50(face)


class HeadPoseNetwork(nn.Module):
    """A head crop -> rotation in degrees and translation (coarse_motion.py:182)."""

    def __init__(self, width: int = 64, groups: int = 32) -> None:
        super().__init__()
        self.head_pose_net = ResNet18(width, groups, 6)

    def forward(self, head: Tensor) -> Tensor:
        """head [N,3,256,256] in [0,1] -> [N,6]: rotation in (-180,180), translation in (-2,2).

        The network reads 2x+1, in [1,3], as it did in training (hunyuan_svd_pipeline.py of the original).
        """
        pose = torch.sigmoid(self.head_pose_net(head * 2.0 + 1.0))
        return torch.cat([pose[:, :3] * 360.0 - 180.0, pose[:, 3:] * 4.0 - 2.0], dim=1)


class AdaptiveLayerNorm(nn.Module):
    """Layer norm whose shift and scale follow the motion intensity (refine_motion.py:10)."""

    def __init__(self, width: int, intensity_width: int) -> None:
        super().__init__()
        self.width = width
        self.linear = nn.Linear(intensity_width, 2 * width)

    def forward(self, x: Tensor, intensity: Tensor) -> Tensor:
        """x [N,L,width], intensity after its SiLU [1 or N,1,intensity_width]."""
        shift, scale = self.linear(intensity).chunk(2, dim=-1)
        return F.layer_norm(x, [self.width], eps=1e-6) * (1.0 + scale) + shift


class PackedAttention(nn.Module):
    """torch.nn.MultiheadAttention's weights (batch first, no dropout), run by the fused kernel."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.in_proj_weight = nn.Parameter(torch.empty(3 * width, width))
        self.in_proj_bias = nn.Parameter(torch.empty(3 * width))
        self.out_proj = nn.Linear(width, width)

    def forward(self, query: Tensor, memory: Tensor) -> Tensor:
        """query [N,Q,width], memory [N,K,width] -> [N,Q,width]."""
        wq, wk, wv = self.in_proj_weight.chunk(3)
        bq, bk, bv = self.in_proj_bias.chunk(3)
        q = F.linear(query, wq, bq).unflatten(2, (self.heads, -1)).transpose(1, 2)
        k = F.linear(memory, wk, bk).unflatten(2, (self.heads, -1)).transpose(1, 2)
        v = F.linear(memory, wv, bv).unflatten(2, (self.heads, -1)).transpose(1, 2)
        attended = F.scaled_dot_product_attention(q, k, v)
        return self.out_proj(attended.transpose(1, 2).flatten(2))


class SquaredReluMlp(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.c_fc = nn.Linear(width, 4 * width)
        self.c_proj = nn.Linear(4 * width, width)

    def forward(self, x: Tensor) -> Tensor:
        return self.c_proj(torch.square(F.relu(self.c_fc(x))))


class PerceiverBlock(nn.Module):
    """Queries read themselves and the input, then a feed-forward (refine_motion.py:41)."""

    def __init__(self, width: int, heads: int, intensity_width: int) -> None:
        super().__init__()
        self.attn = PackedAttention(width, heads)
        self.mlp = SquaredReluMlp(width)
        self.ln_1 = AdaptiveLayerNorm(width, intensity_width)
        self.ln_2 = AdaptiveLayerNorm(width, intensity_width)
        self.ln_ff = AdaptiveLayerNorm(width, intensity_width)

    def forward(self, x: Tensor, queries: Tensor, intensity: Tensor) -> Tensor:
        normed = self.ln_1(queries, intensity)
        memory = torch.cat([normed, self.ln_2(x, intensity)], dim=1)
        queries = queries + self.attn(normed, memory)
        return queries + self.mlp(self.ln_ff(queries, intensity))


class PerceiverResampler(nn.Module):
    """A fixed number of learned queries made into tokens (refine_motion.py:88; Flamingo, fig. 5)."""

    def __init__(
        self,
        inputs: int,
        width: int,
        layers: int,
        heads: int,
        tokens: int,
        outputs: int,
        intensity_width: int,
    ) -> None:
        super().__init__()
        self.latents = nn.Parameter(torch.empty(tokens, width))
        self.intensity_aware_linear = nn.Linear(intensity_width, width)
        self.proj_in = nn.Linear(inputs, width)
        self.perceiver_blocks = nn.ModuleList(
            PerceiverBlock(width, heads, intensity_width) for _ in range(layers)
        )
        self.proj_out = nn.Sequential(nn.Linear(width, outputs), nn.LayerNorm(outputs))

    def forward(self, x: Tensor, intensity: Tensor) -> Tensor:
        """x [N,1,inputs], intensity [1 or N,1,intensity_width] -> [N,tokens,outputs]."""
        intensity = F.silu(intensity)
        queries = (self.latents + self.intensity_aware_linear(intensity)).expand(x.shape[0], -1, -1)
        x = self.proj_in(x)
        for block in self.perceiver_blocks:
            queries = block(x, queries, intensity)
        return self.proj_out(queries)


class MotionRefiner(nn.Module):
    """Expression vectors and two intensity buckets -> motion tokens (refine_motion.py:150).

    The last six channels of a motion token, the head pose, are appended by the caller.
    """

    def __init__(
        self,
        inputs: int = 512,
        outputs: int = 1018,
        tokens: int = 64,
        width: int = 768,
        layers: int = 6,
        heads: int = 8,
        intensity_width: int = 768,
    ) -> None:
        super().__init__()
        self.position_head = nn.Embedding(NUM_BUCKETS, intensity_width)
        self.position_exp = nn.Embedding(NUM_BUCKETS, intensity_width)
        self.connector = PerceiverResampler(
            inputs, width, layers, heads, tokens, outputs, intensity_width
        )

    def forward(self, expression: Tensor, head_bucket: Tensor, expression_bucket: Tensor) -> Tensor:
        """expression [N,inputs]; buckets int64 in [0,127], one for all or one a row: [], [1] or [N].

        Returns [N,tokens,outputs].
        """
        intensity = self.position_head(head_bucket.reshape(-1, 1))
        intensity = intensity + self.position_exp(expression_bucket.reshape(-1, 1))
        return self.connector(expression.unsqueeze(1), intensity)
