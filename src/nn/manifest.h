// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json_fwd.hpp>

#include <array>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace hyportrait::nn {

// The manifest of a bundle (docs/model-bundle.md), one struct a section. What differs from model to
// model is written nowhere else in the program. It runs any networks that take and give what the
// manifest says; `unet` and `vae` tell it the sizes of those in hyportrait.export.networks, of
// which diffusion/unet_cost and vae/decode make estimates. Without them a run has none.

struct LatentConfig {
  int channels = 4;
  double scale = 0.18215;  ///< latents are multiplied by it before the sampler, divided after
  int downsample = 8;      ///< image px per latent px
};

struct TokenConfig {
  int count = 64;    ///< T
  int width = 1024;  ///< C
};

struct DetectorConfig {
  int min_side = 416;        ///< the shorter side of the network's image, px
  int multiple = 32;         ///< both sides are rounded up to a multiple of this
  bool keep_aspect = false;  ///< pad to the multiple instead of stretching to it
  double score = 0.5;        ///< keep detections above it
  double nms_iou = 0.45;     ///< suppress a box that overlaps a better one by more than this
};

struct CropConfig {
  double portrait_expand = 1.0;  ///< of the box's size, on every side
  double face_toward_box =
      0.45;               ///< how far the landmarks' range moves toward the first frame's box
  int motion_size = 256;  ///< px, inputs of expression and head_pose
};

struct MotionConfig {
  int buckets = 128;               ///< motion intensities, 0 .. buckets - 1
  int bucket_frames = 25;          ///< frames that share one intensity
  double translation_scale = 0.0;  ///< multiplies head_pose's translation in the tokens
  /// What head_pose's three angles are, in their order: yaw, pitch and roll in degrees, positive to
  /// the picture's right, down, clockwise; with a '-' before it the other way. Empty: unknown.
  std::vector<std::string> rotation_order;
};

struct WindowConfig {
  int frames = 25;
  int overlap = 3;
  int shift = 3;     ///< the windows' origin moves back by this much more each step
  int padding = 15;  ///< frames before and after the clip, faded in and out
};

struct SamplerConfig {
  int steps = 25;
  double sigma_min = 0.002;
  double sigma_max = 700.0;
  double rho = 7.0;
};

/// Guidance scale over the steps: a straight line from `min` (first step) to `max` (last).
struct GuidanceRange {
  double min = 2.0;
  double max = 2.0;
};

struct GuidanceConfig {
  GuidanceRange appearance;
  GuidanceRange motion;
  double until = 1.0;  ///< share of the steps that are guided; not in the manifest
};

/// Arguments of UNet in hyportrait.export.networks.unet. Lists have one value a level, the finest
/// first.
struct UnetSizes {
  std::vector<int> channels;
  std::vector<int> layers;      ///< resnets on the way down; one more on the way up
  std::vector<bool> attention;  ///< whether a transformer follows each of them
  std::vector<int> heads;
  int context_width = 0;  ///< of a token, C
  int added_width = 0;    ///< of the embedding of each of the added ids
  int groups = 0;         ///< of its group norms
  int latent_channels = 0;
  bool temporal = true;  ///< with blocks over frames
};

/// Arguments of Vae in hyportrait.export.networks.vae.
struct VaeSizes {
  std::vector<int> channels;  ///< of a level, the finest first
  int layers = 0;             ///< resnets of every level of the encoder; one more in the decoder
  int groups = 0;             ///< of its group norms
  int latent_channels = 0;
  bool temporal = true;  ///< whether the decoder has blocks over frames
};

/// What of the portrait's detail results have lost beside scaling (docs/detail.md).
struct DetailConfig {
  double sigma = 0.0;  ///< px of the generated square: a blur beyond the VAE's own loss
};

enum class NoiseKind { shared, per_frame };  ///< shared: one frame's noise for all frames
enum class PoseImageKind { black, landmarks };

struct BundleConfig {
  int image_size = 512;  ///< px, square
  LatentConfig latent;
  TokenConfig tokens;
  DetectorConfig detector;
  CropConfig crop;
  MotionConfig motion;
  WindowConfig window;
  SamplerConfig sampler;
  GuidanceConfig guidance;
  std::array<double, 3> added_ids{
      12.5, 0.0, 0.0};  ///< frame rate, motion bucket, noise augmentation
  NoiseKind noise = NoiseKind::per_frame;
  PoseImageKind pose_image = PoseImageKind::black;
  int decode_chunk = 8;           ///< frames the VAE decodes together
  std::optional<UnetSizes> unet;  ///< unset: unknown, or another network
  std::optional<VaeSizes> vae;
  std::optional<DetailConfig> detail;  ///< unset: results are as sharp as the VAE makes them
};

/// Name, dtype and shape of a module's input or output; -1 is any size.
struct TensorSpec {
  std::string name;
  std::string dtype;
  std::vector<std::int64_t> shape;
};

struct ModuleSpec {
  std::string file;    ///< inside the bundle's folder
  std::string sha256;  ///< lower-case hex
  std::uint64_t bytes = 0;
  std::vector<TensorSpec> inputs;
  std::vector<TensorSpec> outputs;
};

enum class BundleKind { demo, official, seeded };

struct Manifest {
  std::string name;
  BundleKind kind = BundleKind::seeded;
  std::string licence;  ///< shown by `bundle info`
  std::string
      provenance;  ///< where the weights come from; JSON text when the manifest has an object
  std::map<std::string, ModuleSpec> modules;
  BundleConfig config;
};

/// The ten modules of every bundle, in the order of docs/model-bundle.md.
inline constexpr std::array<const char*, 10> kModuleNames{"face_detector",
                                                          "identity",
                                                          "appearance",
                                                          "expression",
                                                          "head_pose",
                                                          "motion_refiner",
                                                          "pose_guider",
                                                          "vae_encoder",
                                                          "vae_decoder",
                                                          "unet"};

/// Those that run in --dtype; all others are in fp32, as in the original
/// (hyportrait.export.bundle).
inline constexpr std::array<const char*, 4> kHalfModules{
    "appearance", "pose_guider", "vae_decoder", "unet"};

/// MotionConfig::rotation_order from JSON: an empty list, or yaw, pitch and roll once each, with a
/// '-' before those that turn the other way. Throws std::invalid_argument saying that.
std::vector<std::string> rotation_order(const nlohmann::json& list);

/// Reads and checks `folder`/manifest.json. Throws Error(bundle) naming the key, what was expected
/// and what was found; unknown keys are refused with the nearest known one.
Manifest read_manifest(const std::filesystem::path& folder);

}  // namespace hyportrait::nn
