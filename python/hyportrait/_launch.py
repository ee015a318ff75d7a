# SPDX-License-Identifier: Apache-2.0
"""The command `hyportrait` of the wheel: finds torch, whose LibTorch the program is linked with, and becomes the program.

torch is not imported, which would take a second: where it is and which version it has is read from its files."""

import os
import re
import sys
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
PROGRAM = FOLDER / "bin" / "hyportrait"
TORCH = "2.11.0"
GLIBC = (2, 36)
SETUP_FAILED = 1  # the program's exit code for what fits nothing else


class SetupError(Exception):
    """One sentence: what is there, what is wanted, what mends it."""


def check_glibc() -> None:
    """Raises SetupError on a system whose C library the program cannot run with."""
    try:
        found = os.confstr("CS_GNU_LIBC_VERSION") or ""
    except (ValueError, OSError):
        found = ""
    version = re.fullmatch(r"glibc (\d+)\.(\d+).*", found)
    wanted = f"hyportrait needs glibc {GLIBC[0]}.{GLIBC[1]} or newer (Debian 12, Ubuntu 24.04)"
    if version is None:
        raise SetupError(f"{wanted}, and this system has another C library (musl?)")
    if (int(version[1]), int(version[2])) < GLIBC:
        raise SetupError(f"{wanted}, and this system has {found}")


def torch_folder() -> Path:
    """The installed torch's folder. Raises SetupError where there is none, or another than the program is linked with."""
    pip = f"{sys.executable} -m pip install torch=={TORCH}"
    spec = find_spec("torch")
    if spec is None or spec.origin is None:
        raise SetupError(f"hyportrait needs torch {TORCH}, and this Python has none: {pip}")
    folder = Path(spec.origin).resolve().parent
    try:
        text = (folder / "version.py").read_text()
    except OSError as error:
        raise SetupError(f"torch in {folder} is not whole ({error}): {pip}") from None
    found = re.search(r"__version__ = '([^']+)'", text)
    if found is None or found[1].split("+")[0] != TORCH:
        version = found[1] if found else "of no known version"
        raise SetupError(f"hyportrait needs torch {TORCH}, and torch {version} is in {folder}: {pip}")
    for name in ("libtorch_cpu.so", "libc10.so"):
        if not (folder / "lib" / name).exists():
            raise SetupError(f"torch in {folder} has no lib/{name}: {pip} --force-reinstall")
    return folder


def environment(torch: Path, inherited: Mapping[str, str]) -> dict[str, str]:
    """`inherited`, and where LibTorch is, unless it lies beside this package: there the program finds it by itself."""
    result = dict(inherited)
    if torch.parent != FOLDER.parent:
        paths = [str(torch / "lib"), *filter(None, [inherited.get("LD_LIBRARY_PATH")])]
        result["LD_LIBRARY_PATH"] = ":".join(paths)
    return result


def command() -> tuple[Path, dict[str, str]]:
    """The program, and the environment that it runs in. HYPORTRAIT_PROGRAM names another build of it, which finds its own
    LibTorch. Raises SetupError."""
    if other := os.environ.get("HYPORTRAIT_PROGRAM"):
        return Path(other), dict(os.environ)
    check_glibc()
    if not PROGRAM.exists():
        raise SetupError(f"{PROGRAM} is missing: {sys.executable} -m pip install --force-reinstall hyportrait")
    return PROGRAM, environment(torch_folder(), os.environ)


def main() -> None:
    """Becomes the program, with the arguments of this process."""
    try:
        program, variables = command()
        os.execve(program, ["hyportrait", *sys.argv[1:]], variables)
    except (SetupError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(SETUP_FAILED)
