// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

namespace hyportrait {

/// Numbers of the frames in a folder, ascending: of all names that such a sequence has, six digits
/// or more and `.png`. Throws Error(failed) when the folder is there and cannot be read.
std::vector<std::int64_t> frames_in(const std::filesystem::path& folder);

/// What is in a folder of frames before a run writes its own there.
enum class FramesBefore {
  none,      ///< nothing may be there
  resumed,   ///< those of the same run, cut off while it wrote them: the first ones, without a gap
  overwrite  ///< anything: all of the sequence is to be replaced
};

/// Throws Error(usage) when the folder holds frames that may not be replaced or is none,
/// Error(failed) when it cannot be made or written.
void check_frame_folder(const std::filesystem::path& folder, FramesBefore before);

/// The folder of a run's numbered frames; without a path nothing happens. Not thread-safe.
class FrameFolder final {
 public:
  /// Makes the folder. Throws as check_frame_folder.
  FrameFolder(const std::filesystem::path& folder, FramesBefore before);
  /// Removes the folders that it has made if nothing is in them.
  ~FrameFolder();
  FrameFolder(const FrameFolder&) = delete;
  FrameFolder& operator=(const FrameFolder&) = delete;

  [[nodiscard]] bool wanted() const { return !folder_.empty(); }

  /// Before the first of `frames` frames: removes what killed runs have left half written, and of
  /// an older sequence what is to go. Throws Error(usage) for frames that may not be replaced.
  void begin(std::int64_t frames) const;

  /// `DIR/000012.png`
  [[nodiscard]] std::filesystem::path name_of(std::int64_t number) const;

  /// All frames go to the disk.
  void finish() const;

 private:
  std::filesystem::path folder_;
  FramesBefore before_;
  std::vector<std::filesystem::path> made_;  ///< outermost first
};

}  // namespace hyportrait
