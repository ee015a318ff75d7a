// SPDX-License-Identifier: Apache-2.0
#include "cli/progress_bar.h"

#include "base/shown_text.h"
#include "cli/interrupt.h"

#include <spdlog/fmt/fmt.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>

namespace hyportrait::cli {
namespace {

int terminal_width() {
  winsize size{};
  return ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

}  // namespace

std::string clock_text(double seconds) {
  const auto total = static_cast<long>(std::lround(std::min(std::max(0.0, seconds), 1e9)));
  if (total < 3600) {
    return fmt::format("{}:{:02}", total / 60, total % 60);
  }
  return fmt::format("{}:{:02}:{:02}", total / 3600, total / 60 % 60, total % 60);
}

std::string bar_line(const Progress& progress, int width) {
  const std::string head = fmt::format("{:<9}", progress.stage);
  std::string tail = " " + std::to_string(progress.done);
  if (progress.total <= 0) {
    return head + " " + counted(progress.done, progress.unit) + ", " + clock_text(progress.seconds);
  }
  tail += "/" + counted(progress.total, progress.unit);
  const double share =
      std::min(1.0, static_cast<double>(progress.done) / static_cast<double>(progress.total));
  if (progress.done > 0 && progress.done < progress.total) {
    tail += ", " + clock_text(progress.seconds / share - progress.seconds) + " left";
  } else {
    tail += ", " + clock_text(progress.seconds);
  }
  const int room = std::clamp(width - static_cast<int>(head.size() + tail.size()) - 4, 4, 40);
  const int filled = static_cast<int>(share * room);
  return head + " [" + std::string(static_cast<std::size_t>(filled), '#') +
         std::string(static_cast<std::size_t>(room - filled), '.') + "]" + tail;
}

ProgressBar::ProgressBar()
    : terminal_(::isatty(STDERR_FILENO) == 1 && knows_escape_codes(std::getenv("TERM"))) {}

ProgressBar::~ProgressBar() {
  if (line_open_) {
    std::fputc('\n', stderr);
  }
}

void ProgressBar::show(const Progress& progress) {
  const bool finished = progress.total > 0 && progress.done >= progress.total;
  if (terminal_) {
    std::fprintf(stderr, "\r\033[K%s", bar_line(progress, terminal_width()).c_str());
    line_open_ = !finished;
    if (finished) {
      std::fputc('\n', stderr);
    }
    std::fflush(stderr);
  } else if (finished) {
    // Not fmt::print, which throws: a full standard error is no reason to end a run.
    const std::string line = fmt::format("{}: {} in {:.1f} s\n",
                                         progress.stage,
                                         counted(progress.done, progress.unit),
                                         progress.seconds);
    std::fputs(line.c_str(), stderr);
  }
}

RunHooks foreground_hooks(ProgressBar& bar, bool quiet) {
  catch_interrupts();
  RunHooks hooks;
  hooks.cancelled = interrupted;
  if (!quiet) {
    hooks.on_progress = [&bar](const Progress& progress) { bar.show(progress); };
  }
  return hooks;
}

}  // namespace hyportrait::cli
