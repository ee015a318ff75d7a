# SPDX-License-Identifier: Apache-2.0
"""The networks of a bundle in plain torch: one class for each network, at any size.

State-dict keys and shapes match the official HunyuanPortrait weights (github Tencent-Hunyuan/HunyuanPortrait
at 48bae74). Each `forward` follows docs/model-bundle.md. All of them work with `torch.jit.script` and
`.to(dtype)`.
"""
