// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <hyportrait/options.h>
#include <hyportrait/progress.h>
#include <hyportrait/run_report.h>

#include "conditions/appearance.h"
#include "motion/motion_file.h"
#include "nn/bundle.h"
#include "run/bounded_cache.h"
#include "run/motion.h"
#include "run/portrait.h"

#include <filesystem>
#include <optional>
#include <string>

namespace hyportrait::run {

/// A portrait as far as it does not depend on the clip.
struct EncodedPortrait {
  PortraitCrop crop;
  conditions::Reference reference;
};

enum class SessionKind {
  one_job,   ///< networks are freed after their stage, nothing is shared
  many_jobs  ///< networks stay loaded; portraits and clips that several jobs share are encoded once
};

/// What the jobs of one process share. Not thread-safe.
class Session final {
 public:
  explicit Session(SessionKind kind);

  /// The bundle that a job names (empty: the default one). One is open at a time, so a result is
  /// good until the next call. Throws Error(bundle).
  const nn::Bundle& bundle(const std::filesystem::path& requested);

  /// Of the open bundle's networks that read a driver.
  const motion::ReaderWeights& reader_weights(nn::Device device);

  /// Frees networks and shared conditions, as after running out of memory.
  void free_memory();

  BoundedCache<EncodedPortrait> portraits;
  BoundedCache<DrivingMotion> clips;
  std::string announced;  ///< the line about bundle and device that the log has last

 private:
  SessionKind kind_;
  std::filesystem::path requested_;
  std::optional<nn::Bundle> bundle_;
  std::optional<motion::ReaderWeights> weights_;
};

/// One job from options to file; `animate` for a session of one. Throws Error.
RunReport run_job(Session& session, const AnimateOptions& options, const RunHooks& hooks);

}  // namespace hyportrait::run
