# SPDX-License-Identifier: Apache-2.0
"""Lists of a batch, and sidecars that stand beside its outputs."""

import json
from pathlib import Path

from odd.row import DONE, FAILED, USAGE, Make, Row, every, written

BATCH = ("batch", "jobs.jsonl", "--bundle", "{tiny}", "--out-dir", "out", "--steps", 1, "--max-frames", 2, "--size", 64, "--padding", 0)
JOB = '{"ref": "portrait.png", "drive": "clip.mp4"}\n'
NAME = "portrait_clip.mp4"
DONE_FILES = ("out", f"out/{NAME}", f"out/{NAME}.json")
BAD = {
    "an empty list": ("", "holds no job"), "only blank lines": ("\n \n\r\n", "holds no job"),
    "a list of JSON": (f"[{JOB.strip()}]", "jobs.jsonl:1: expected a JSON object"),
    "a broken second line": (JOB + '{"ref": }', "jobs.jsonl:2"), "a second line that is no object": (JOB + "3", "jobs.jsonl:2: expected"),
    "one JSON over two lines": ('{"ref": "portrait.png",\n "drive": "clip.mp4"}', "jobs.jsonl:1"),
    "an unknown key": ('{"ref": "a", "drve": "b"}', "jobs.jsonl:1: unknown key 'drve'; did you mean 'drive'"),
    "a key twice": ('{"ref": "a", "ref": "b", "drive": "c"}', "jobs.jsonl:1: holds the key 'ref' twice"),
    "a job without a clip": ('{"ref": "portrait.png"}', "jobs.jsonl:1: .*--drive"),
    "an output outside": ('{"ref": "a", "drive": "b", "output": "../x.mp4"}', "inside --out-dir"),
    "an absolute output": ('{"ref": "a", "drive": "b", "output": "/tmp/x.mp4"}', "inside --out-dir"),
    "an output that climbs": ('{"ref": "a", "drive": "b", "output": "a/../../x.mp4"}', "inside --out-dir"),
    "an output that is a number": ('{"ref": "a", "drive": "b", "output": 3}', "inside --out-dir"),
    "an empty output": ('{"ref": "a", "drive": "b", "output": ""}', "inside --out-dir"),
    "an output with a NUL": ('{"ref": "a", "drive": "b", "output": "a\\u0000.mp4"}', "inside --out-dir"),
    "an output that is a folder": ('{"ref": "a", "drive": "b", "output": "x/"}', "inside --out-dir"),
    "an output of another kind": ('{"ref": "a", "drive": "b", "output": "x.avi"}', "use .mp4"),
    "the same output twice": (JOB + JOB, "jobs.jsonl:1 and jobs.jsonl:2 have the same output"),
    "the same output by another way": ('{"ref": "a", "drive": "b", "output": "x.mp4"}\n{"ref": "a", "drive": "b", "output": "y/../x.mp4"}',
                                       "have the same output"),
    "a number beyond its range": ('{"ref": "a", "drive": "b", "steps": 1e9}', "'steps': expected an integer"),
    "bytes": ("\x00\x01\x02", "jobs.jsonl:1"),
}
OPTIONS = {
    "a shard that is not there": (("--shard", "2/2"), "does not exist"), "a shard of nothing": (("--shard", "0/0"), "expected an integer from 1"),
    "a shard of a fraction": (("--shard", "0.5/2"), "integer"), "a shard without a slash": (("--shard", "3"), "I/N"),
    "auto outside of Slurm": (("--shard", "auto"), "SLURM_ARRAY_TASK_ID is not set"), "a negative retry": (("--retry", "-1"), "from 0 to 100"),
    "an endless retry": (("--retry", "101"), "from 0 to 100"), "an output for all": (("-o", "x.mp4"), "unknown argument '-o'"),
    "no list": (("--refs", "*.png"), "needs a jobs file"),
}
SIDECARS = {
    "an empty one": b"", "zeros": b"\0" * 99, "a list": b"[]", "another program's": b'{"a": 1}',
    "cut off": b'{"format": 1, "status": "done", "plan_ha', "a key twice": b'{"format": 1, "format": 1, "status": "done"}',
    "of no status": b'{"format": 1, "status": "half", "plan_hash": "", "hyportrait": ""}',
    "with an endless number": b'{"format": 1, "status": "done", "plan_hash": "", "hyportrait": "", "unet_calls": 1e999}',
    "deep": b'{"format":' + b"[" * 5000 + b"]" * 5000 + b"}",
}


