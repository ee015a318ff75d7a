# SPDX-License-Identifier: Apache-2.0
"""What bench_reference.py compares the program with: the original's U-Net, and our networks in eager mode."""
