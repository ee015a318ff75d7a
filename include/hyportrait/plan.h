// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <hyportrait/export.h>
#include <hyportrait/options.h>
#include <hyportrait/types.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace hyportrait {

/// Which bundle a run uses.
struct BundleName {
  std::string name;
  std::string kind;  ///< demo, official, seeded
  std::filesystem::path folder;
  std::string sha256;  ///< of its manifest
};

/// The sampler as the run has it: bundle, preset and options put together.
struct SamplerFacts {
  int steps = 0;
  double sigma_min = 0.0;
  double sigma_max = 0.0;
  double rho = 0.0;
  GuidanceScale appearance_guidance;
  GuidanceScale motion_guidance;
  double guidance_until = 1.0;  ///< share of the steps
  int window = 0;               ///< frames, as all below
  int overlap = 0;
  int shift = 0;
  int padding = 0;
  std::string noise;       ///< shared, per_frame
  std::string pose_image;  ///< black, landmarks
  int decode_chunk = 0;
};

/// How a run shares out the device's memory, bytes. Nothing where it is not known.
struct MemoryEstimate {
  std::optional<std::uint64_t> budget_bytes;   ///< nothing on a CPU without memory_budget
  std::optional<std::uint64_t> denoise_bytes;  ///< of the two largest stages, at most
  std::optional<std::uint64_t> decode_bytes;
  BatchShape batch;
};

/// A run with every request resolved.
struct RunPlan {
  AnimateOptions options;        ///< as requested, with what `compat` implies
  std::filesystem::path output;  ///< absolute
  BundleName bundle;
  std::string device;                           ///< cpu, cuda:0
  std::string dtype;                            ///< fp32, fp16, bf16
  EngineKind engine = EngineKind::torchscript;  ///< what runs the U-Net; never automatic
  int image_size = 0;                           ///< px
  SamplerFacts sampler;
  MemoryEstimate memory;
  PixelSize portrait;
  ClipFacts clip;
  PixelSize picture;                  ///< of the written frames
  std::vector<std::string> warnings;  ///< a photograph with the demo bundle
};

/// Work and cost of a run.
struct WorkEstimate {
  std::int64_t frames = 0;
  std::int64_t padded_frames = 0;
  std::int64_t windows_per_step = 0;
  int branches = 0;               ///< of the step that has the most
  std::int64_t unet_calls = 0;    ///< a window each
  std::int64_t branch_steps = 0;  ///< branches of all calls together
  std::uint64_t latent_bytes = 0;
  std::uint64_t token_bytes = 0;
  std::uint64_t largest_network_bytes = 0;  ///< on disk
  std::uint64_t disk_bytes = 0;   ///< what the run takes there at least, with what it saves
  std::optional<double> seconds;  ///< when a past run tells
};

/// What decides a result, each part as a hash or a text; equal parts need not be computed again.
struct PlanParts {
  std::string ref;  ///< SHA-256 of the content, as the next two; "missing"
  std::string drive;
  std::string noise;       ///< empty: from the seed
  std::string pose_drive;  ///< of --pose-drive; "ref"; empty: the driver's
  std::string bundle;
  std::string version;
  std::string options;
  friend bool operator==(const PlanParts&, const PlanParts&) = default;
};

/// What a run would do: what --dry-run shows.
struct PlannedRun {
  RunPlan plan;
  WorkEstimate work;
  std::string plan_hash;  ///< SHA-256 of the parts that decide the result
};

/// As JSON text, as `animate --dry-run --json` prints it (docs/cli.md).
HYPORTRAIT_API std::string to_json(const PlannedRun& planned);

}  // namespace hyportrait
