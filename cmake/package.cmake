# SPDX-License-Identifier: Apache-2.0
# `cpack --config build/release/CPackConfig.cmake` makes hyportrait-VERSION-Linux-ARCH.tar.gz of what `cmake --install`
# installs. LibTorch is not in it (hundreds of MB): it is found in a folder libtorch/ inside the unpacked folder or beside
# it, by LD_LIBRARY_PATH, or where it was at build time (INSTALL_RPATH in src/CMakeLists.txt).
set(CPACK_GENERATOR TGZ)
set(CPACK_PACKAGE_NAME hyportrait)
set(CPACK_PACKAGE_VENDOR hyportrait)
set(CPACK_PACKAGE_VERSION "${PROJECT_VERSION}")
set(CPACK_PACKAGE_FILE_NAME "hyportrait-${PROJECT_VERSION}-${CMAKE_SYSTEM_NAME}-${CMAKE_SYSTEM_PROCESSOR}")
set(CPACK_STRIP_FILES ON)
set(CPACK_PACKAGE_CHECKSUM SHA256)
include(CPack)
