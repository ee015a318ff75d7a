// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <hyportrait/options.h>

#include "media/video_reader.h"
#include "nn/manifest.h"

namespace hyportrait::plan {

enum class DriverKind { clip, picture, motion_file };

/// What --drive is.
struct Driver {
  DriverKind kind = DriverKind::clip;
  bool picture = false;              ///< one picture, or the motion of one
  media::VideoInfo info;             ///< as its container, or the motion file, states it
  std::int64_t frames_expected = 0;  ///< of what is read; the container's word, or exact
};

/// Looks at --drive. Throws Error(input): it cannot be opened, or is a motion file that does not
/// fit the bundle's crops and `config`'s size; Error(usage) for options that a motion file has
/// settled or cannot serve.
Driver look_at_driver(const AnimateOptions& options,
                      const media::ReaderOptions& reader,
                      const nn::BundleConfig& config);

/// Tries what --pose-drive and --pose-offset name. Throws Error(input) or Error(usage).
void check_motion_options(const AnimateOptions& options, const nn::BundleConfig& config);

/// Throws Error(usage) where the output's name asks for a picture and the driver is none, or where
/// options of an encoder are given for a picture.
void check_picture_output(const AnimateOptions& options,
                          const std::filesystem::path& output,
                          const Driver& driver);

}  // namespace hyportrait::plan
