// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <hyportrait/animate.h>
#include <hyportrait/export.h>
#include <hyportrait/progress.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace hyportrait {

struct InspectOptions {
  std::filesystem::path input;   ///< a picture or a clip
  std::filesystem::path bundle;  ///< whose detector looks; empty: models/official, models/demo
  std::string device = "auto";   ///< auto, cpu, cuda, cuda:N
  FaceSelector face;             ///< as --ref-face or --drive-face
  std::optional<PixelBox> box;   ///< as --ref-box or --drive-box
  std::optional<double> start_seconds;     ///< of a clip
  std::optional<double> end_seconds;       ///< of a clip
  std::optional<std::int64_t> max_frames;  ///< of a clip
  std::filesystem::path overlay;           ///< picture or clip to draw into; empty: none
  bool overwrite = false;                  ///< replace an existing overlay
};

/// What `animate` would see of a portrait or a driving clip, as JSON text (docs/cli.md): faces,
/// landmarks, crop, head size and pose, sharpness, frames without a face, and advice. Finding no
/// face is no error here. Throws Error.
HYPORTRAIT_API std::string inspect(const InspectOptions& options, const RunHooks& hooks);

}  // namespace hyportrait
