# SPDX-License-Identifier: Apache-2.0
"""The program as a process: its events on standard error, its report on standard output. A crash of it never takes this
process along."""

import dataclasses
import json
import logging
import os
import signal
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from typing import Any

from hyportrait._launch import SetupError, command

LOG = logging.getLogger("hyportrait")
LEVELS = {"trace": logging.DEBUG, "debug": logging.DEBUG, "info": logging.INFO, "warn": logging.WARNING,
          "error": logging.ERROR}
FAILED, INTERRUPTED = 1, 130


class Error(RuntimeError):
    """What the program ended with: its message, and `exit_code` (docs/cli.md, Exit codes)."""

    def __init__(self, message: str, exit_code: int) -> None:
        super().__init__(message)
        self.exit_code = exit_code


@dataclasses.dataclass(frozen=True)
class Progress:
    """How far a stage is: `done` of `total` (None while unknown) `unit`s."""

    stage: str
    done: int
    total: int | None
    unit: str
    seconds: float
    seconds_left: float | None
    job: int | None = None  # of a batch, from 1
    jobs: int | None = None


OnProgress = Callable[[Progress], None]


def words_of(options: Any) -> list[str]:
    """The flags of a dataclass of options; None and False are left out."""
    words: list[str] = []
    for field in dataclasses.fields(options):
        value = getattr(options, field.name)
        if value is None or value is False:
            continue
        flag = "--" + field.name.replace("_", "-")
        # One word, so that a value may begin with a dash.
        words.append(flag if value is True else f"{flag}={os.fspath(value) if isinstance(value, os.PathLike) else value}")
    return words


def _handle(line: str, on_progress: OnProgress | None) -> Error | None:
    """Takes one line of standard error; gives the error that it reports."""
    try:
        event = json.loads(line)
        kind = event.pop("event")
    except (ValueError, KeyError, AttributeError):
        LOG.warning("%s", line.rstrip())  # of a library below the program
        return None
    if kind == "log":
        LOG.log(LEVELS.get(event["level"], logging.INFO), "%s", event["message"])
    elif kind == "progress" and on_progress is not None:
        names = {field.name for field in dataclasses.fields(Progress)}
        on_progress(Progress(**{key: value for key, value in event.items() if key in names}))
    elif kind == "error":
        return Error(event["message"], event["exit_code"])
    return None


def _watch(process: "subprocess.Popen[str]", on_progress: OnProgress | None) -> Error | None:
    """Reads standard error to its end. What interrupts this, Ctrl-C or an exception of `on_progress`, ends the program as
    Ctrl-C does: an output that is half done can be resumed."""
    error = None
    assert process.stderr is not None
    try:
        for line in process.stderr:
            error = _handle(line, on_progress) or error
        process.wait()
    except BaseException:
        process.send_signal(signal.SIGINT)
        process.stderr.read()
        process.wait()
        raise
    return error


def run(arguments: Sequence[str], on_progress: OnProgress | None, accept: Sequence[int] = ()) -> Any:
    """Runs a command and gives its report (JSON). Raises Error for every exit code but 0 and those of `accept` that came
    with a report, KeyboardInterrupt for an interrupt."""
    try:
        program, environment = command()
    except SetupError as reason:
        raise Error(str(reason), FAILED) from None
    with tempfile.TemporaryFile("w+", encoding="utf-8") as report:
        # A session of its own: Ctrl-C of a terminal reaches the program once, from here.
        process = subprocess.Popen([str(program), *arguments, "--progress=json", "--json"], stdin=subprocess.DEVNULL,
                                   stdout=report, stderr=subprocess.PIPE, text=True, errors="replace", env=environment,
                                   start_new_session=True)
        error = _watch(process, on_progress)
        report.seek(0)
        text = report.read()
    if process.returncode == INTERRUPTED:
        raise KeyboardInterrupt
    found = json.loads(text) if text else {"error": None}
    if process.returncode != 0 and (process.returncode not in accept or "error" in found):
        raise error or Error(f"hyportrait ended with {_ending(process.returncode)}", FAILED)
    return found


def _ending(code: int) -> str:
    return f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
