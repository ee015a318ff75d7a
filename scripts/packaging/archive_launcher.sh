#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The command of the unpacked archive: finds LibTorch 2.11.0 and becomes the program. It is sought in $LIBTORCH_ROOT, in a
# folder libtorch here or beside this one, and in the torch that python3 has.
set -eu
here=$(CDPATH='' cd -- "$(dirname -- "$(readlink -f -- "$0")")" && pwd)
version=2.11.0

is_ours() { # is_ours FOLDER: whether a LibTorch of our version lies there
  [ -e "$1/lib/libtorch_cpu.so" ] || return 1
  if [ -r "$1/build-version" ]; then found=$(cat "$1/build-version")
  elif [ -r "$1/version.py" ]; then found=$(sed -n "s/^__version__ = '\(.*\)'/\1/p" "$1/version.py")
  else return 0
  fi
  case $found in
    "$version" | "$version"+*) return 0 ;;
    *) other="LibTorch $found is in $1"; return 1 ;;
  esac
}

other="none was found"
for folder in "${LIBTORCH_ROOT:-}" "$here/libtorch" "$here/../libtorch" \
  "$(python3 -c 'import importlib.util as u; print(u.find_spec("torch").submodule_search_locations[0])' 2>/dev/null || true)"; do
  if [ -n "$folder" ] && is_ours "$folder"; then
    LD_LIBRARY_PATH=$folder/lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
    export LD_LIBRARY_PATH
    exec "$here/bin/hyportrait" "$@"
  fi
done
case ${1:-} in
  "" | -h | --help | --version | help | completion) exec "$here/bin/hyportrait" "$@" ;; # need none
esac
echo "error: hyportrait needs LibTorch $version, and $other: unpack it into $here/libtorch, set LIBTORCH_ROOT, or pip install torch==$version" >&2
exit 1
