# SPDX-License-Identifier: Apache-2.0
"""Text for people: golden texts of every command at 80 columns, with and without colours; widths, NO_COLOR, terminals.

HYPORTRAIT_UPDATE_TEXT=1 rewrites golden_text/. What depends on the machine is replaced by a word before comparing."""

import json
import os
import pty
import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from conftest import ROOT, Program, read_terminal

GOLDEN = Path(__file__).parent / "golden_text"
INKS = {"\x1b[1m": "<heading>", "\x1b[2m": "<faint>", "\x1b[32m": "<good>", "\x1b[33m": "<note>", "\x1b[31m": "<bad>",
        "\x1b[0m": "</>"}
DETAIL = ["detail", "--ref", "portrait.png", "--clip", "clip.mp4", "--sigma", "1"]
ANIMATE = ["animate", "--ref", "portrait.png", "--drive", "clip.mp4", "--bundle", "demo", "--device", "cpu"]


def same(text: str) -> str:
    """A text in which nothing depends on the machine."""
    return text


def without_numbers(text: str) -> str:
    """Every number as N."""
    return re.sub(r"(?<![A-Za-wyz.\d])-?\d+(\.\d+)?", "N", text)


def narrow(text: str) -> str:
    """Gaps of a table as two blanks, for they depend on how long the numbers are."""
    return re.sub(r"(?<=\S) {2,}", "  ", text)


def figures(text: str) -> str:
    """Numbers with a fraction as N."""
    return narrow(re.sub(r"-?\b\d+\.\d+", "N", text))


def joined(text: str) -> str:
    """Wrapped lines as one."""
    return re.sub(r"\n +(?! |fix:)", " ", text)


def checklist(text: str) -> str:
    """What `doctor` says on any machine: versions, processor, encoders replaced, no lines about GPUs."""
    lines = [line for line in joined(text).splitlines() if "NVIDIA" not in line and "GPU: " not in line]
    text = "\n".join(lines) + "\n"
    text = re.sub(r"hyportrait .*", "VERSIONS", text)
    text = re.sub(r"CPU: .*", "CPU: NAME, THREADS, MEMORY", text)
    text = re.sub(r"encoders: .*", "encoders: NAMES", text)
    return re.sub(r"[0-9a-f]{64}", "SHA256", text)


def bench(text: str) -> str:
    """Times and rates as N; a paragraph is a line, but for the table."""
    parts = [part if "slowest" in part else part.replace(".\n", ".\f").replace("\n", " ").replace("\f", "\n")
             for part in text.split("\n\n")]
    text = re.sub(r"on cpu \(.*?threads?\)", "on cpu (NAME, THREADS)", "\n\n".join(parts))
    text = re.sub(r" *\b\d+(\.\d+)? (%|TFLOP|TFLOP/s|frames a second)(?!\w)", r" N \2", text)
    text = re.sub(r" *\b\d[\d.]* m?s\b", " N s", re.sub(r"\d[\d.]* [MG]B", "N MB", text))
    text = narrow(text)
    return re.sub(r"product's \d+(\.\d+)?\b", "product's N", text)


def end(text: str) -> str:
    lines = [line for line in text.splitlines(keepends=True) if line.startswith(("wrote", "warning", "<note>"))]
    return re.sub(r"\), .*, in .* second", "), SIZE, in TIME, N frames a second",
                  re.sub(r"wrote /\S*/", "wrote FOLDER/", "".join(lines)))


def times(text: str) -> str:
    text = re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d", "YYYY-MM-DD HH:MM", text)
    return re.sub(r"\b\d[\d.]* m?s\b", r"N s", re.sub(r"/\S+/", "FOLDER/", narrow(text)))


def table_of_batch(text: str) -> str:
    """Of standard error: the lines from the heading of the table on."""
    return times(joined(text[re.search(r"(?m)^\S*output", text).start():]))


@dataclass
class Case:
    """A command, what of its output depends on the machine, its exit code and stream."""

    words: list[str]
    clean: Callable[[str], str] = same
    code: int = 0
    stream: str = "out"


