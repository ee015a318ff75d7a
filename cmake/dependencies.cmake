# SPDX-License-Identifier: Apache-2.0
# Everything the program links. Each message names the Debian package or the flag that mends it.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)

# Note [Slim libraries]
# What is installed without a compiler links its media libraries statically, from scripts/package deps, and keeps their
# symbols to itself: a process may hold another FFmpeg or OpenCV (Python's cv2 and av).
set(HYPORTRAIT_DEPS "" CACHE PATH "The static media libraries of scripts/package deps (empty: the system's)")
if(HYPORTRAIT_DEPS)
  list(PREPEND CMAKE_PREFIX_PATH "${HYPORTRAIT_DEPS}")
  set(ENV{PKG_CONFIG_LIBDIR} "${HYPORTRAIT_DEPS}/lib/pkgconfig")
  set(PKG_CONFIG_ARGN --static) # what a static library needs behind it
  set(OPENSSL_USE_STATIC_LIBS ON)
  file(GLOB hidden RELATIVE "${HYPORTRAIT_DEPS}/lib" "${HYPORTRAIT_DEPS}/lib/*.a")
  list(APPEND hidden libcrypto.a)
  list(JOIN hidden ":" hidden)
  add_link_options("LINKER:--exclude-libs,${hidden}" LINKER:-Bsymbolic LINKER:--gc-sections LINKER:--as-needed)
endif()

macro(hyportrait_find name package)
  find_package(${name} QUIET ${ARGN})
  if(NOT ${name}_FOUND)
    message(FATAL_ERROR "${name} is missing: install ${package} (scripts/quickstart does) or set CMAKE_PREFIX_PATH")
  endif()
endmacro()

hyportrait_find(spdlog libspdlog-dev)
hyportrait_find(nlohmann_json nlohmann-json3-dev)
hyportrait_find(CLI11 libcli11-dev)
hyportrait_find(OpenSSL libssl-dev COMPONENTS Crypto)
if(HYPORTRAIT_TESTS)
  hyportrait_find(GTest libgtest-dev)
endif()

# Media: OpenCV, FFmpeg and the libraries of pictures, all or none. FFmpeg 5.1 is the oldest release that is tested (Debian 12).
set(HYPORTRAIT_HAS_MEDIA OFF)
if(HYPORTRAIT_MEDIA) # AUTO or ON
  set(missing "")
  find_package(OpenCV QUIET COMPONENTS core imgproc imgcodecs video)
  if(NOT OpenCV_FOUND)
    list(APPEND missing "OpenCV (libopencv-dev)")
  endif()
  pkg_check_modules(LIBAV IMPORTED_TARGET QUIET
    libavformat>=59.27 libavcodec>=59.37 libavfilter>=8.44 libavutil>=57.28 libswscale>=6.7)
  if(NOT LIBAV_FOUND)
    list(APPEND missing "FFmpeg 5.1 or newer (libavformat-dev libavcodec-dev libavfilter-dev libavutil-dev libswscale-dev)")
  endif()
  list(LENGTH missing count)
  pkg_check_modules(PICTURES IMPORTED_TARGET QUIET libheif>=1.15 lcms2>=2.14 libjpeg>=2.1 libpng>=1.6
    libtiff-4>=4.5 libwebp>=1.2)
  if(NOT PICTURES_FOUND AND count LESS 2)
    list(APPEND missing "picture libraries (libheif-dev liblcms2-dev libjpeg-dev libpng-dev libtiff-dev libwebp-dev)")
    set(count 1)
  endif()
  list(JOIN missing " and " missing)
  if(count EQUAL 0)
    set(HYPORTRAIT_HAS_MEDIA ON)
    find_file(LIBAV_VERSION_HEADER libavutil/ffversion.h HINTS ${LIBAV_INCLUDE_DIRS} PATH_SUFFIXES ${CMAKE_LIBRARY_ARCHITECTURE})
    file(STRINGS "${LIBAV_VERSION_HEADER}" line REGEX "define FFMPEG_VERSION")
    string(REGEX REPLACE ".*\"(.*)\".*" "\\1" HYPORTRAIT_FFMPEG_VERSION "${line}")
  elseif(HYPORTRAIT_MEDIA STREQUAL "AUTO" AND count EQUAL 2)
    message(WARNING "${missing} are missing: only `hyportrait bench` and `hyportrait bundle` are built, no `animate`. "
      "scripts/quickstart installs them; -DHYPORTRAIT_MEDIA=OFF silences this")
  else()
    message(FATAL_ERROR "${missing} is missing: install it (scripts/quickstart does), "
      "or pass -DHYPORTRAIT_MEDIA=OFF to build only `hyportrait bench` and `hyportrait bundle`")
  endif()
