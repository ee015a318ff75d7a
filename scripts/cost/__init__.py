# SPDX-License-Identifier: Apache-2.0
"""Arithmetic, memory, kernels and bytes of the networks, counted from their shapes without running them."""
