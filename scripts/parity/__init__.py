# SPDX-License-Identifier: Apache-2.0
"""Parity with the original: networks, exported modules and the C++ program."""
