// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <hyportrait/animate.h>

#include "face/face.h"
#include "media/video_reader.h"
#include "nn/bundle.h"
#include "nn/device.h"
#include "nn/manifest.h"
#include "plan/driver.h"
#include "plan/memory.h"

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace hyportrait::plan {

/// A run with every request resolved: what the stages see. Below it there is no `auto`.
struct Plan {
  AnimateOptions options;        ///< as given, with --compat original applied
  std::filesystem::path output;  ///< absolute
  nn::Device device;
  nn::Precision precision = nn::Precision::fp32;
  EngineKind engine = EngineKind::torchscript;  ///< never automatic
  nn::BundleConfig config;                      ///< the bundle's, with the options' overrides
  media::ReaderOptions reader;
  Driver driver;
  media::VideoInfo clip;
  face::Size portrait;  ///< px, upright
  /// Px of the written frames. With --crop-size native it is the largest that it can be until the
  /// face is found.
  face::Size picture;
  std::int64_t frames_expected = 0;  ///< the container's word; the clip itself decides
  MemoryPlan memory;
  std::vector<std::string> warnings;  ///< what will go wrong without being an error
};

/// Settles everything that can be known before work starts, and refuses what cannot work: an
/// existing output, a container that cannot hold the codec, a window no larger than its overlap,
/// more memory than there is.
/// `portrait` is the decoded picture. Throws Error.
Plan resolve(const AnimateOptions& options, const nn::Bundle& bundle, const Frame& portrait);

/// What of the clip is read: the driver's frames of a run, and of its measurement.
media::ReaderOptions reader_options(const AnimateOptions& options);

/// Whether the output is one picture and no clip.
bool writes_picture(const Plan& plan);

/// The size of portrait | driving frame | result side by side: all as high as the result, in
/// proportion.
face::Size side_by_side_size(face::Size portrait, face::Size driver, face::Size result);

/// Side of the generated square as it is pasted or written, px. `native`: of the square around the
/// head in the portrait.
int square_side(const Plan& plan, int native);

/// Whether the portrait's detail is carried into a generated square of `side` px.
bool wants_detail(const Plan& plan, int side);

/// The size of the written picture: the square, the portrait, or three pictures side by side.
face::Size picture_size(const Plan& plan, int native);

}  // namespace hyportrait::plan
