# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Sourced by quickstart and test: installs what is missing, builds, and says what it does before it does it.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root" || exit 1

# shellcheck disable=SC2034 # used by those who source this file
apt_packages=(g++ cmake ninja-build pkg-config ccache python3 python3-venv ffmpeg
  libopencv-dev libavcodec-dev libavfilter-dev libavformat-dev libavutil-dev libswscale-dev libheif-dev liblcms2-dev libjpeg62-turbo-dev libpng-dev
  libtiff-dev libwebp-dev
  libspdlog-dev libcli11-dev nlohmann-json3-dev libgtest-dev libssl-dev)
# shellcheck disable=SC2034 # what the unpacked package needs on Debian 12, beside LibTorch
runtime_packages=(libavcodec59 libavfilter8 libavformat59 libavutil57 libswscale6
  libopencv-core406 libopencv-imgproc406 libopencv-imgcodecs406 libopencv-video406 libheif1 liblcms2-2 libjpeg62-turbo libpng16-16 libtiff6 libwebp7 libspdlog1.10 libssl3 libgomp1)

say() { printf '== %s\n' "$*" >&2; }
die() { printf 'error: %s\n' "$*" >&2; exit 1; }

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"
  elif command -v sudo >/dev/null; then sudo "$@"
  else die "needs root or sudo to run: $*"
  fi
}

missing_packages() { # prints those of its arguments that are not installed
  local package
  for package in "$@"; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || printf '%s\n' "$package"
  done
}

install_packages() {
  command -v apt-get >/dev/null ||
    die "no apt-get here: install the equivalents of: $* (docs/architecture.md, Building)"
  local missing
  mapfile -t missing < <(missing_packages "$@")
  [ "${#missing[@]}" -gt 0 ] || return 0
  local begin=$SECONDS
  say "installing Debian packages: ${missing[*]}"
  as_root apt-get update -q >&2 || die "apt-get update failed; is there a network?"
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${missing[@]}" >&2 ||
    die "could not install: ${missing[*]}"
  say "installed in $((SECONDS - begin)) s"
}

install_requirements() { # install_requirements NAME WHAT: the pinned scripts/NAME.txt into .venv; a stamp makes later runs instant
  local file=scripts/$1.txt stamp=.venv/.hyportrait-$1
  if [ -x .venv/bin/python ] && cmp -s "$file" "$stamp"; then return 0; fi
  local begin=$SECONDS
  say "installing Python packages in .venv: $2"
  [ -x .venv/bin/python ] || python3 -m venv .venv || die "python3 -m venv failed: install python3-venv"
  .venv/bin/python -m pip install -q --disable-pip-version-check -r "$file" >&2 || die "pip could not install $file"
  cp "$file" "$stamp"
  say "installed in $((SECONDS - begin)) s"
}

install_python() { # what the scripts run with
  install_requirements requirements "torch 2.11.0 (531 MB to fetch, 4.7 GB on disk) and the export tools"
}

install_python_dev() { # what only scripts/lint and scripts/test need
  install_requirements requirements-dev "ruff, mypy and pytest-xdist"
}

progress_line() { # standard input into the file FILE; on a terminal ninja's [57/148] on one line, as it counts
  local line
  while IFS= read -r line; do
    printf '%s\n' "$line"
    if [ -t 2 ] && [[ $line =~ ^\[[0-9]+/[0-9]+\] ]]; then printf '\r   %s ' "${BASH_REMATCH[0]}" >&2; fi
  done >"$1"
  if [ -t 2 ]; then printf '\r\033[K' >&2; fi
}

build() { # build PRESET [CMAKE OPTION ...]
  local preset=$1 begin=$SECONDS; shift
  say "building ($preset) in build/$preset"
  mkdir -p "build/$preset"
  cmake --preset "$preset" "$@" >"build/$preset/configure.log" 2>&1 ||
    { tail -n 20 "build/$preset/configure.log" >&2; die "configuring failed: build/$preset/configure.log"; }
  cmake --build --preset "$preset" 2>&1 | progress_line "build/$preset/build.log" ||
    { grep -E 'error|FAILED' -A 5 "build/$preset/build.log" | head -n 40 >&2; die "building failed: build/$preset/build.log"; }
  say "built ($preset) in $((SECONDS - begin)) s"
}
