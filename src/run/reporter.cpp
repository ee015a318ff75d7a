// SPDX-License-Identifier: Apache-2.0
#include "run/reporter.h"

#include <hyportrait/error.h>

#include <utility>

namespace hyportrait::run {

Reporter::Reporter(const RunHooks& hooks, std::string stage, std::int64_t total, std::string unit)
    : hooks_(hooks),
      progress_{.stage = std::move(stage), .total = total, .unit = std::move(unit)},
      begin_(Clock::now()),
      shown_(begin_) {}

void Reporter::at(std::int64_t done) {
  if (hooks_.cancelled && hooks_.cancelled()) {
    throw Error(ExitCode::interrupted, "interrupted during " + progress_.stage);
  }
  progress_.done = done;
  // A stage's end is shown by finish(), once the true total is known.
  const bool last = progress_.total > 0 && done >= progress_.total;
  if (!last && Clock::now() - shown_ >= std::chrono::milliseconds(100)) {
    show();
  }
}

void Reporter::finish() {
  progress_.total = progress_.done;
  show();
}

void Reporter::show() {
  shown_ = Clock::now();
  progress_.seconds = std::chrono::duration<double>(shown_ - begin_).count();
  if (hooks_.on_progress) {
    hooks_.on_progress(progress_);
  }
}

}  // namespace hyportrait::run
