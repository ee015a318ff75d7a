# SPDX-License-Identifier: Apache-2.0
"""The command `hyportrait-export`; `python -m hyportrait.export` is the same.

A command's module, and with it torch, is loaded only when that command is given.
"""

import sys
from importlib import import_module
from importlib.util import find_spec
from typing import NamedTuple

from hyportrait.export.hash_seed import fix_hash_seed

NAME = "hyportrait-export"
INSTALL = "pip install 'hyportrait[export]'"
ONNX = ("onnx", "onnx2torch", "torchvision")
PACKAGES = ("torch", "numpy", "safetensors", *ONNX)  # of other projects


class Command(NamedTuple):
    module: str
    summary: str
    packages: tuple[str, ...]  # those that it cannot do without


COMMANDS = {
    "official": Command("official", "make a bundle of the official weights, which you download yourself", PACKAGES),
    "seeded": Command("seeded_bundle", "make a bundle of deterministic random weights, for tests", ("torch", "numpy")),
    "detector": Command("detector", "copy a bundle with another face detector", ("torch", "numpy")),
    "compile": Command("compile", "compile a bundle's U-Net for this machine", ("torch", "numpy")),
}

SUMMARIES = "\n".join(f"  {name:<10}{command.summary}" for name, command in COMMANDS.items())
HELP = f"""\
usage: {NAME} COMMAND [options]

Makes bundles, the folders of networks that hyportrait runs, and compiles them.

commands:
{SUMMARIES}

{NAME} COMMAND --help lists the options of a command.
Exit code: 0 done, 1 failed (the reason is on stderr), 2 usage, 130 stopped with Ctrl-C."""


def missing(name: str, packages: list[str]) -> int:
    """Says which packages are missing, on stderr; returns the exit code."""
    *others, last = packages
    absent = f"{', '.join(others)} and {last} are" if others else f"{last} is"
    print(f"{NAME} {name}: {absent} not installed in {sys.prefix}: {INSTALL}", file=sys.stderr)
    return 1


def main() -> int:
    name, *options = sys.argv[1:] or [""]
    if name in ("-h", "--help"):
        print(HELP)
        return 0
    if name not in COMMANDS:
        given = f"there is no command '{name}'" if name else "a command is needed"
        print(f"{NAME}: {given}: it is one of {', '.join(COMMANDS)} ({NAME} --help)", file=sys.stderr)
        return 2
    command = COMMANDS[name]
    if absent := [package for package in command.packages if find_spec(package) is None]:
        return missing(name, absent)
    fix_hash_seed()
    try:
        return import_module(f"hyportrait.export.{command.module}").main(f"{NAME} {name}", options)
    except ModuleNotFoundError as error:  # of a package that only some inputs need
        if error.name not in PACKAGES:
            raise
        return missing(name, [error.name])
    except KeyboardInterrupt:
        print(f"{NAME} {name}: stopped", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