CASES = {
    "help": Case(["--help"]),
    "animate_help": Case(["animate", "--help"]),
    "batch_help": Case(["batch", "--help"]),
    "plan": Case([*ANIMATE, "--dry-run"]),
    "plan_options": Case([*ANIMATE, "--dry-run", "--steps", "3", "--relative", "--smooth", "0.5", "--expression-strength", "1.2",
                          "--memory-budget", "2G", "--crop-only", "--no-audio", "-o", "square.mp4"]),
    "plan_warning": Case(["animate", "--ref", "noise.png", "--ref-box", "60,60,60,60", *ANIMATE[3:], "--dry-run"]),
    "plan_detail": Case([*DETAIL, "--dry-run"]),
    "end": Case([*ANIMATE, "-o", "end.mp4", "-y", "--max-frames", "3", "--progress", "none"], end, stream="err"),
    "end_warning": Case(["animate", "--ref", "noise.png", "--ref-box", "60,60,60,60", *ANIMATE[3:], "-o", "end.mp4", "-y",
                         "--max-frames", "2", "--size", "64", "--progress", "none", "--log-level", "error"], end, stream="err"),
    "end_detail": Case([*DETAIL, "-o", "sharp.mp4", "--overwrite", "--max-frames", "3", "--progress", "none"],
                       lambda text: re.sub(r"in [\d.]+ m?s, mean weight of the detail .*", "in TIME, mean weight N",
                                           re.sub(r"px, .*, in", "px, SIZE, in", re.sub(r"/\S*/", "FOLDER/", text))), stream="err"),
    "end_extract": Case(["motion", "extract", "clip.mp4", "-o", "end.motion", "--overwrite", "--bundle", "demo", "--max-frames", "3",
                         "--progress", "none"], lambda text: re.sub(r"/\S*/", "FOLDER/", text), stream="err"),
    "bundle_verify": Case(["bundle", "verify", "demo"], stream="err"),
    "report_of_nothing": Case(["report", "empty"]),
    "doctor": Case(["doctor", "--bundle", "demo", "--device", "cpu"], checklist),
    "doctor_problem": Case(["doctor", "--bundle", "damaged", "--device", "cpu"], checklist, 1),
    "bundle_info": Case(["bundle", "info", "demo"], lambda text: re.sub(r"hash( +)\w{12}", r"hash\1HASH", text)),
    "inspect_picture": Case(["inspect", "portrait.png", "--bundle", "demo"], without_numbers),
    "inspect_clip": Case(["inspect", "clip.mp4", "--bundle", "demo"], without_numbers),
    "inspect_no_face": Case(["inspect", "noise.png", "--bundle", "demo"]),
    "batch_plan": Case(["batch", "jobs.jsonl", "--out-dir", "new", "--bundle", "demo", "--dry-run"]),
    "batch": Case(["batch", "jobs.jsonl", "--out-dir", "results", "--bundle", "demo", "--max-frames", "2", "--size", "64",
                   "--device", "cpu", "--progress", "none", "--log-level", "off"], table_of_batch, 1, "err"),
    "report": Case(["report", "results"], times, 1),
    "compare": Case(["compare", "clip.mp4", "clip.mp4"]),
    "metrics": Case(["metrics", "--ref", "portrait.png", "--drive", "clip.mp4", "--result", "result.mp4", "--bundle", "demo",
                     "--device", "cpu"], figures),
    "motion_info": Case(["motion", "info", "nod.motion"], without_numbers),
    "bench": Case(["bench", "--bundle", "demo", "--device", "cpu", "--frames", "2", "--repeat", "1", "--warm-up", "1",
                   "--steps", "1", "--quiet"], bench),
    "error": Case(["animate", "--stpes", "3"], code=2, stream="err"),
}


def environment(folder: Path, **more: str) -> dict[str, str]:
    """No terminal's width, no NO_COLOR, and a cache that knows of no earlier run."""
    kept = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "NO_COLOR")}
    return {**kept, "XDG_CACHE_HOME": str(folder / "cache"), **more}


def run(program: Program, folder: Path, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(program.path), *words], capture_output=True, text=True, cwd=folder, check=False,
                          env=environment(folder, **more))