endif()

# LibTorch. find_package(Torch) asks for a CUDA toolkit that only kernels of our own would need, and fails
# with CMake 3.25 and CUDA 13; a small imported target needs neither.
file(GLOB HYPORTRAIT_VENV_TORCH "${PROJECT_SOURCE_DIR}/.venv/lib/python3.*/site-packages/torch")
set(LIBTORCH_ROOT "" CACHE PATH "LibTorch: the folder with include/ and lib/ (default: CMAKE_PREFIX_PATH, then .venv)")
if(LIBTORCH_ROOT) # what is named wins; a later find_ keeps what is found
  find_path(LIBTORCH_INCLUDE_DIR torch/script.h PATHS "${LIBTORCH_ROOT}/include" NO_DEFAULT_PATH)
  find_library(LIBTORCH_CPU_LIBRARY torch_cpu PATHS "${LIBTORCH_ROOT}/lib" NO_DEFAULT_PATH)
  find_library(LIBTORCH_C10_LIBRARY c10 PATHS "${LIBTORCH_ROOT}/lib" NO_DEFAULT_PATH)
endif()
find_path(LIBTORCH_INCLUDE_DIR torch/script.h PATHS "${HYPORTRAIT_VENV_TORCH}/include")
find_library(LIBTORCH_CPU_LIBRARY torch_cpu PATHS "${HYPORTRAIT_VENV_TORCH}/lib")
find_library(LIBTORCH_C10_LIBRARY c10 PATHS "${HYPORTRAIT_VENV_TORCH}/lib")
if(NOT LIBTORCH_INCLUDE_DIR OR NOT LIBTORCH_CPU_LIBRARY OR NOT LIBTORCH_C10_LIBRARY)
  message(FATAL_ERROR "LibTorch is missing: run scripts/quickstart (which installs torch==2.11.0 in .venv), "
    "or pass -DLIBTORCH_ROOT=DIR of an unpacked LibTorch")
endif()
cmake_path(GET LIBTORCH_CPU_LIBRARY PARENT_PATH HYPORTRAIT_TORCH_LIB_DIR)

file(STRINGS "${LIBTORCH_INCLUDE_DIR}/torch/headeronly/version.h" lines REGEX "TORCH_VERSION_(MAJOR|MINOR|PATCH) [0-9]+$")
string(REGEX REPLACE "[^;]* ([0-9]+)" "\\1" lines "${lines}")
list(JOIN lines "." HYPORTRAIT_LIBTORCH_VERSION)

if(HYPORTRAIT_DEPS) # assertions name their file: without the folders of this machine
  add_compile_options("-ffile-prefix-map=${PROJECT_SOURCE_DIR}/=" "-ffile-prefix-map=${LIBTORCH_INCLUDE_DIR}/="
    "-ffile-prefix-map=${HYPORTRAIT_DEPS}/include/=")
endif()

# Note [Torch headers last]
# torch ships fmt 12 beside its own headers; in front of the system's fmt 9 it breaks Debian's spdlog.
# -idirafter puts torch's folders behind the system's. libtorch_cuda is not linked: nn/device loads it
# when a GPU is used, which keeps start-up short.
add_library(hyportrait_torch INTERFACE)
target_compile_options(hyportrait_torch INTERFACE
  "SHELL:-idirafter ${LIBTORCH_INCLUDE_DIR}"
  "SHELL:-idirafter ${LIBTORCH_INCLUDE_DIR}/torch/csrc/api/include")
target_link_libraries(hyportrait_torch INTERFACE "${LIBTORCH_CPU_LIBRARY}" "${LIBTORCH_C10_LIBRARY}")
target_link_options(hyportrait_torch INTERFACE "-Wl,-rpath-link,${HYPORTRAIT_TORCH_LIB_DIR}")

find_program(HYPORTRAIT_CCACHE ccache)
if(HYPORTRAIT_CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER "${HYPORTRAIT_CCACHE}")
endif()

# clang-tidy 22 is the first that leaves system headers, of which torch has many, alone.
if(HYPORTRAIT_CLANG_TIDY)
  find_program(HYPORTRAIT_RUN_CLANG_TIDY NAMES run-clang-tidy.py run-clang-tidy-22 run-clang-tidy
    HINTS "${PROJECT_SOURCE_DIR}/.venv/bin" REQUIRED)
  find_program(HYPORTRAIT_CLANG_TIDY_PROGRAM NAMES clang-tidy clang-tidy-22
    HINTS "${PROJECT_SOURCE_DIR}/.venv/bin" REQUIRED)
endif()
