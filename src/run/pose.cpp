// SPDX-License-Identifier: Apache-2.0
#include "run/pose.h"

#include "base/require.h"
#include "conditions/pose.h"
#include "face/landmarks_image.h"

#include <torch/types.h>

#include <algorithm>
#include <optional>
#include <utility>

namespace hyportrait::run {
namespace {

/// Draws and encodes frames of a clip.
struct DrawnPose {
  nn::Module pose_guider;
  nn::BundleConfig config;
  std::vector<face::Landmarks> landmarks;

  [[nodiscard]] std::int64_t frames() const { return static_cast<std::int64_t>(landmarks.size()); }

  /// The clip's frame that a padded one shows.
  [[nodiscard]] std::int64_t frame_of(std::int64_t padded) const {
    return std::clamp<std::int64_t>(padded - config.window.padding, 0, frames() - 1);
  }

  /// [1,N,C0,h,w].
  [[nodiscard]] torch::Tensor features(const std::vector<std::int64_t>& of_frames) const {
    std::vector<Frame> images;
    images.reserve(of_frames.size());
    for (const std::int64_t frame : of_frames) {
      images.push_back(face::landmarks_image({config.image_size, config.image_size},
                                             landmarks[static_cast<std::size_t>(frame)]));
    }
    return conditions::pose_features(pose_guider, images);
  }
};

/// The features of all frames, [1,N,C0,h,w], made as many at a time as a window has; nothing when
/// they take more than `most` bytes.
std::optional<torch::Tensor> all_features(const DrawnPose& pose, std::uint64_t most) {
  std::vector<torch::Tensor> parts;
  const auto frames = static_cast<std::uint64_t>(pose.frames());
  for (std::int64_t first = 0; first < pose.frames(); first += pose.config.window.frames) {
    const std::int64_t end = std::min(first + pose.config.window.frames, pose.frames());
    std::vector<std::int64_t> part;
    for (std::int64_t frame = first; frame < end; ++frame) {
      part.push_back(frame);
    }
    parts.push_back(pose.features(part));
    if (parts.front().nbytes() / parts.front().size(1) * frames > most) {
      return std::nullopt;
    }
  }
  return torch::cat(parts, 1);
}

}  // namespace

diffusion::PoseFeature pose_feature(const nn::Module& pose_guider,
                                    const nn::BundleConfig& config,
                                    std::vector<face::Landmarks> landmarks,
                                    std::uint64_t most_kept) {
  if (config.pose_image == nn::PoseImageKind::black) {
    torch::Tensor feature = conditions::black_pose_feature(pose_guider, config.image_size);
    return [feature = std::move(feature)](std::span<const diffusion::Window>) { return feature; };
  }
  require(!landmarks.empty(), "a drawn pose image has landmarks");
  DrawnPose pose{pose_guider, config, std::move(landmarks)};
  std::optional<torch::Tensor> kept = all_features(pose, most_kept);
  return [pose = std::move(pose),
          kept = std::move(kept)](std::span<const diffusion::Window> windows) {
    std::vector<torch::Tensor> features;
    for (const diffusion::Window& window : windows) {
      std::vector<std::int64_t> frames;
      for (const std::int64_t padded : window) {
        frames.push_back(pose.frame_of(padded));
      }
      features.push_back(
          kept ? kept->index_select(1, torch::tensor(frames, kept->options().dtype(torch::kLong)))
               : pose.features(frames));
    }
    return torch::cat(features);
  };
}

}  // namespace hyportrait::run
