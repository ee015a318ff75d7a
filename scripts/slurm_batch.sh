#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# A Slurm job array over a jobs file in a folder that all nodes see (docs/batch.md):
#
#   sbatch --array=0-3 scripts/slurm_batch.sh jobs.jsonl results [options of hyportrait batch]
#
# Each task takes its share of the jobs. One that reaches its time limit or is preempted saves its state and is queued
# again; it then skips what is done and goes on. To submit some tasks of an array anew, say how many there are in all:
#
#   sbatch --array=2 scripts/slurm_batch.sh jobs.jsonl results --shard auto/4
#
#SBATCH --job-name=hyportrait
#SBATCH --requeue
#SBATCH --open-mode=append
#SBATCH --signal=B:TERM@120
set -euo pipefail

if [ $# -lt 2 ]; then
  echo "usage: sbatch --array=0-N scripts/slurm_batch.sh JOBS OUT_DIR [options of hyportrait batch]" >&2
  exit 2
fi
jobs=$1 out_dir=$2
shift 2
case " $* " in
  *" --shard "*) ;;
  *) set -- "$@" --shard auto ;;
esac
# Slurm runs a copy of this file, so the program is looked for from where the array was submitted.
program=${SLURM_SUBMIT_DIR:-.}/build/release/bin/hyportrait
[ -x "$program" ] || program=hyportrait

"$program" batch "$jobs" --out-dir "$out_dir" "$@" &
child=$!
trap 'signalled=1; kill -TERM "$child" 2>/dev/null || true' TERM
signalled=1
while [ "$signalled" = 1 ]; do # a wait also ends when the signal comes
  signalled=0 code=0
  wait "$child" || code=$?
done
if [ "$code" = 130 ] && [ -n "${SLURM_JOB_ID:-}" ]; then
  scontrol requeue "$SLURM_JOB_ID"
fi
exit "$code"
