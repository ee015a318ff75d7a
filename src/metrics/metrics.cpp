// SPDX-License-Identifier: Apache-2.0
#include <hyportrait/error.h>
#include <hyportrait/metrics.h>

#include "base/atomic_file.h"
#include "base/hashes.h"
#include "base/json_strict.h"
#include "base/log.h"
#include "face/detector.h"
#include "media/image_io.h"
#include "metrics/bounds.h"
#include "metrics/measurement.h"
#include "metrics/picture_difference.h"
#include "metrics/series.h"
#include "nn/device.h"
#include "options/tool_options.h"
#include "output/sidecar.h"
#include "output/targets.h"
#include "plan/default_bundle.h"
#include "plan/plan.h"
#include "plan/plan_hash.h"
#include "report/report_json.h"
#include "run/one_run.h"

#include <algorithm>
#include <set>

namespace hyportrait {
namespace {

using namespace metrics;  // this file is the layer's public face

struct Seams {
  std::optional<double> windows;
  std::optional<double> chunks;
  [[nodiscard]] std::optional<double> larger() const {
    return windows && chunks ? std::max(windows, chunks) : (windows ? windows : chunks);
  }
};

/// Where windows and chunks meet.
struct Borders {
  std::set<std::int64_t> windows;
  std::set<std::int64_t> chunks;
};

Borders borders_of(const Walked& walked, const std::optional<RunSettings>& run) {
  return run ? Borders{window_borders(run->sampler, walked.frames),
                       chunk_borders(run->sampler, walked.frames)}
             : Borders{};
}

Seams seams_of(const Walked& walked, const Borders& borders) {
  return {walked.steps.seam(borders.windows), walked.steps.seam(borders.chunks)};
}

Metrics figures_of(const MetricsOptions& options,
                   const Walked& walked,
                   const Judge& judge,
                   const Seams& seams) {
  Metrics metrics{.result = options.result,
                  .frames = walked.frames,
                  .frames_with_faces = judge.frames(),
                  .identity_mean = judge.identity_mean(),
                  .identity_worst = judge.identity_worst(),
                  .expression_distance = judge.expression().distance(),
                  .expression_correlation = judge.expression().correlation(),
                  .pose_degrees = judge.pose_degrees(),
                  .pose_correlation = judge.pose().correlation(),
                  .flicker_face = walked.result_face.levels(),
                  .flicker_driver_face = walked.driver_face.levels(),
                  .flicker_background = walked.background.levels(),
                  .seam_windows = seams.windows,
                  .seam_chunks = seams.chunks,
                  .driver_psnr = walked.driver_psnr.value(),
                  .driver_ssim = walked.driver_ssim.value(),
                  .per_frame = walked.per_frame};
  if (metrics.flicker_face && metrics.flicker_driver_face.value_or(0.0) > 0.0) {
    metrics.flicker_face_ratio = *metrics.flicker_face / *metrics.flicker_driver_face;
  }
  if (const std::optional<double> error = walked.background_error.value()) {
    metrics.background_psnr = psnr(*error);
  }
  return metrics;
}

std::vector<std::string> failures_of(const Metrics& metrics,
                                     const Seams& seams,
                                     const MetricsOptions& options) {
  Bounds bounds;
  bounds.at_least("identity", metrics.identity_mean, options.min_identity);
  bounds.at_most("expression distance", metrics.expression_distance, options.max_expression);
  bounds.at_most("head pose, degrees", metrics.pose_degrees, options.max_pose);
  bounds.at_most(
      "flicker of the face against the driver's", metrics.flicker_face_ratio, options.max_flicker);
  bounds.at_most("seam", seams.larger(), options.max_seam);
  bounds.at_least("PSNR of the background", metrics.background_psnr, options.min_background_psnr);
  bounds.at_least("PSNR against the driver", metrics.driver_psnr, options.min_psnr);
  bounds.at_least("SSIM against the driver", metrics.driver_ssim, options.min_ssim);
  return bounds.take_failures();
}

/// Which figures a motion file cannot give.
void note_no_pictures(const MetricsOptions& options, std::vector<std::string>& notes) {
  if (motion::is_motion_file(options.drive)) {
    notes.push_back(
        options.drive.string() +
        ": is a motion file, which has no pictures: the driver's flicker, PSNR and SSIM "
        "are not measured; give its clip for them");
  }
}

/// Which of the files are not those that the result's sidecar tells of.
std::vector<std::string> strangers(const MetricsOptions& options,
                                   const std::optional<RunSettings>& run) {
  std::vector<std::string> notes;
  if (!run) {
    return notes;
  }
  FileHashes hashes;
  const auto differs = [&](const std::filesystem::path& file, const std::string& hash) {
    return plan::content_hash(file, hashes) != hash;
  };
  if (run->parts && differs(options.ref, run->parts->ref)) {
    notes.push_back(options.ref.string() + ": is not the portrait of the run that the sidecar of " +
                    options.result.string() + " tells of");
  }
  if (run->parts && differs(options.drive, run->parts->drive)) {
    notes.push_back(options.drive.string() + ": is not the clip of the run that the sidecar of " +
                    options.result.string() + " tells of");
  }
  if (run->written && !std::filesystem::is_directory(options.result) &&
      differs(options.result, run->written->sha256)) {
    notes.push_back(options.result.string() + ": has changed since its run wrote it");
  }
  return notes;
}

/// Before any work: the files that are to be written.
void check_files(const MetricsOptions& options) {
  for (const std::filesystem::path& file : {options.output, options.plot}) {
    std::error_code ignored;
    if (file.empty()) {
      continue;
    }
    for (const auto& input : {options.ref, options.drive, options.result}) {
      if (std::filesystem::equivalent(file, input, ignored)) {
        throw Error(ExitCode::usage,
                    file.string() + ": would replace an input; choose another name");
      }
    }
    check_target(file, options.overwrite);
  }
}

void write_files(const MetricsOptions& options, const Metrics& metrics) {
  if (!options.output.empty()) {
    write_file_atomically(options.output, json_text(json_of(metrics)) + "\n");
  }
  if (!options.plot.empty()) {
    write_file_atomically(options.plot, plot::to_svg(plot_of(metrics, options)));
  }
}

}  // namespace

Metrics measure(const MetricsOptions& options, const RunHooks& hooks) {
  validate(options);
  check_files(options);
  const run::OneRun one("metrics");
  const nn::Bundle bundle = plan::open_bundle(options.bundle);
  const nn::BundleConfig& config = bundle.manifest().config;
  const nn::Device device = nn::resolve_device(options.device);
  face::Detector detector(bundle.load("face_detector", device, nn::Precision::fp32),
                          config.detector);
  const face::DetectFaces detect = [&](const Frame& frame) { return detector(frame); };
  Judge judge(bundle, device);
  Measurement measurement(
      options, config, detect, judge, [&] { return motion::weights_of(bundle, device); });
  std::vector<std::string> notes = strangers(options, measurement.settings());
  note_no_pictures(options, notes);
  for (const std::string& note : notes) {
    logger().warn("{}", note);
  }
  const Walked walked = measurement.run(media::read_image(options.ref, {255, 255, 255}), hooks);
  const Borders borders = borders_of(walked, measurement.settings());
  const Seams seams = seams_of(walked, borders);
  Metrics metrics = figures_of(options, walked, judge, seams);
  metrics.rotation_order = config.motion.rotation_order;
  metrics.window_borders = {borders.windows.begin(), borders.windows.end()};
  metrics.chunk_borders = {borders.chunks.begin(), borders.chunks.end()};
  metrics.failures = failures_of(metrics, seams, options);
  metrics.notes = notes;
  write_files(options, metrics);
  return metrics;
}

}  // namespace hyportrait
