// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <hyportrait/error.h>
#include <hyportrait/run_report.h>

#include <filesystem>

namespace hyportrait {

// Note [What lies on disk]
// An output is on its way under other names: `out.mp4.part` is the file while it is written, and
// its lock; `out.mp4.state` is what the same job resumes from; `out.mp4.state.aside` a state that
// did not fit; `out.mp4.json` the sidecar. This folder alone knows these names and in which order
// they come and go: the file is whole and on disk, the sidecar gets its name, the state goes, the
// file gets its name. So whatever stands beside an output that has its name is complete, wherever a
// process was killed; a sidecar with a `.part` beside it was never finished.

/// The names around one output.
struct OutputPaths {
  std::filesystem::path output;
  std::filesystem::path part;
  std::filesystem::path state;
  std::filesystem::path state_aside;
  std::filesystem::path sidecar;
};
OutputPaths output_paths(const std::filesystem::path& output);

struct OutputFacts;

/// Another process is working on the output, or has finished it meanwhile.
class OutputBusy final : public Error {
 public:
  explicit OutputBusy(const std::string& message) : Error(ExitCode::failed, message) {}
};

/// Keeps an output to one process at a time while it is made: holds a lock (flock) on its `.part`,
/// which the kernel drops when the process ends, however it ends. A file system without locks
/// guards nothing, and the log warns of that. What others have put at any of its names is neither
/// followed nor replaced, unless the user has said so. Not thread-safe.
class OutputFile final {
 public:
  /// Throws OutputBusy while another process holds it, Error(failed) when the folder cannot be
  /// written, Error(usage) when a link, a special file or somebody else's file has the name of the
  /// `.part`. Removes what killed saves of the sidecar and the state have left. `overwrite`: what
  /// has the names of the output, its sidecar and its `.part` may be replaced.
  OutputFile(const std::filesystem::path& output, bool overwrite);
  /// Removes the `.part` unless it has become the output.
  ~OutputFile();
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;

  [[nodiscard]] const OutputPaths& paths() const { return paths_; }

  /// The `.part`, to be written by its name. Throws Error(failed) when somebody has put another
  /// file or a link there since.
  [[nodiscard]] const std::filesystem::path& part() const;

  /// Size and hash of the `.part`, once it is whole; it goes to the disk before. Throws
  /// Error(failed).
  [[nodiscard]] OutputFacts facts() const;

  /// The `.part` is whole: it goes to the disk and gets the output's name. Throws Error(failed),
  /// also for a full disk and, without `overwrite`, for a name that was taken meanwhile; then
  /// nothing has changed under the output's name.
  void commit();

  /// The same with the run's sidecar in place before, and the state removed.
  void commit(const RunReport& report);

 private:
  void sync_part() const;
  void take_name();

  OutputPaths paths_;
  bool overwrite_;
  int descriptor_ = -1;
};

/// Removes what killed processes have left beside an output that is done. Nothing while a `.part`
/// says that somebody works on it.
void remove_leftovers(const std::filesystem::path& output);

}  // namespace hyportrait
