# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154 # what scripts/setup.sh and scripts/packaging/deps.sh set
# Sourced by scripts/package: the program without Python, from the build of the wheel, into dist/.

package_archive() { # package_archive VARIANT
  local tree=build/wheel-$1 work version name
  [ -e "$tree/cmake_install.cmake" ] || die "there is no build to pack: run scripts/package wheel first"
  version=$(sed -n 's/^CMAKE_PROJECT_VERSION:STATIC=//p' "$tree/CMakeCache.txt")
  name=hyportrait-$version-linux-x86_64$([ "$1" = default ] || echo -gpl)
  work=$(mktemp -d)
  cmake --install "$tree" --prefix "$work/$name" --component runtime --strip >"$tree/archive.log" ||
    die "the build could not be installed: $tree/archive.log"
  mv "$work/$name/share/hyportrait/models" "$work/models"
  install -m 755 scripts/packaging/archive_launcher.sh "$work/$name/hyportrait"
  cp LICENSE README.md CHANGELOG.md "$work/$name/"
  mkdir -p dist
  tar -C "$work" --sort=name --owner=0 --group=0 --numeric-owner -czf "dist/$name.tar.gz" "$name"
  mkdir -p "$work/$name/share/hyportrait"
  mv "$work/models" "$work/$name/share/hyportrait/models"
  tar -C "$work" --sort=name --owner=0 --group=0 --numeric-owner -czf "dist/$name-demo.tar.gz" "$name/share/hyportrait/models"
  rm -rf "$work"
  say "dist/$name.tar.gz: $(du -h --apparent-size "dist/$name.tar.gz" | cut -f 1); the demo bundle beside it: $(du -h --apparent-size "dist/$name-demo.tar.gz" | cut -f 1)"
}
