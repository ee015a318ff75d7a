#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes python/hyportrait/options.py from the program's own table of options:

  build/release/bin/hyportrait completion json | scripts/packaging/python_options.py > python/hyportrait/options.py
"""

import json
import re
import sys

COMMANDS = {"animate": "AnimateOptions", "batch": "BatchOptions", "inspect": "InspectOptions", "metrics": "MetricsOptions"}
# What the functions of the package set themselves, and what prints instead of running.
NOT_OPTIONS = {"help", "json", "quiet", "verbose", "log-level", "progress", "print-config", "dry-run", "config", "demo",
               "no-audio", "require-face"}
PATHS = {"FILE", "DIR", "GLOB"}
HEADER = '''# SPDX-License-Identifier: Apache-2.0
"""The options of the commands, as in `hyportrait COMMAND --help`. Written by scripts/packaging/python_options.py from the
program's own table: None leaves an option unset, and a wrong value is an Error of the program."""

from dataclasses import dataclass
from os import PathLike
from typing import Literal

Path = str | PathLike[str]
'''


def type_of(value: str) -> str:
    """The Python type of an option whose value help shows as `value`."""
    words = value.split("|")
    if value == "":
        return "bool"
    if value in PATHS:
        return "Path"
    if value == "N":
        return "int"
    if value in ("X", "DB", "DEGREES", "SECONDS"):
        return "float"
    if all(re.fullmatch(r"[a-z0-9]+", word) for word in words):
        return f"Literal[{', '.join(json.dumps(word) for word in words)}]"
    return "str | float"


def fields_of(command: dict) -> list[str]:
    """The lines of a dataclass's fields, each below its help."""
    lines: list[str] = []
    group = ""
    for option in command["options"]:
        names = [flag[2:] for flag in option["flags"] if flag.startswith("--")]
        if not names or names[0] in NOT_OPTIONS:
            continue
        if option["group"] != group and option["group"] != "Options":
            lines.append(f"\n    # {option['group']}")
        group = option["group"]
        name = names[0].replace("-", "_")
        lines.append(f"    {name}: {type_of(option['value'])} | None = None")
        lines.append(f'    """{option["help"]}"""')
    return lines


def main() -> None:
    """Standard input to standard output."""
    commands = {command["command"]: command for command in json.load(sys.stdin)}
    print(HEADER, end="")
    for name, title in COMMANDS.items():
        print(f'\n\n@dataclass(kw_only=True)\nclass {title}:\n    """Of `hyportrait {name}`."""\n')
        print("\n".join(fields_of(commands[name])).lstrip("\n"))


if __name__ == "__main__":
    main()
