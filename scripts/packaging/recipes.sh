# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2154 # what scripts/setup.sh and scripts/packaging/deps.sh set
# Sourced by deps.sh: how each library is built. A recipe runs in a folder of its own; $src is the unpacked source,
# $prefix where the libraries before it lie. What is installed goes to $stage under the prefix $nowhere, so that no file
# names a folder of this machine.

cmake_configure() { # cmake_configure SOURCE OPTION ...
  cmake -S "$1" -B . -G Ninja -DCMAKE_BUILD_TYPE=Release -DCMAKE_C{,XX}_COMPILER_LAUNCHER=ccache \
    -DCMAKE_INSTALL_PREFIX="$nowhere" -DCMAKE_INSTALL_LIBDIR:STRING=lib -DCMAKE_PREFIX_PATH="$prefix" -DCMAKE_POSITION_INDEPENDENT_CODE=ON -DBUILD_SHARED_LIBS=OFF -DBUILD_TESTING=OFF "${@:2}"
}
ninja_install() { ninja && DESTDIR=$stage ninja install; }
cmake_install() { # cmake_install SOURCE OPTION ...
  cmake_configure "$@"
  ninja_install
}
configure_install() { # configure_install OPTION ...
  "$src/configure" --prefix="$nowhere" --disable-shared --enable-static --with-pic "$@"
  make -j "$(nproc)"
  make install DESTDIR="$stage"
}
meson_install() { # meson_install OPTION ...
  meson setup --prefix "$nowhere" --libdir lib --buildtype release --default-library static -Db_staticpic=true "$@" . "$src"
  ninja_install
}

build_zlib() {
  cp -r "$src/." .
  ./configure --static --prefix="$nowhere"
  make -j "$(nproc)" libz.a
  make install DESTDIR="$stage"
}
build_libjpeg-turbo() { cmake_install "$src" -DENABLE_SHARED=OFF -DWITH_TURBOJPEG=OFF; }
build_libpng1.6() { cmake_install "$src" -DPNG_SHARED=OFF -DPNG_TESTS=OFF; }
build_libwebp() {
  cmake_install "$src" -DWEBP_BUILD_{ANIM_UTILS,CWEBP,DWEBP,GIF2WEBP,IMG2WEBP,VWEBP,WEBPINFO,WEBPMUX,EXTRAS}=OFF \
    -DWEBP_BUILD_LIBWEBPMUX=ON
}
build_tiff() { cmake_install "$src" -Dtiff-{tools,tests,contrib,docs}=OFF -D{lzma,zstd,webp,jbig,lerc,libdeflate,cxx}=OFF; }
build_lcms2() { configure_install --without-jpeg --without-tiff; }
build_opus() { configure_install --disable-doc --disable-extra-programs; }
build_dav1d() { meson_install -Denable_tools=false -Denable_tests=false; }
build_openh264() { meson_install -Dtests=disabled; }
build_svt-av1() { cmake_install "$src" -DBUILD_APPS=OFF -DBUILD_DEC=OFF; }
build_libvpx() {
  "$src/configure" --prefix="$nowhere" --enable-static --disable-shared --enable-pic --enable-vp9-highbitdepth \
    --enable-runtime-cpu-detect --disable-examples --disable-tools --disable-docs --disable-unit-tests --as=nasm
  make -j "$(nproc)"
  make install DIST_DIR="$stage$nowhere"
}
build_libde265() { cmake_install "$src" -DENABLE_SDL=OFF -DENABLE_DEC265=OFF -DENABLE_ENCODER=OFF; }
build_libheif() {
  cmake_install "$src" -DENABLE_PLUGIN_LOADING=OFF -DWITH_EXAMPLES=OFF -DWITH_LIBDE265=ON -DWITH_DAV1D=ON \
    -DWITH_{AOM_ENCODER,AOM_DECODER,X265,RAV1E,SvtEnc,LIBSHARPYUV}=OFF
}
build_fmtlib() { cmake_install "$src" -DFMT_TEST=OFF -DFMT_DOC=OFF; }
build_spdlog() { cmake_install "$src" -DSPDLOG_FMT_EXTERNAL=ON -DSPDLOG_BUILD_EXAMPLE=OFF -DSPDLOG_BUILD_TESTS=OFF; }
build_x264() {
  "$src/configure" --prefix="$nowhere" --enable-static --enable-pic --disable-cli --disable-opencl
  make -j "$(nproc)"
  make install DESTDIR="$stage"
}
build_x265() { # 8 bit, with 10 bit linked in
  mkdir -p ten
  (cd ten && cmake -S "$src/source" -B . -G Ninja -DCMAKE_BUILD_TYPE=Release -DENABLE_PIC=ON -DHIGH_BIT_DEPTH=ON \
    -DEXPORT_C_API=OFF -DENABLE_SHARED=OFF -DENABLE_CLI=OFF && ninja)
  cp ten/libx265.a libx265_ten.a
  cmake_install "$src/source" -DENABLE_PIC=ON -DENABLE_SHARED=OFF -DENABLE_CLI=OFF -DLINKED_10BIT=ON
  printf '%s\n' "create libx265.both.a" "addlib libx265.a" "addlib libx265_ten.a" save end | ar -M
  cp libx265.both.a "$stage$nowhere/lib/libx265.a"
}

# All decoders and demuxers that are FFmpeg's own. Of the filters only what re-encoding sound (media/audio_transcoder) and
# the colours of a GIF (media/palette) need.
build_ffmpeg() {
  local gpl=()
  [ "$variant" = default ] || gpl=(--enable-gpl --enable-libx264 --enable-libx265)
  "$src/configure" --prefix="$nowhere" --enable-static --disable-shared --enable-pic --pkg-config-flags=--static \
    --extra-libs=-lstdc++ --cc="ccache gcc" --cxx="ccache g++" \
    --extra-version="$(sed 's/.*-//' "$sources/ffmpeg.revision")" \
    --disable-autodetect --disable-programs --disable-doc --disable-avdevice --disable-postproc --disable-network \
    --disable-filters --enable-filter=aresample,aformat,anull,asetnsamples,abuffer,abuffersink \
    --enable-filter=buffer,buffersink,split,palettegen,paletteuse \
    --enable-zlib --enable-libopenh264 --enable-libsvtav1 --enable-libvpx --enable-libdav1d --enable-libopus \
    --enable-libwebp --enable-ffnvcodec --enable-nvenc "${gpl[@]}"
  make -j "$(nproc)"
  make install DESTDIR="$stage"
}
build_opencv() {
  cmake_configure "$src" -DBUILD_LIST=core,imgproc,imgcodecs,video -DOPENCV_GENERATE_PKGCONFIG=OFF \
    -DBUILD_{TESTS,PERF_TESTS,EXAMPLES,opencv_apps,JAVA,ZLIB,JPEG,PNG,TIFF,WEBP}=OFF -DENABLE_PRECOMPILED_HEADERS=OFF \
    -DWITH_{1394,ADE,EIGEN,FFMPEG,GSTREAMER,GTK,IPP,ITT,JASPER,LAPACK,OPENCL,OPENEXR,OPENJPEG,OPENMP,PROTOBUF,QUIRC,TBB,V4L,VTK}=OFF \
    -DWITH_{IMGCODEC_HDR,IMGCODEC_SUNRASTER,IMGCODEC_PXM,IMGCODEC_PFM}=OFF -DWITH_PTHREADS_PF=ON
  printf '%s\n' '"OpenCV, by scripts/package deps"' >modules/core/version_string.inc # else all folders of the build
  ninja_install
}