@pytest.fixture(scope="module")
def folder(program: Program, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo bundle with its samples, a picture of noise, a damaged bundle, a result, a motion file, jobs."""
    folder = tmp_path_factory.mktemp("text")
    demo = ROOT / "models" / "demo"
    (folder / "demo").symlink_to(demo)
    (folder / "damaged").mkdir()
    (folder / "empty").mkdir()
    for path in demo.glob("*.*"):
        if path.is_file():
            shutil.copy(path, folder / "damaged")
    (folder / "damaged" / "unet.pt").write_bytes(bytes(100))
    for name in ("portrait.png", "clip.mp4"):
        shutil.copy(demo / "samples" / name, folder)
    noise = np.random.default_rng(1).normal(0, 6, (256, 256, 3)).cumsum(0) / 4 + 128
    Image.fromarray(noise.clip(0, 255).astype(np.uint8)).save(folder / "noise.png")
    jobs = [{"ref": name, "drive": "clip.mp4"} for name in ("portrait.png", "none.png")]
    (folder / "jobs.jsonl").write_text("".join(json.dumps(job) + "\n" for job in jobs))
    made = run(program, folder, *ANIMATE, "-o", "result.mp4", "--max-frames", "5", XDG_CACHE_HOME=str(folder / "other"))
    assert made.returncode == 0, made.stderr
    made = run(program, folder, "motion", "extract", "clip.mp4", "-o", "nod.motion", "--bundle", "demo", "--max-frames", "5")
    assert made.returncode == 0, made.stderr
    run(program, folder, *CASES["batch"].words)
    return folder


def check(name: str, text: str) -> None:
    """Compares with the golden text, or rewrites it."""
    path = GOLDEN / f"{name}.txt"
    if os.environ.get("HYPORTRAIT_UPDATE_TEXT"):
        path.write_text(text)
    assert path.exists(), f"{path} is missing; HYPORTRAIT_UPDATE_TEXT=1 writes it"
    assert text == path.read_text(), f"{path} has another text; HYPORTRAIT_UPDATE_TEXT=1 rewrites it"


@pytest.mark.parametrize("name", CASES)
def test_golden_text(program: Program, folder: Path, name: str) -> None:
    case = CASES[name]
    fresh = {"XDG_CACHE_HOME": str(folder / f"cache_{name}")} if "plan" in name else {}
    if name == "batch":
        shutil.rmtree(folder / "results", ignore_errors=True)
    plain = run(program, folder, *case.words, **fresh)
    assert plain.returncode == case.code, plain.stderr
    text = plain.stdout if case.stream == "out" else plain.stderr
    assert text.isascii() and "\x1b" not in plain.stdout + plain.stderr
    if case.stream == "out":
        assert max(map(len, text.splitlines())) <= 80, text
    if "plan" in name:
        assert text.count("\n") <= 15, text
    check(name, case.clean(text))
    if "help" in name:
        return
    if name == "batch":
        shutil.rmtree(folder / "results")
    painted = run(program, folder, *case.words, "--color", "always", **fresh)
    text = painted.stdout if case.stream == "out" else painted.stderr
    for code, tag in INKS.items():
        text = text.replace(code, tag)
    plain_ends = ("end", "end_detail", "end_extract", "bundle_verify", "report_of_nothing")
    assert "\x1b" not in text and ("</>" in case.clean(text)) == (name not in plain_ends), text
    check(f"{name}.colour", case.clean(text))


def test_colour_is_for_terminals_without_no_color(program: Program, folder: Path) -> None:
    def on_a_terminal(*words: str, **more: str) -> str:
        leader, follower = pty.openpty()
        process = subprocess.Popen([str(program.path), *words], stdout=follower, cwd=folder,
                                   env=environment(folder, **{"TERM": "xterm", **more}))
        os.close(follower)
        shown = read_terminal(leader)
        assert process.wait() == 0
        return shown.decode()

    command = ["bundle", "info", "demo"]
    assert "\x1b[1m" in on_a_terminal(*command)
    for words, more in ((command, {"NO_COLOR": "1"}), (command, {"TERM": "dumb"}), ([*command, "--color=never"], {})):
        assert "\x1b" not in on_a_terminal(*words, **more), (words, more)
    assert "\x1b[1m" in run(program, folder, *command, "--color", "always", NO_COLOR="1").stdout
    wrong = run(program, folder, *command, "--color", "sometimes")
    assert wrong.returncode == 2 and "auto|always|never" in wrong.stderr and wrong.stderr.count("\n") == 1


def test_numbers_of_a_column_end_below_one_another(program: Program, folder: Path) -> None:
    rows = run(program, folder, *CASES["metrics"].words).stdout.split("\n\n")[1].splitlines()
    ends = {re.match(r".*? {2,}(value|-?[\d.]+|-)(?=  |$)", row).end() for row in rows}
    assert len(ends) == 1 and len({row.find(row[max(ends) + 2:]) for row in rows if row[max(ends) + 2:]}) == 1, rows


@pytest.mark.parametrize("name", ["plan", "plan_options", "plan_detail", "bundle_info", "doctor", "inspect_clip", "compare",
                                  "help", "animate_help", "motion_info", "report", "inspect_picture"])
def test_a_narrow_terminal(program: Program, folder: Path, name: str) -> None:
    shown = run(program, folder, *CASES[name].words, COLUMNS="50").stdout
    examples = ("Example: ", "Start here: ", "Without files")  # to be copied, so in one line
    wide = [line for line in shown.splitlines() if len(line) > 50 and not line.startswith(examples)]
    assert all(len(line.split()[0]) > 40 for line in wide), wide  # a word


def test_a_locale_without_utf8_gets_ascii(program: Program, folder: Path) -> None:
    for name in ("doctor", "bundle_info", "plan"):
        outcome = run(program, folder, *CASES[name].words, LC_ALL="C", LANG="C")
        assert outcome.stdout.isascii() and outcome.returncode == 0


def test_verbose_prints_every_value_of_the_plan(program: Program, folder: Path) -> None:
    for words in ([*ANIMATE, "--dry-run"], [*DETAIL, "--dry-run"]):
        plan = json.loads(run(program, folder, *words, "--json").stdout)
        shown = run(program, folder, *words, "--verbose").stdout
        for key in plan:
            assert key == "warnings" or f"\n{key}: " in "\n" + shown or f"\n{key}:\n" in "\n" + shown, key


def test_the_plan_tells_the_time_after_a_first_run(program: Program, folder: Path) -> None:
    shown = run(program, folder, *ANIMATE, "--dry-run", XDG_CACHE_HOME=str(folder / "other")).stdout
    assert re.search(r"10 network calls, about [\d.]+ (s|min)", shown), shown


def test_a_long_help_is_a_selection_and_names_the_rest(program: Program) -> None:
    for command in ("animate", "batch"):
        short, long = program.ok(command, "--help").out, program.ok(command, "--help-all").out
        assert f"hyportrait {command} --help-all" in short and "--help-all" in long
        every = {flag for words in json.loads(program.ok("completion", "json").out) if words["command"] == command
                 for option in words["options"] for flag in option["flags"]}
        assert all(re.search(rf"(?m)^  .*{flag}\b", long) for flag in every if flag != "-h")
        assert 10 <= len(re.findall(r"(?m)^  -", short)) <= 16 < len(re.findall(r"(?m)^  -", long))


def test_the_log_has_the_same_colours(program: Program, folder: Path) -> None:
    words = [*CASES["end_warning"].words, "--log-level", "info"]
    assert "\x1b[33mwarning\x1b[0m: " in run(program, folder, *words, "--color", "always").stderr.split("wrote")[0]
    plain = run(program, folder, *words).stderr.split("wrote")[0]
    assert "\nwarning: " in "\n" + plain and "\x1b" not in plain


def test_names_bring_no_colours_of_their_own(program: Program, folder: Path) -> None:
    name = "\x1b[31mred.png"
    shutil.copy(folder / "portrait.png", folder / name)
    outcome = run(program, folder, "inspect", name, "--bundle", "demo", "--color", "always")
    assert outcome.returncode == 0 and "\\x1b[31mred.png" in outcome.stdout
    failed = run(program, folder, "animate", "--ref", "\x1b[31mno.png", "--drive", "clip.mp4", "--color", "always")
    assert failed.stderr.startswith("\x1b[31merror:\x1b[0m ") and "\\x1b[31mno.png" in failed.stderr
