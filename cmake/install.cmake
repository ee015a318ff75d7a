# SPDX-License-Identifier: Apache-2.0
# The component runtime is the program, its library, the demo bundle and licences: what the wheel holds. The rest is for
# those who build against it: headers and a find_package(hyportrait) config. The public headers name no foreign type, so
# a consumer needs no torch, libav or OpenCV headers.
include(CMakePackageConfigHelpers)
set(CMAKE_INSTALL_DEFAULT_COMPONENT_NAME development)

install(TARGETS hyportrait EXPORT hyportrait-targets
  LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT runtime NAMELINK_COMPONENT development)
install(TARGETS hyportrait_program RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT runtime)
if(HYPORTRAIT_DEPS)
  install(DIRECTORY "${HYPORTRAIT_DEPS}/licenses" DESTINATION ${CMAKE_INSTALL_DATADIR}/hyportrait COMPONENT runtime)
endif()
install(FILES "${PROJECT_BINARY_DIR}/completions/hyportrait" DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
install(FILES "${PROJECT_BINARY_DIR}/completions/_hyportrait" DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions)
install(FILES "${PROJECT_BINARY_DIR}/completions/hyportrait.fish"
  DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)
install(FILES "${PROJECT_BINARY_DIR}/completions/hyportrait.1" DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
install(FILES LICENSE README.md CHANGELOG.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(DIRECTORY docs/ DESTINATION ${CMAKE_INSTALL_DOCDIR} FILES_MATCHING PATTERN "*.md" PATTERN "adr" EXCLUDE
  PATTERN "images" EXCLUDE)
install(DIRECTORY include/hyportrait DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN "*.h")
install(FILES "${PROJECT_BINARY_DIR}/include/hyportrait/config.h" "${PROJECT_BINARY_DIR}/include/hyportrait/version.h"
  DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/hyportrait)
install(EXPORT hyportrait-targets NAMESPACE hyportrait:: DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/hyportrait)
if(EXISTS "${PROJECT_SOURCE_DIR}/models/demo/manifest.json")
  install(DIRECTORY models/demo DESTINATION ${CMAKE_INSTALL_DATADIR}/hyportrait/models COMPONENT runtime
    PATTERN evaluation EXCLUDE)
endif()

file(WRITE "${PROJECT_BINARY_DIR}/hyportrait-config.cmake"
  "include(\"\${CMAKE_CURRENT_LIST_DIR}/hyportrait-targets.cmake\")\n")
write_basic_package_version_file("${PROJECT_BINARY_DIR}/hyportrait-config-version.cmake" COMPATIBILITY SameMinorVersion)
install(FILES "${PROJECT_BINARY_DIR}/hyportrait-config.cmake" "${PROJECT_BINARY_DIR}/hyportrait-config-version.cmake"
  DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/hyportrait)
