#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Face detectors for bundles.

    detector.py FILE.onnx --bundle DIR --out DIR2
"""

from typing import Any

import torch
from torch import nn

from networks.detector import CentreDetector


def detector_module(source: str, dtype: torch.dtype) -> tuple[nn.Module, dict[str, Any]]:
    return CentreDetector().eval(), {}
