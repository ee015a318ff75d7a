# SPDX-License-Identifier: Apache-2.0
"""The demo bundle: a procedural renderer of drawn faces, training and evaluation."""
