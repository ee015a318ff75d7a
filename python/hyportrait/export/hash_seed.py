# SPDX-License-Identifier: Apache-2.0
"""A fixed hash seed. It imports nothing large: a script fixes it before it loads torch, so that it does so once."""

import os
import sys


def fix_hash_seed() -> None:
    """Restarts the program with a fixed hash seed, so that files are byte for byte the same every time.

    TorchScript writes the constants of a class in the order of a set of strings.
    """
    if os.environ.get("PYTHONHASHSEED") != "0":
        environment = dict(os.environ, PYTHONHASHSEED="0")
        os.execve(sys.executable, [sys.executable, *sys.orig_argv[1:]], environment)
