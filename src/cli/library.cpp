// SPDX-License-Identifier: Apache-2.0
#include <hyportrait/error.h>
#include <hyportrait/version.h>

#include "cli/commands.h"
#include "cli/events.h"

#include <dlfcn.h>
#include <malloc.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <system_error>

namespace hyportrait::cli {
namespace {

// Note [Thin executable]
// Linking LibTorch costs a third of a second before main, which --help and a mistyped flag should
// not pay, and OpenMP reads its environment while it is loaded. So the executable parses first,
// sets that environment, and then loads the library that does the work. Passive waiting: idle
// threads of OpenMP must not spin, which on a shared machine makes two threads slower than one.

// Note [Reused memory]
// A network's layers allocate and free the same few megabytes hundreds of times a second. glibc
// maps and unmaps every block above 128 KiB to 32 MiB anew, and the kernel clears each page of it
// each time: a third of the processor time of a small bundle's run (docs/performance.md). Blocks up
// to this size stay with the process instead.
constexpr int kReusedBlock = 64 << 20;
constexpr int kKeptFree = 512 << 20;

const Api& load() {
  std::error_code reason;
  if (std::filesystem::current_path(reason).empty()) {  // MKL would end the process
    throw Error(ExitCode::failed, "the current folder is gone; change into another one");
  }
  ::mallopt(M_MMAP_THRESHOLD, kReusedBlock);
  ::mallopt(M_TRIM_THRESHOLD, kKeptFree);
  ::setenv("OMP_WAIT_POLICY", "passive", 0);
  ::setenv("SVT_LOG", "1", 0);  // SVT-AV1 tells its settings on standard error; errors only
  void* handle = ::dlopen(HYPORTRAIT_LIBRARY, RTLD_NOW | RTLD_GLOBAL);
  if (handle == nullptr) {
    throw Error(ExitCode::failed,
                std::string("cannot load ") + ::dlerror() +
                    "; is LibTorch where it was when hyportrait was built or installed?");
  }
  using Entry = const Api* (*)(const char*);
  const auto entry = reinterpret_cast<Entry>(::dlsym(handle, "hyportrait_api"));
  const Api* api = entry == nullptr ? nullptr : entry(HYPORTRAIT_VERSION);
  if (api == nullptr) {
    throw Error(ExitCode::failed,
                std::string(HYPORTRAIT_LIBRARY) +
                    " belongs to another version than this program; install both again");
  }
  return *api;
}

}  // namespace

const Api& library(LogLevel log_level) {
  static const Api& api = load();
  api.set_log_level(log_level);
  take_log(api);
#if HYPORTRAIT_HAS_MEDIA
  api.route_ffmpeg_log();
#endif
  return api;
}

}  // namespace hyportrait::cli
