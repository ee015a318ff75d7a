# SPDX-License-Identifier: Apache-2.0
# The helpers that keep each folder's CMakeLists.txt a few declarative lines.

function(hyportrait_options target)
  # Designated initialisers leave defaults out on purpose. GCC 12 sees overflows in std::string that are not there
  # (gcc.gnu.org/PR105651): shown, but no error.
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion
    -Wno-missing-field-initializers)
  if(CMAKE_UNITY_BUILD)
    target_compile_options(${target} PRIVATE -Wno-subobject-linkage) # a source that is included is taken for a header
  endif()
  if(HYPORTRAIT_WERROR)
    target_compile_options(${target} PRIVATE -Werror -Wno-error=stringop-overflow -Wno-error=restrict
      -Wno-error=array-bounds)
  endif()
  if(HYPORTRAIT_SANITIZE)
    target_compile_options(${target} PRIVATE -fsanitize=${HYPORTRAIT_SANITIZE} -fno-sanitize-recover=all
      -fno-omit-frame-pointer)
    target_link_options(${target} PRIVATE -fsanitize=${HYPORTRAIT_SANITIZE})
  endif()
endfunction()

# hyportrait_layer(face SOURCES ... [PUBLIC ...] [PRIVATE ...] [TORCH])
# One static library per folder of src/; links only layers before it. TORCH adds LibTorch and the shared
# precompiled header of torch/types.h: torch's headers take 11 s a file without it. torch/torch.h takes twice that, with it or
# without; what it adds is included by name (torch/script.h, torch/cuda.h).
function(hyportrait_layer name)
  cmake_parse_arguments(ARG "TORCH" "" "SOURCES;PUBLIC;PRIVATE" ${ARGN})
  set(target hyportrait_${name})
  add_library(${target} STATIC ${ARG_SOURCES})
  target_include_directories(${target} PUBLIC
    "${PROJECT_SOURCE_DIR}/src" "${PROJECT_SOURCE_DIR}/include" "${PROJECT_BINARY_DIR}/include")
  target_link_libraries(${target} PUBLIC ${ARG_PUBLIC} PRIVATE ${ARG_PRIVATE})
  if(ARG_TORCH)
    target_link_libraries(${target} PUBLIC hyportrait_torch)
    hyportrait_torch_pch(${target} hyportrait_torch_headers)
  endif()
  hyportrait_options(${target})
endfunction()

# Code that is not worth optimising fully: the command line and the tests, a third of the build.
function(hyportrait_compile_fast target)
  target_compile_options(${target} PRIVATE $<$<CONFIG:Release>:-O1>)
endfunction()

function(hyportrait_torch_pch target headers)
  get_target_property(type ${target} TYPE)
  if(type STREQUAL EXECUTABLE)
    # GCC refuses a header precompiled with -fPIC where -fPIE is given.
    set_target_properties(${target} PROPERTIES POSITION_INDEPENDENT_CODE OFF)
    target_compile_options(${target} PRIVATE -fPIC)
  endif()
  target_precompile_headers(${target} REUSE_FROM ${headers})
endfunction()

# hyportrait_test(media_video_reader SOURCES ... LINK ... [TORCH] [LABELS ...])
function(hyportrait_test name)
  cmake_parse_arguments(ARG "TORCH" "" "SOURCES;LINK;LABELS" ${ARGN})
  set(target test_${name})
  add_executable(${target} ${ARG_SOURCES})
  target_include_directories(${target} PRIVATE "${PROJECT_SOURCE_DIR}/tests")
  target_link_libraries(${target} PRIVATE ${ARG_LINK} hyportrait_test_support GTest::gtest_main)
  if(ARG_TORCH)
    target_link_libraries(${target} PRIVATE hyportrait_torch)
    hyportrait_torch_pch(${target} hyportrait_test_headers)
  endif()
  hyportrait_options(${target})
  hyportrait_compile_fast(${target})
  add_test(NAME ${name} COMMAND ${target})
  if(NOT ARG_LABELS)
    set(ARG_LABELS unit)
  endif()
  # 77: the test said that it skips; OpenMP must not spin on a shared machine (docs/performance.md).
  set_tests_properties(${name} PROPERTIES LABELS "${ARG_LABELS}" TIMEOUT 600
    ENVIRONMENT "OMP_WAIT_POLICY=passive;HYPORTRAIT_BINARY_DIR=${PROJECT_BINARY_DIR};HYPORTRAIT_SOURCE_DIR=${PROJECT_SOURCE_DIR}")
endfunction()

# The target `tidy` of the preset of that name. A layer's files are read as one, since torch's headers take
# 20 s each time: a minute or two for all of them instead of an hour.
if(HYPORTRAIT_CLANG_TIDY)
  set(CMAKE_UNITY_BUILD ON)
  set(CMAKE_UNITY_BUILD_BATCH_SIZE 0)
  add_custom_target(tidy USES_TERMINAL COMMAND "${HYPORTRAIT_RUN_CLANG_TIDY}"
    -clang-tidy-binary "${HYPORTRAIT_CLANG_TIDY_PROGRAM}" -quiet -p "${PROJECT_BINARY_DIR}"
    "-config-file=${PROJECT_SOURCE_DIR}/.clang-tidy" -extra-arg=-Wno-unknown-warning-option "/Unity/unity_" VERBATIM)
endif()
