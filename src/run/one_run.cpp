// SPDX-License-Identifier: Apache-2.0
#include "run/one_run.h"

#include <hyportrait/error.h>

#include <atomic>

namespace hyportrait::run {
namespace {

std::atomic<bool> g_running = false;

}  // namespace

OneRun::OneRun(const std::string& what) {
  if (g_running.exchange(true)) {
    throw Error(ExitCode::usage,
                what +
                    ": another run is under way in this process; wait for its end, or start "
                    "another process");
  }
}

OneRun::~OneRun() {
  g_running = false;
}

}  // namespace hyportrait::run
