# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154 # what scripts/setup.sh and scripts/packaging/deps.sh set
# Sourced by scripts/package: the slim media libraries, static, in ~/.cache/hyportrait/deps/VARIANT. A library whose recipe,
# archive or Debian revision is as it was is not built again; those after it in the list are, where it is. Nothing is fetched
# that is there: delete ~/.cache/hyportrait/deps/sources for Debian's newer revisions.
#   default  no code under the GPL: H.264 by openh264
#   gpl      also x264 and x265: what links it is under the GPL

# shellcheck source=scripts/packaging/fetch.sh
source scripts/packaging/fetch.sh
# shellcheck source=scripts/packaging/recipes.sh
source scripts/packaging/recipes.sh

cache=${XDG_CACHE_HOME:-$HOME/.cache}/hyportrait/deps
sources=$cache/sources
pins=$root/scripts/packaging/sources.tsv
nowhere=/hyportrait-deps
header_packages=(libssl-dev nlohmann-json3-dev libcli11-dev) # linked from Debian's own: static, or headers only
build_packages=("${header_packages[@]}" g++ cmake ninja-build make pkg-config dpkg-dev meson nasm ccache)

# In the order of what needs what.
libraries_of() { # libraries_of VARIANT
  printf '%s\n' zlib libjpeg-turbo libpng1.6 libwebp tiff lcms2 opus dav1d openh264 svt-av1 libvpx libde265 libheif fmtlib spdlog
  [ "$1" = default ] || printf '%s\n' x264 x265
  printf '%s\n' ffmpeg opencv
}

# Headers, no code: NVIDIA's, for an encoder that comes with its driver.
fetch_nvenc_headers() {
  (cd "$sources" && rm -f libffmpeg-nvenc-dev_*.deb && apt-get download -q libffmpeg-nvenc-dev) >"$sources/log/nvenc" 2>&1 ||
    die "Debian's libffmpeg-nvenc-dev could not be fetched: $sources/log/nvenc"
  rm -rf "$sources/nvenc"
  dpkg-deb -x "$sources"/libffmpeg-nvenc-dev_*.deb "$sources/nvenc"
  mkdir -p "$prefix"/{include,lib/pkgconfig}
  cp -r "$sources/nvenc/usr/include/." "$prefix/include/"
  # shellcheck disable=SC2016 # a variable of pkg-config
  sed 's|^prefix=.*|prefix=${pcfiledir}/../..|' "$sources/nvenc/usr/share/pkgconfig/ffnvcodec.pc" >"$prefix/lib/pkgconfig/ffnvcodec.pc"
  copy_licence nv-codec-headers "$sources/nvenc/usr/share/doc/libffmpeg-nvenc-dev/copyright"
}

copy_licence() { # copy_licence NAME FILE: and the texts that Debian's copyright files name and do not repeat
  local name
  cp "$2" "$prefix/licenses/$1.txt"
  while read -r name; do
    [ ! -e "/usr/share/common-licenses/$name" ] || cp -L "/usr/share/common-licenses/$name" "$prefix/licenses/"
  done < <(grep -oE 'common-licenses/[A-Za-z0-9.-]+[A-Za-z0-9]' "$prefix/licenses/$1.txt" | cut -d / -f 2 | sort -u)
}

build_library() { # build_library NAME: with its recipe, into $prefix
  local name=$1 work=$cache/build-$variant/$1
  rm -rf "$work"
  mkdir -p "$work/stage" "$work/build"
  ( # in the background: on the left of || a failing step would not end it
    set -euo pipefail
    src=$sources/$name stage=$work/stage
    cd "$work/build"
    export CFLAGS="-O2 -fPIC -ffunction-sections -fdata-sections -ffile-prefix-map=$sources=. -ffile-prefix-map=$work=. -ffile-prefix-map=$prefix=. -I$prefix/include"
    export CXXFLAGS=$CFLAGS LDFLAGS="-L$prefix/lib"
    export PKG_CONFIG_LIBDIR=$prefix/lib/pkgconfig
    "build_$name"
  ) >"$work.log" 2>&1 &
  wait $! || { tail -n 15 "$work.log" >&2; die "$name could not be built: $work.log"; }
  find "$work/stage$nowhere" -name '*.la' -delete
  # Relocatable: what names the prefix finds it from where it lies.
  find "$work/stage$nowhere" -name '*.pc' -exec sed -i "s|^prefix=.*|prefix=\${pcfiledir}/../..|; s|$nowhere|\${prefix}|g" {} +
  cp -a "$work/stage$nowhere/." "$prefix/"
  copy_licence "$name" "$sources/$name/debian/copyright"
  rm -rf "$work"
}

# stamp_of NAME: what its build depends on, that of the libraries before it included.
stamp_of() {
  { cat "$sources/$1.revision"; declare -f "build_$1" cmake_configure cmake_install configure_install meson_install ninja_install build_library; echo "$stamps"; } |
    sha256sum | cut -c -16
}

package_deps() { # package_deps VARIANT
  local begin=$SECONDS name stamp stamps="" step=0 libraries built=0 listed=0
  variant=$1 prefix=$cache/$1
  install_packages "${build_packages[@]}"
  mapfile -t libraries < <(libraries_of "$variant")
  mkdir -p "$prefix"/{licenses,stamps} "$sources/log"
  [ -e "$prefix/licenses/nv-codec-headers.txt" ] || fetch_nvenc_headers # written last
  for name in "${header_packages[@]}"; do copy_licence "$name" "/usr/share/doc/$name/copyright"; done
  for name in "${libraries[@]}"; do
    local one=$SECONDS
    step=$((step + 1))
    if [ ! -e "$sources/$name.revision" ] || [ ! -d "$sources/$name" ]; then
      [ "$listed" = 1 ] || update_sources
      listed=1
      fetch_source "$name"
    fi
    stamp=$(stamp_of "$name")
    stamps+=" $stamp"
    [ "$(cat "$prefix/stamps/$name" 2>/dev/null)" != "$stamp" ] || continue
    say "[$step/${#libraries[@]}] $name $(cat "$sources/$name.revision")"
    build_library "$name"
    echo "$stamp" >"$prefix/stamps/$name"
    built=$((built + 1))
    say "[$step/${#libraries[@]}] $name: $((SECONDS - one)) s"
  done
  say "$built of ${#libraries[@]} media libraries built in $((SECONDS - begin)) s: $prefix ($(du -sh "$prefix" | cut -f 1))"
}
