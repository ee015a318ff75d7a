# SPDX-License-Identifier: Apache-2.0
"""The networks of a bundle in plain torch: one class a network for every size.

State-dict keys and shapes are those of the official HunyuanPortrait weights (github
Tencent-Hunyuan/HunyuanPortrait at 48bae74); every `forward` is the one of docs/model-bundle.md.
All of them survive `torch.jit.script` and `.to(dtype)`.
"""
