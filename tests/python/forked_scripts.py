# SPDX-License-Identifier: Apache-2.0
"""Runs scripts in processes forked from one that has loaded torch, which takes seconds of every start."""

import gc
import multiprocessing
import os
import runpy
import subprocess
import sys
import tempfile
from multiprocessing import forkserver
from multiprocessing.context import ForkServerContext
from pathlib import Path

import pytest

# The hash seed is what scripts that write bundles restart themselves for.
ENVIRONMENT = {"OMP_NUM_THREADS": "1", "OMP_WAIT_POLICY": "passive", "PYTHONHASHSEED": "0"}


def start_server() -> ForkServerContext:
    """The process that is forked; it ends with this one."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["torch", "torch._dynamo"])
    with pytest.MonkeyPatch.context() as patch:
        for name, value in ENVIRONMENT.items():
            patch.setenv(name, value)
        forkserver.ensure_running()
    return context


def run_forked(server: ForkServerContext, command: list[str]) -> subprocess.CompletedProcess:
    """Runs a script, or the module of that name, with its arguments; returns what subprocess.run would."""
    with tempfile.TemporaryDirectory() as folder:
        files = (Path(folder) / "out", Path(folder) / "err")
        process = server.Process(target=run_here, args=(command, os.getcwd(), *files))
        process.start()
        process.join()
        return subprocess.CompletedProcess(command, process.exitcode, *(file.read_text() for file in files))


def run_here(command: list[str], folder: str, out: Path, err: Path) -> None:
    """In the forked process."""
    for number, path in ((1, out), (2, err)):
        with path.open("wb") as file:
            os.dup2(file.fileno(), number)
    os.chdir(folder)
    gc.freeze()  # what the server has loaded stays
    sys.argv = command
    if command[0].endswith(".export"):
        runpy.run_module(command[0], run_name="__main__", alter_sys=True)
    else:
        sys.path.insert(0, str(Path(command[0]).parent))
        runpy.run_path(command[0], run_name="__main__")
