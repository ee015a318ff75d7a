// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <hyportrait/types.h>

#include "media/video_reader.h"
#include "motion/motion.h"
#include "nn/bundle.h"
#include "nn/manifest.h"

#include <filesystem>
#include <string>
#include <vector>

namespace hyportrait::motion {

// Note [Motion files]
// A .safetensors file (docs/motion.md, "The file") with all that a run needs of a driver, so that
// it neither decodes a clip nor seeks a face. It says which weights read it; hashes are of the
// weights and not of the module's files, so a bundle that was exported again takes it too. It does
// not say who made it, when, or from which file.

/// SHA-256 of the weights (nn::Module::weights_hash) of the networks that read a driver.
struct ReaderWeights {
  std::string detector;
  std::string expression;
  std::string head_pose;
  friend bool operator==(const ReaderWeights&, const ReaderWeights&) = default;
};

/// Loads the three networks of a bundle, if they are not kept, and hashes them.
ReaderWeights weights_of(const nn::Bundle& bundle, nn::Device device);

/// What a motion file says beside its frames.
struct MotionFacts {
  bool picture = false;        ///< of a picture, not of a clip
  PixelSize size;              ///< of the driver, upright px
  Rational frame_rate{25, 1};  ///< average
  Rational time_base{1, 1000};
  bool variable_frame_rate = false;
  NoFacePolicy no_face = NoFacePolicy::hold;
  DriveCrop drive_crop = DriveCrop::fixed;
  int image_size = 0;  ///< px: head crops go through this size
  nn::CropConfig crop;
  ReaderWeights weights;
  std::vector<std::string> rotation_order;  ///< nn::MotionConfig::rotation_order
  std::vector<media::Interval> dropped;     ///< time without a face that was left out, s
};

struct MotionFile {
  Motion motion;
  MotionFacts facts;
};

/// Whether the file is meant to be one: by its ending .motion, or by its first bytes.
bool is_motion_file(const std::filesystem::path& path);

/// Throws Error(input) naming the file and what is wrong with it: truncated, of another version, no
/// frames, values that are not finite, arrays that disagree.
MotionFile read_motion(const std::filesystem::path& path);

/// Writes atomically; throws Error(failed).
void write_motion(const std::filesystem::path& path, const MotionFile& file);

/// Throws Error(input) when a bundle of these crops and this size would have read other numbers.
/// `name`: of the file.
void check_setting(const MotionFacts& facts,
                   const nn::BundleConfig& config,
                   const std::string& name);

/// The same for these weights.
void check_weights(const MotionFacts& facts, const ReaderWeights& weights, const std::string& name);

/// The driver as media::VideoReader would describe it; `options` may ask for a rate.
media::VideoInfo video_info(const MotionFile& file, const media::ReaderOptions& options);

}  // namespace hyportrait::motion
