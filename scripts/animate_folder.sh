#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# One portrait with every clip of a folder, on each GPU of this machine at once (docs/batch.md):
#
#   scripts/animate_folder.sh face.png clips results [options of hyportrait batch]
#
# Run it again after an interruption: what is done is skipped.
set -euo pipefail

if [ $# -lt 3 ]; then
  echo "usage: scripts/animate_folder.sh PORTRAIT CLIPS_DIR OUT_DIR [options of hyportrait batch]" >&2
  exit 2
fi
portrait=$1 clips=$2 out_dir=$3
shift 3
program=$(dirname "$0")/../build/release/bin/hyportrait
[ -x "$program" ] || program=hyportrait

shopt -s nullglob nocaseglob
files=("$clips"/*.{mp4,mov,mkv,webm,gif})
if [ ${#files[@]} = 0 ]; then
  echo "$clips: holds no clip (mp4, mov, mkv, webm, gif)" >&2
  exit 2
fi

gpus=$(nvidia-smi --list-gpus 2>/dev/null | grep -c '^GPU' || true)
workers=()
for ((gpu = 0; gpu < gpus; ++gpu)); do
  "$program" batch --refs "$portrait" --drives "${files[@]}" --out-dir "$out_dir" --shard "$gpu/$gpus" \
    --device "cuda:$gpu" "$@" &
  workers+=($!)
done
if [ "$gpus" = 0 ]; then
  "$program" batch --refs "$portrait" --drives "${files[@]}" --out-dir "$out_dir" "$@" &
  workers+=($!)
fi
trap 'signalled=1; kill -TERM "${workers[@]}" 2>/dev/null || true' INT TERM
code=0
for worker in "${workers[@]}"; do
  signalled=1
  while [ "$signalled" = 1 ]; do # a wait also ends when a signal comes
    signalled=0 one=0
    wait "$worker" || one=$?
  done
  [ "$one" = 0 ] || code=$one
done
"$program" report "$out_dir"
exit "$code"
