// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <hyportrait/progress.h>

#include <string>

namespace hyportrait::cli {

/// Shows progress on stderr: a bar with the time left on a terminal, one line per finished stage
/// elsewhere. Not thread-safe.
class ProgressBar final {
 public:
  ProgressBar();
  ~ProgressBar();  ///< leaves the cursor on a line of its own
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;

  void show(const Progress& progress);

 private:
  bool terminal_;
  bool line_open_ = false;
};

/// What a run in the foreground is given: progress goes to `bar` unless `quiet`; from now on the
/// first Ctrl-C cancels. `bar` outlives the run.
RunHooks foreground_hooks(ProgressBar& bar, bool quiet);

/// "0:07", "12:05", "1:02:03".
std::string clock_text(double seconds);

/// The bar's line for a terminal of `width` columns: stage, bar, count, time left when it can be
/// told.
std::string bar_line(const Progress& progress, int width);

}  // namespace hyportrait::cli
