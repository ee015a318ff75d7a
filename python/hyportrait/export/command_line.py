# SPDX-License-Identifier: Apache-2.0
"""What hyportrait-export and the programs in scripts/ share on the command line: arguments, log lines, JSON, exit codes."""

import argparse
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from hyportrait.export.bundle import BundleError


def image_size(text: str) -> int:
    """Argument type of `--size`."""
    size = int(text)
    if size <= 0 or size % 64:
        raise argparse.ArgumentTypeError(f"{text} is not a positive multiple of 64")
    return size


def positive(text: str) -> int:
    """Argument type of a count."""
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} is less than 1")
    return number


def add_output(parser: argparse.ArgumentParser, what: str = "folder of the bundle") -> None:
    """`--out` and `--overwrite` of a program that writes a bundle."""
    parser.add_argument("--out", type=Path, metavar="DIR", required=True, help=what)
    parser.add_argument(
        "--overwrite", "--force", action="store_true", help="replace the bundle at --out"
    )


def add_json(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the figures to this file")


def write_json(file: Path | None, figures: Any) -> None:
    """Writes the file of `--json`, if it was given."""
    if file is not None:
        file.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")


def log(text: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)


def exit_code(program: str, work: Callable[[], None]) -> int:
    """Runs `work` and returns 0; on a BundleError or OSError prints one line to stderr and returns 1."""
    try:
        work()
    except (BundleError, OSError) as error:
        print(f"{program}: {error}", file=sys.stderr)
        return 1
    return 0
