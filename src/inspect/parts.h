// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <hyportrait/inspect.h>

#include "base/frame.h"
#include "face/detect.h"
#include "face/face.h"
#include "media/video_reader.h"
#include "nn/manifest.h"

#include <functional>
#include <optional>
#include <vector>

namespace hyportrait::inspection {

/// Where a frame that was drawn over goes; empty: nothing is drawn.
using OverlaySink = std::function<void(const Frame&)>;

/// What one frame shows and which of it is used.
struct SeenFaces {
  std::vector<face::Face> faces;        ///< from the left, as --ref-face counts
  std::optional<face::Face> chosen;     ///< the one that is animated or followed
  std::optional<face::CropBox> square;  ///< the square around its head
};

/// In order of their centres, from the left.
std::vector<face::Face> from_the_left(std::vector<face::Face> faces);

/// Draws all faces with their numbers and landmarks, the chosen one green, its square blue; a red
/// border where nothing is chosen.
void draw_overlay(Frame& frame, const SeenFaces& seen);

/// Rounded to tenths; never -0.
double tenths(double value);

/// For reports, with tenths of a px.
SeenFace seen_face(const Frame& frame, const face::Face& face);
PixelBox pixel_box(const face::Box& box);
PixelBox pixel_box(const face::CropBox& box);

/// The next frame, or nothing at the end.
using PullFrame = std::function<std::optional<Frame>()>;

/// The driving clip's findings and advice.
Inspection inspect_clip(const InspectOptions& options,
                        const media::VideoInfo& info,
                        const PullFrame& next_frame,
                        const face::DetectFaces& detect,
                        const nn::BundleConfig& config,
                        const OverlaySink& overlay);

/// The portrait's.
Inspection inspect_picture(const InspectOptions& options,
                           const Frame& picture,
                           const face::DetectFaces& detect,
                           const nn::BundleConfig& config,
                           const OverlaySink& overlay);

}  // namespace hyportrait::inspection
