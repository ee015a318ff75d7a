# SPDX-License-Identifier: Apache-2.0
"""Config files and sidecars given as config files."""

import json
from pathlib import Path

from odd.row import DONE, OUTPUT, USAGE, Make, Row, copied, every, plan, run, written

CONFIG = ("animate", "--bundle", "{tiny}", "--config", "job.json", "--dry-run", "--verbose")
BOTH = '"ref": "portrait.png", "drive": "clip.mp4", "output": "out.mp4"'
BAD = {
    "an empty file": (b"", "not valid JSON near line 1"),
    "blanks": (b" \n\n", "not valid JSON near line 3"),
    "no JSON": (b"steps = 3\n", "not valid JSON near line 1"),
    "a list": (b"[1, 2]", "expected a JSON object, found array"),
    "a number": (b"3", "expected a JSON object, found number"),
    "null": (b"null", "expected a JSON object, found null"),
    "a text": (b'"ref"', "expected a JSON object, found string"),
    "cut off": (b'{"ref": "portr', "not valid JSON near line 1"),
    "cut off in line 3": (b'{"ref": "a",\n "drive": "b",\n "steps": ', "not valid JSON near line 3"),
    "a comma too many": (b'{"steps": 3,}', "not valid JSON"),
    "a comment": (b'{"steps": 3 // three\n}', "not valid JSON"),
    "single quotes": (b"{'steps': 3}", "not valid JSON"),
    "two objects": (b'{"steps": 3}{"steps": 4}', "not valid JSON"),
    "NaN": (b'{"guidance": NaN}', "not valid JSON"),
    "an infinite number": (b'{"guidance": 1e999}', "a number that is too large"),
    "zeros in front": (b'{"steps": 007}', "not valid JSON"),
    "bytes that are no UTF-8": (b'{"ref": "caf\xe9.png"}', "not valid JSON|UTF-8"),
    "NUL bytes": (b"\0" * 300, "not valid JSON"),
    "a picture": (b"\x89PNG\r\n\x1a\n" + b"\0" * 40, "not valid JSON"),
    "nested a thousand deep": (b'{"ref":' * 1000 + b"1" + b"}" * 1000, "nested deeper than 64 levels"),
    "a key twice": (b'{"steps": 3, "steps": 4}', "the key 'steps' twice in one object"),
    "a key twice, deep": (b'{"ref": {"a": [{"b": 1, "b": 1}]}}', "the key 'b' twice in one object"),
    "an unknown key": (b'{"overlp": 3}', "unknown key 'overlp'; did you mean 'overlap'"),
    "a key of the command line": (b'{"--steps": 3}', "unknown key '--steps'"),
    "a key with a control character": (b'{"st\\u001beps": 3}', r"unknown key 'st\\x1beps'"),
    "an endless key": (b'{"' + b"k" * 100_000 + b'": 3}', "unknown key 'kkkk"),
    "config in config": (b'{"config": "other.json"}', "unknown key 'config'"),
    "a flag as a number": (b'{"crop-only": 1}', "'crop-only': expected true or false, found 1"),
    "a flag as text": (b'{"crop-only": "yes"}', "'crop-only': expected true or false"),
    "an integer as text": (b'{"steps": "3"}', "'steps': expected an integer"),
    "an integer with a fraction": (b'{"steps": 3.0}', "'steps': expected an integer, found 3.0"),
    "an integer as an exponent": (b'{"steps": 1e2}', "'steps': expected an integer"),
    "an integer beyond 64 bits": (b'{"seed": 18446744073709551616}', "'seed': expected an integer"),
    "an integer beyond 63 bits": (b'{"seed": 9223372036854775808}', "'seed': expected an integer from 0"),
    "an integer below its range": (b'{"steps": 0}', "'steps': expected an integer from 1 to 1000, found 0"),
    "minus zero steps": (b'{"steps": -0}', "'steps': expected an integer"),
    "null for a value": (b'{"steps": null}', "'steps': expected an integer, found null"),
    "null for a path": (b'{"ref": null}', "'ref': expected text, found null"),
    "a list for a path": (b'{"ref": ["a"]}', "'ref': expected text, found"),
    "an object for a box": (b'{"ref-box": {"x": 1}}', "'ref-box': expected text"),
    "an empty path": (b'{"ref": ""}', "'ref': expected a path"),
    "a path with a NUL": (b'{"ref": "a\\u0000b"}', "'ref': expected a path"),
    "an endless value": (b'{"dtype": "' + b"f" * 100_000 + b'"}', r"'dtype': expected auto\|fp32\|fp16\|bf16, found \"fff"),
    "a choice out of range": (b'{"no-face": "wait"}', r"'no-face': expected hold\|interpolate\|skip\|error"),
    "no inputs": (b"{}", "--ref FILE"),
    "17 MB": (b" " * (17 << 20) + b"{}", "16"),
}
GOOD = {
    "fractions in a box": ('{%s, "ref-box": "60.5,60,70.25,80"}', '"?ref-box"?: "?60.5,60,70.25,80'),
    "underscores": ('{%s, "crop_only": true, "decode_chunk": 2}', "crop-only: true"),
    "a number for a text": ('{%s, "guidance": 1.5}', r"appearance_guidance: \[1.5,1.5\]"),
    "guidance as text": ('{%s, "guidance": "1:2"}', r"motion_guidance: \[1.0,2.0\]"),
    "a byte order mark": ("\ufeff{%s}", "unet_calls"),
    "line ends of Windows": ("{%s,\r\n\"steps\": 3\r\n}", "steps: 3"),
    "escaped names": ('{"ref": "\\u0070ortrait.png", "drive": "clip.mp4", "output": "out.mp4"}', "unet_calls"),
}


