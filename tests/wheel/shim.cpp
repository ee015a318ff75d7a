// SPDX-License-Identifier: Apache-2.0
// What Python's ctypes can call: a run through the public API of the library that the process has
// loaded.
#include <hyportrait/api.h>
#include <hyportrait/error.h>
#include <hyportrait/version.h>

#include <dlfcn.h>

#include <cstdio>

/// Animates two frames; 0, or the exit code of the error, which is printed.
extern "C" int shim_animate(
    const char* library, const char* bundle, const char* ref, const char* drive, const char* out) {
  void* handle = dlopen(library, RTLD_NOW | RTLD_NOLOAD);
  const auto entry =
      reinterpret_cast<const hyportrait::Api* (*)(const char*)>(dlsym(handle, "hyportrait_api"));
  const hyportrait::Api* api = entry == nullptr ? nullptr : entry(HYPORTRAIT_VERSION);
  if (api == nullptr) {
    return -1;
  }
  try {
    hyportrait::AnimateOptions options;
    options.bundle = bundle;
    options.face.ref = ref;
    options.face.drive = drive;
    options.output = out;
    options.max_frames = 2;
    options.steps = 1;
    options.device = "cpu";
    api->animate(options, {});
    return 0;
  } catch (const hyportrait::Error& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return static_cast<int>(error.exit_code());
  }
}
