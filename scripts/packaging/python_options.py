#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes python/hyportrait/options.py from the program's own table of options:

  build/release/bin/hyportrait completion json | scripts/packaging/python_options.py > python/hyportrait/options.py
"""

import json
import re
import sys

# By the command, the name of its dataclass and of its function.
COMMANDS = {"animate": ("Animate", "animate"), "batch": ("Batch", "batch"), "inspect": ("Inspect", "inspect"),
            "metrics": ("Metrics", "metrics"), "motion extract": ("Extract", "extract_motion")}
# The arguments of the package's functions that have a name of their own; the others are keywords.
ARGUMENTS = {"animate": {"ref", "drive", "output"}, "batch": {"out_dir"}, "inspect": set(), "metrics": {"ref", "drive", "result"},
             "motion extract": {"output"}}
# What the functions of the package set themselves, and what prints instead of running.
NOT_OPTIONS = {"help", "json", "quiet", "verbose", "log-level", "progress", "print-config", "dry-run", "config", "demo",
               "no-audio", "require-face", "color", "help-all"}
PATHS = {"FILE", "DIR", "GLOB", "FILE|ref"}
HEADER = '''# SPDX-License-Identifier: Apache-2.0
"""The options of the commands, as in `hyportrait COMMAND --help`. Written by scripts/packaging/python_options.py from the
program's own table: None leaves an option unset, and a wrong value is an Error of the program."""

from dataclasses import dataclass
from os import PathLike
from typing import Literal, TypedDict

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


def options_of(command: dict) -> list[tuple[str, str, str, str]]:
    """Name, type, help and heading of each option that the dataclass has."""
    found = []
    for option in command["options"]:
        names = [flag[2:] for flag in option["flags"] if flag.startswith("--")]
        if names and names[0] not in NOT_OPTIONS:
            found.append((names[0].replace("-", "_"), type_of(option["value"]), option["help"], option["group"]))
    return found


def dataclass_of(command: dict) -> list[str]:
    """Each field below its heading, and above its help."""
    lines: list[str] = []
    group = ""
    for name, kind, text, heading in options_of(command):
        if heading not in (group, "Options"):
            lines.append(f"\n    # {heading}" if lines else f"    # {heading}")
        group = heading
        lines += [f"    {name}: {kind} | None = None", f'    """{text}"""']
    return lines


def keywords_of(command: dict) -> list[str]:
    """The same for a type checker, without what the function has as arguments."""
    name = command["command"]
    return [f"    {option}: {kind} | None" for option, kind, _, _ in options_of(command) if option not in ARGUMENTS[name]]


def main() -> None:
    """Standard input to standard output."""
    commands = {command["command"]: command for command in json.load(sys.stdin)}
    print(HEADER, end="")
    for name, (title, function) in COMMANDS.items():
        print(f'\n\n@dataclass(kw_only=True)\nclass {title}Options:\n    """Of `hyportrait {name}`."""\n')
        print("\n".join(dataclass_of(commands[name])))
        print(f'\n\nclass {title}Keywords(TypedDict, total=False):\n    """The keywords of hyportrait.{function}."""\n')
        print("\n".join(keywords_of(commands[name])))


if __name__ == "__main__":
    main()