def settings(change: dict) -> str:
    """A sidecar as far as --config reads it."""
    sidecar = {"format": 1, "status": "done", "plan_hash": "0", "hyportrait": "0.1.0",
               "plan": {"bundle": {"folder": "BUNDLE"}, "options": {"ref": "portrait.png", "drive": "clip.mp4", "steps": 3}}}
    return json.dumps({**sidecar, **change})


def sidecar_of_a_run(folder: Path) -> None:
    """As a run with --overwrite and --frames-dir leaves it."""
    options = {"ref": str(folder / "portrait.png"), "drive": str(folder / "clip.mp4"), "output": str(folder / "out.mp4"),
               "steps": 1, "max-frames": 2, "size": 64, "padding": 0, "overwrite": True, "frames-dir": str(folder / "frames")}
    plan_ = {"bundle": {"folder": "elsewhere"}, "options": options}
    (folder / "made.mp4.json").write_text(settings({"plan": plan_}))


def linked(folder: Path) -> None:
    (folder / "real.json").write_text(f"{{{BOTH}}}")
    (folder / "job.json").symlink_to("real.json")


def looped(folder: Path) -> None:
    (folder / "job.json").symlink_to("job.json")


def in_a_folder(folder: Path) -> None:
    (folder / "deep").mkdir()
    (folder / "deep" / "job.json").write_text('{"ref": "../portrait.png", "drive": "../clip.mp4", "output": "../out.mp4"}')


def folder_named(name: str) -> Make:
    return lambda folder: (folder / name).mkdir()


ROWS = [
    *(Row(name, CONFIG, USAGE, says, written("job.json", content)) for name, (content, says) in BAD.items()),
    *(Row(name, CONFIG, DONE, says, written("job.json", text % BOTH if "%s" in text else text))
      for name, (text, says) in GOOD.items()),
    Row("none", CONFIG, USAGE, "job.json: .*(cannot be read|no such file)"),
    Row("a folder", CONFIG, USAGE, "job.json", folder_named("job.json")),
    Row("a link", CONFIG, DONE, "unet_calls", linked),
    Row("a link to itself", CONFIG, USAGE, "job.json", looped),
    Row("paths from the file's folder", (*CONFIG[:4], "deep/job.json", "--dry-run", "--verbose"), DONE, "unet_calls", in_a_folder),
    Row("flags win", plan("--config", "job.json", "--steps", "4"), DONE, "steps: 4", written("job.json", '{"steps": 9}')),
    Row("two configs, the last wins", plan("--config", "no.json", "--config", "job.json"), DONE, "steps: 9",
        written("job.json", '{"steps": 9}')),
    Row("/dev/null", plan("--config", "/dev/null"), USAGE, "/dev/null"),
    Row("a mistake shown as JSON", (*CONFIG, "--json"), USAGE, '"exit_code": 2', written("job.json", '{"steps": 0}')),
    Row("a failed run's sidecar", CONFIG, USAGE, "not the sidecar of a finished run",
        written("job.json", settings({"status": "failed", "plan": {"ref": "a"}}))),
    Row("a sidecar whose options are a list", CONFIG, USAGE, "not the sidecar of a finished run|expected a JSON object",
        written("job.json", settings({"plan": {"bundle": {"folder": "b"}, "options": [1]}}))),
    Row("a sidecar with an unknown option", CONFIG, USAGE, "unknown key 'stepps'",
        written("job.json", settings({"plan": {"bundle": {"folder": "b"}, "options": {"stepps": 1}}}))),
    Row("a sidecar with a number for a bundle", CONFIG, USAGE, "'bundle'",
        written("job.json", settings({"plan": {"bundle": {"folder": [1]}, "options": {}}}))),
    Row("a sidecar makes the result again", ("animate", "--config", "made.mp4.json", "--bundle", "{tiny}"), DONE, r"2 frames",
        sidecar_of_a_run, OUTPUT),
    Row("a sidecar replaces nothing", ("animate", "--config", "made.mp4.json", "--bundle", "{tiny}"), USAGE,
        "out.mp4: exists already", every(sidecar_of_a_run, copied("clip.mp4", "out.mp4"))),
    Row("a sidecar into another file", ("animate", "--config", "made.mp4.json", "--bundle", "{tiny}", "-o", "again.mp4"), DONE,
        r"2 frames", sidecar_of_a_run, ("again.mp4", "again.mp4.json")),
    Row("a config that names the output", run("--config", "job.json"), DONE, "2 frames", written("job.json", '{"output": "x.mp4"}'),
        OUTPUT),
]
