# SPDX-License-Identifier: Apache-2.0
"""A batch as a job array on a real Slurm: its daemons on this machine, started here (scripts/test --full)."""

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from conftest import ROOT, Program, picture_hashes
from test_batch import sidecar, write_jobs

TASKS, JOBS = 4, 12


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def configuration(folder: Path) -> str:
    node = socket.gethostname().split(".")[0]
    return f"""
ClusterName=test
SlurmctldHost={node}(127.0.0.1)
SlurmctldPort={free_port()}
SlurmdPort={free_port()}
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket,cred_expire=5
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
ReturnToService=2
KillWait=5
JobRequeue=1
SchedulerParameters=sched_interval=2,sched_min_interval=0
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SlurmdParameters=config_overrides
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
NodeName={node} NodeAddr=127.0.0.1 CPUs={TASKS} State=UNKNOWN
PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP
"""


def wait_for(what: str, ready: Callable[[], bool], seconds: float, folder: Path) -> None:
    end = time.monotonic() + seconds
    while not ready():
        logs = "".join(f"--- {path.name}\n{path.read_text()[-3000:]}" for path in folder.glob("*.log"))
        assert time.monotonic() < end, f"{what}: not within {seconds} s\n{logs}"
        time.sleep(0.2)


@pytest.fixture
def slurm(tmp_path: Path) -> Iterator[Callable[..., str]]:
    """Runs a Slurm command on a cluster of this machine; the daemons end with the test."""
    if not os.environ.get("HYPORTRAIT_FULL"):
        pytest.skip("SKIPPED: starts Slurm's daemons; scripts/test --full does")
    daemons = [shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin") for name in ("munged", "slurmctld", "slurmd")]
    if os.geteuid() != 0 or None in daemons:
        pytest.skip("SKIPPED: needs root and the packages slurm-wlm and munge")
    folder = tmp_path / "slurm"
    for name in ("state", "spool"):
        (folder / name).mkdir(parents=True)
    key = folder / "munge.key"
    key.write_bytes(os.urandom(1024))
    key.chmod(0o600)
    (folder / "slurm.conf").write_text(configuration(folder))
    environment = {**os.environ, "SLURM_CONF": str(folder / "slurm.conf"),
                   "PATH": f"{Program.path.parent}:{os.environ['PATH']}"}
    munged, slurmctld, slurmd = daemons
    commands = [[munged, "--foreground", "--force", f"--key-file={key}", f"--socket={folder}/munge.socket",
                 f"--pid-file={folder}/munged.pid", f"--seed-file={folder}/munged.seed",
                 f"--log-file={folder}/munged.log"], [slurmctld, "-D"], [slurmd, "-D"]]

    def run(*command: object) -> str:
        done = subprocess.run([str(word) for word in command], capture_output=True, text=True, env=environment,
                              cwd=tmp_path, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def idle() -> bool:
        return subprocess.run(["sinfo", "-h", "-o", "%T"], capture_output=True, text=True, env=environment,
                              check=False).stdout.strip() == "idle"

    running = []
    try:
        for command in commands:
            running.append(subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL,
                                            stderr=subprocess.DEVNULL))
            if command[0] == munged:
                wait_for("munged", (folder / "munge.socket").exists, 20, folder)
        wait_for("an idle node", idle, 60, folder)
        yield run
    finally:
        for process in reversed(running):
            process.terminate()
            process.wait(timeout=30)


def process_of_task(task: int) -> int:
    """The program's process in a task of the array."""
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "cmdline").read_bytes().split(b"\0")
            environment = (folder / "environ").read_bytes().split(b"\0")
        except OSError:
            continue  # it has just ended
        if words[0].endswith(b"hyportrait") and f"SLURM_ARRAY_TASK_ID={task}".encode() in environment:
            return int(folder.name)
    return 0


def test_a_job_array_with_a_task_killed_and_requeued(program: Program, tiny: Path, samples: Path, tmp_path: Path,
                                                     slurm: Callable[..., str]) -> None:
    jobs = write_jobs(tmp_path / "jobs.jsonl", [
        {"ref": samples / "portrait.png", "drive": samples / "clip.mp4", "seed": seed, "output": f"{seed}.mp4"}
        for seed in range(JOBS)])
    options = ["--bundle", tiny, "--steps", "12", "--save-interval", "0"]
    out = tmp_path / "out"
    array = slurm("sbatch", "--parsable", f"--array=0-{TASKS - 1}", "--chdir", tmp_path, ROOT / "scripts" /
                  "slurm_batch.sh", jobs, out, *options)
    folder = tmp_path / "slurm"
    wait_for("a state of task 1", (out / f"{1}.mp4.state").exists, 120, folder)
    os.kill(process_of_task(1), signal.SIGKILL)
    wait_for("the end of the killed task", lambda: "FAILED" in slurm("scontrol", "show", "job", f"{array}_1"), 60, folder)
    slurm("scontrol", "requeue", f"{array}_1")
    wait_for("the end of the array", lambda: slurm("squeue", "-h") == "", 600, folder)

    whole = tmp_path / "whole"
    program.ok("batch", jobs, "--out-dir", whole, *options)
    for seed in range(JOBS):
        assert picture_hashes(out / f"{seed}.mp4") == picture_hashes(whole / f"{seed}.mp4"), seed
    assert sidecar(out / "1.mp4")["resumed_at_step"] is not None
    assert sorted(path.name for path in out.iterdir()) == sorted(path.name for path in whole.iterdir())
    logs = {path.name: path.read_text() for path in tmp_path.glob("slurm-*.out")}
    assert len(logs) == TASKS and all("job 3 of 3" in text or "job 2 of 3" in text for text in logs.values()), logs