def listed(text: str) -> Make:
    return written("jobs.jsonl", text)


def beside(content: bytes) -> Make:
    """A foreign output with this sidecar."""
    return every(listed(JOB), written(f"out/{NAME}", "precious"), written(f"out/{NAME}.json", content))


def folder_as_sidecar(folder: Path) -> None:
    listed(JOB)(folder)
    (folder / "out" / f"{NAME}.json").mkdir(parents=True)


FACTS = {"format": 1, "status": "done", "plan_hash": "0", "hyportrait": "0.1.0", "finished": "2026-01-01T00:00:00Z"}

ROWS = [
    *(Row(name, BATCH, USAGE, says, listed(text)) for name, (text, says) in BAD.items()),
    *(Row(name, (*BATCH, *more) if name != "no list" else ("batch", "--out-dir", "out", *more), USAGE, says, listed(JOB))
      for name, (more, says) in OPTIONS.items()),
    *(Row(f"a sidecar, {name}", BATCH, FAILED, "name is taken|sidecar", beside(content)) for name, content in SIDECARS.items()),
    Row("a folder as the sidecar", BATCH, FAILED, "name is taken|sidecar|folder", folder_as_sidecar),
    Row("one job as JSON", (*BATCH, "--json"), DONE, '"done"', listed(JOB), DONE_FILES),
    Row("line ends of Windows, no last one", BATCH, DONE, "done", listed("\r\n" + JOB.strip() + "\r\n\r"), DONE_FILES),
    Row("a dry run", (*BATCH, "--dry-run"), DONE, "new", listed(JOB)),
    Row("a list of nowhere", BATCH, USAGE, "jobs.jsonl: .*(cannot be read|no such file)"),
    Row("from standard input", ("batch", "-", *BATCH[2:]), DONE, "done", None, DONE_FILES, stdin=JOB.encode()),
    Row("an empty standard input", ("batch", "-", *BATCH[2:]), USAGE, "holds no job"),
    Row("a portrait that is missing", BATCH, FAILED, "1 of 2 jobs failed", listed(JOB + '{"ref": "no.png", "drive": "clip.mp4"}'),
        (*DONE_FILES, "out/no_clip.mp4.json")),
    Row("one that fails alone", BATCH, FAILED, "1 of 1 job failed", listed('{"ref": "no.png", "drive": "clip.mp4"}'),
        ("out", "out/no_clip.mp4.json")),
    Row("a pattern without files", ("batch", "--refs", "no*.png", "--drives", "clip.mp4", "--out-dir", "out"), USAGE, "matches no file"),
    Row("a name with brackets", ("batch", "--refs", "[1].png", "--drives", "clip.mp4", "--bundle", "{tiny}", "--out-dir", "out", "--dry-run"),
        USAGE, r"\[1\].png: matches no file"),
    Row("out-dir is a file", (*BATCH[:5], "portrait.png", *BATCH[6:]), FAILED, "portrait.png", listed(JOB)),
    Row("report of a done output that is gone", ("report", "."), FAILED, "missing", written("a.mp4.json", json.dumps(FACTS))),
    Row("report of a name with a control character", ("report", "."), FAILED, r"a\\nb\\x1b\[31m\.mp4",
        written("a\nb\x1b[31m.mp4.json", json.dumps(FACTS))),
]
