# SPDX-License-Identifier: Apache-2.0
"""Surroundings that are short of something, and signals."""

from pathlib import Path

from odd.row import DONE, FAILED, INTERRUPTED, OUTPUT, Row, plan, run

STATE = ("out.mp4.state",)


def without_home(folder: Path) -> None:
    (folder / "home").write_text("no folder")


def interrupted_by(signal: str) -> str:
    """Sends a signal to the program once the first network calls are logged."""
    return f"""exec 3>&2; "$@" --save-interval 0 --log-level trace --steps 300 2> >(while IFS= read -r line; do
  case $line in *"denoise: 2 of"*) kill -{signal} "$(cat .pid)";; info*|trace*|debug*) ;; *) printf '%s\\n' "$line" >&3;; esac; done) &
echo $! > .pid; wait $!; code=$?; rm -f .pid; exit $code"""


ROWS = [
    Row("few open files, a tight umask", run(), DONE, "2 frames", None, OUTPUT, shell='ulimit -n 64; umask 077; "$@"'),
    Row("small files alone", run(), FAILED, "out.mp4: cannot be written: .*ulimit -f", shell='ulimit -f 1; "$@"'),
    Row("little memory for LibTorch", plan(), FAILED, "failed to map segment", shell='ulimit -v 200000; "$@"'),
    Row("little memory", plan(), FAILED, "cannot load|not enough memory", shell='ulimit -v 500000; "$@"'),
    Row("a small stack", plan(), DONE, "unet_calls", shell='ulimit -s 512; "$@"'),
    Row("no HOME", plan(), DONE, "unet_calls", shell='unset HOME XDG_CACHE_HOME; "$@"'),
    Row("HOME is a file", plan(), DONE, "unet_calls", without_home, shell='unset XDG_CACHE_HOME; HOME=$PWD/home "$@"'),
    Row("no environment", plan(), DONE, "unet_calls", shell='env -i "$@"'),
    Row("another locale", plan(), DONE, "unet_calls", env={"LC_ALL": "de_DE.UTF-8", "LANG": "de_DE.UTF-8"}),
    Row("an unknown locale", plan(), DONE, "unet_calls", env={"LC_ALL": "xx_XX"}),
    Row("standard input closed, a terminal without codes", run(), DONE, "2 frames", None, OUTPUT, shell='"$@" <&-',
        env={"TERM": "dumb", "COLORTERM": "truecolor"}),
    Row("standard output full, the sidecar's text", run("--json"), FAILED, "standard output cannot be written", None, OUTPUT,
        shell='"$@" >/dev/full'),
    Row("standard error full", run(), DONE, "", None, OUTPUT, shell='"$@" 2>/dev/full'),
    Row("standard error closed", run(), DONE, "", None, OUTPUT, shell='"$@" 2>&-'),
    Row("a disk that is full", run(output="/dev/full/out.mp4"), FAILED, "/dev/full"),
    Row("the folder is gone", plan(), FAILED, "the current folder is gone", shell='mkdir gone; cd gone; rmdir ../gone; "$@"'),
    Row("interrupted", run(), INTERRUPTED, "interrupted", None, STATE, shell=interrupted_by("INT")),
    Row("terminated", run(), INTERRUPTED, "interrupted", None, STATE, shell=interrupted_by("TERM")),
    Row("hung up", run(), INTERRUPTED, "interrupted", None, STATE, shell=interrupted_by("HUP")),
]
