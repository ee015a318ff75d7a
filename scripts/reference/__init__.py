# SPDX-License-Identifier: Apache-2.0
"""What bench_reference.py times beside the program: the original's U-Net, and our networks run eagerly."""
