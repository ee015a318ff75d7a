// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <hyportrait/batch.h>
#include <hyportrait/progress.h>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <string>

namespace hyportrait::cli {

/// How progress is shown; `events` are objects for programs (see Note [Events]).
enum class ProgressStyle { bar, lines, events, none };

/// What --progress says, on this standard error: auto is a bar on a terminal, else lines; none
/// where the command is `quiet`. Throws Error(usage).
ProgressStyle parse_progress_style(const std::string& text, bool quiet);

/// Adds --progress to a command, into `text`, which is "auto" without it.
CLI::Option* add_progress_option(CLI::App& command, std::string& text);

/// What a long command says on standard error while it runs. Not thread-safe.
class Narrator final {
 public:
  explicit Narrator(ProgressStyle style) : style_(style) {}
  ~Narrator();  ///< leaves the cursor on a line of its own
  Narrator(const Narrator&) = delete;
  Narrator& operator=(const Narrator&) = delete;

  /// Names the job before its stages' progress.
  void begin(const BatchProgress& job);
  void show(const Progress& progress);

 private:
  void show_line(const Progress& progress);
  void emit(const Progress& progress) const;

  ProgressStyle style_;
  bool line_open_ = false;
  std::size_t job_ = 0;  ///< from 1; 0: there is one only
  std::size_t jobs_ = 0;
};

/// What a run in the foreground is given: its progress goes to `narrator`, and from now on the
/// first Ctrl-C cancels. `narrator` outlives the run.
RunHooks foreground_hooks(Narrator& narrator);

/// The last word of a command that succeeded: `sentence` (or lines) for people unless `quiet`, or
/// an event.
void tell_end(const std::string& sentence, const nlohmann::ordered_json& fields, bool quiet);

/// "0:07", "12:05", "1:02:03".
std::string clock_text(double seconds);

/// The bar's line for a terminal of `width` columns: stage, bar, count, time left when it can be
/// told.
std::string bar_line(const Progress& progress, int width);

}  // namespace hyportrait::cli
