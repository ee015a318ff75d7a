# SPDX-License-Identifier: Apache-2.0
"""Completion in real shells, and the manual page: both from the definitions that parse the command line."""

import os
import pty
import re
import select
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from conftest import Program

# What bash runs on a tab, without a terminal: the words of the line, then the answer.
ASK = """
source {script}
COMP_WORDS=({words}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1))
_hyportrait
printf '%s\\n' "${{COMPREPLY[@]}}"
"""


@pytest.fixture(scope="module")
def bash_script(program: Program, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("completion") / "hyportrait"
    path.write_text(program.ok("completion", "bash").out)
    return path


def ask(script: Path, *words: str) -> list[str]:
    """The completions of the last word."""
    quoted = " ".join("'" + word + "'" for word in words)
    run = subprocess.run(["bash", "--norc", "-c", ASK.format(script=script, words=quoted)], capture_output=True,
                         text=True, check=True)
    assert run.stderr == ""
    return run.stdout.split()


def options_in_help(program: Program, *command: str) -> set[str]:
    lines = program.ok(*command, "--help-all" if command == ("animate",) else "--help").out.splitlines()
    named = [re.split(r"\s{2,}", line.strip())[0] for line in lines if re.match(r"  -", line)]  # before what it does
    return {flag for words in named for flag in re.findall(r"--[a-z-]+", words)}


def test_commands_and_options(program: Program, bash_script: Path) -> None:
    assert "animate" in ask(bash_script, "hyportrait", "")
    assert ask(bash_script, "hyportrait", "anim") == ["animate"]
    assert set(ask(bash_script, "hyportrait", "bundle", "")) == {"info", "verify"}
    for command in ("animate", "compare", "inspect"):
        assert set(ask(bash_script, "hyportrait", command, "--")) == options_in_help(program, command)
    assert ask(bash_script, "hyportrait", "animate", "--ref", "x", "--drive-f") == ["--drive-face"]


def test_values(bash_script: Path) -> None:
    assert ask(bash_script, "hyportrait", "animate", "--no-face", "") == ["hold", "interpolate", "skip", "error"]
    assert ask(bash_script, "hyportrait", "animate", "--dtype", "fp") == ["fp32", "fp16"]
    assert ask(bash_script, "hyportrait", "animate", "--dtype", "=", "b") == ["bf16"]  # as bash splits --dtype=b
    assert ask(bash_script, "hyportrait", "animate", "--device", "=") == ["auto", "cpu", "cuda"]
    assert ask(bash_script, "hyportrait", "animate", "--steps", "") == []
    assert ask(bash_script, "hyportrait", "completion", "") == ["bash", "zsh", "fish", "man", "json"]


def type_into_bash(script: Path, folder: Path, typed: str) -> str:
    """What an interactive bash shows after `typed` (with tabs) on its command line."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(folder)
        os.environ.update(PS1="READY>", TERM="dumb", INPUTRC="/dev/null", HISTFILE="")
        os.execvp("bash", ["bash", "--norc", "--noprofile", "-i"])
    shown = b""

    def read_until(done) -> None:
        nonlocal shown
        end = time.monotonic() + 20
        while not done(shown) and time.monotonic() < end:
            if select.select([terminal], [], [], 0.1)[0]:
                shown += os.read(terminal, 4096)

    read_until(lambda text: b"READY>" in text)
    os.write(terminal, f"source {script}; clear() {{ :; }}; echo LOA''DED\n".encode())
    read_until(lambda text: b"LOADED" in text)
    read_until(lambda text: text.rstrip().endswith(b"READY>"))
    shown = b""
    os.write(terminal, typed.encode() + b"END")  # END follows what the tab has put there
    read_until(lambda text: b"END" in text)
    os.close(terminal)
    os.kill(pid, 9)
    os.waitpid(pid, 0)
    return shown.decode()


def test_tab_in_an_interactive_bash(bash_script: Path, tmp_path: Path) -> None:
    (tmp_path / "my portrait.png").touch()
    assert "hyportrait animate END" in type_into_bash(bash_script, tmp_path, "hyportrait anim\t")
    assert "--no-face interpolate END" in type_into_bash(bash_script, tmp_path, "hyportrait animate --no-face int\t")
    assert r"--ref my\ portrait.png END" in type_into_bash(bash_script, tmp_path, "hyportrait animate --ref my\t")


def test_other_shells_accept_their_scripts(program: Program, tmp_path: Path) -> None:
    zsh, fish = program.ok("completion", "zsh").out, program.ok("completion", "fish").out
    assert zsh.startswith("#compdef hyportrait\n") and "'--no-face[" in zsh
    assert "(hold interpolate skip error)" in zsh and "'*:FILE" not in zsh  # two rest arguments are an error
    assert "-l no-face -x -a 'hold interpolate skip error'" in fish
    for shell, text, check in (("zsh", zsh, ["-n"]), ("fish", fish, ["--no-execute"])):
        script = tmp_path / shell
        script.write_text(text)
        if shutil.which(shell):
            subprocess.run([shell, *check, script], check=True)


@pytest.mark.skipif(shutil.which("fish") is None, reason="SKIPPED: fish is not installed")
def test_fish_completes(program: Program, tmp_path: Path) -> None:
    script = tmp_path / "hyportrait.fish"
    script.write_text(program.ok("completion", "fish").out)

    def complete(line: str) -> list[str]:
        run = subprocess.run(["fish", "--no-config", "-c", f"source {script}; complete -C '{line}'"],
                             capture_output=True, text=True, check=True)
        return [row.split("\t")[0] for row in run.stdout.splitlines()]

    assert complete("hyportrait anim") == ["animate"]
    assert complete("hyportrait animate --dtype fp") == ["fp16", "fp32"]
    assert complete("hyportrait bundle ver") == ["verify"]


def test_an_unknown_shell_is_refused(program: Program) -> None:
    outcome = program("completion", "powershell")
    assert outcome.code == 2 and "bash, zsh, fish" in outcome.err


def test_the_manual_page_names_every_option(program: Program, tmp_path: Path) -> None:
    page = program.ok("completion", "man").out
    for command in ("animate", "compare", "inspect"):
        for flag in options_in_help(program, command):
            assert rf"\fB{flag.replace('-', chr(92) + '-')}\fR" in page, flag
    assert ".SH EXIT STATUS" in page and r"\fB130\fR" in page
    if shutil.which("groff"):
        source = tmp_path / "hyportrait.1"
        source.write_text(page)
        run = subprocess.run(["groff", "-man", "-Tutf8", "-ww", source], capture_output=True, text=True, check=True)
        assert run.stderr == "" and "hyportrait animate" in run.stdout
