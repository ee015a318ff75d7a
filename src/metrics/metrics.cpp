// SPDX-License-Identifier: Apache-2.0
#include <hyportrait/error.h>
#include <hyportrait/metrics.h>

#include "base/hashes.h"
#include "base/log.h"
#include "face/crop.h"
#include "face/detector.h"
#include "face/select.h"
#include "media/image_io.h"
#include "metrics/bounds.h"
#include "metrics/driver_walk.h"
#include "metrics/frame_source.h"
#include "metrics/head_walk.h"
#include "metrics/judge.h"
#include "metrics/picture_difference.h"
#include "metrics/steadiness.h"
#include "nn/device.h"
#include "options/tool_options.h"
#include "output/sidecar.h"
#include "plan/default_bundle.h"
#include "plan/plan.h"
#include "plan/plan_hash.h"
#include "run/one_run.h"
#include "run/portrait.h"
#include "run/reporter.h"

#include <algorithm>

namespace hyportrait {
namespace {

using namespace metrics;  // this file is the layer's public face

constexpr int kHeadSide = 128;  // px: flicker and seams are judged at one size

/// A mean over frames.
struct Mean {
  double sum = 0.0;
  std::int64_t count = 0;

  void add(double value) {
    sum += value;
    ++count;
  }
  [[nodiscard]] std::optional<double> value() const {
    return count == 0 ? std::nullopt : std::optional(sum / static_cast<double>(count));
  }
};

/// What is gathered on the way through result and driver.
struct Walked {
  std::int64_t frames = 0;
  Mean background_error;  ///< squared levels, against the portrait outside the head's square
  Mean driver_psnr;
  Mean driver_ssim;
  Flicker result_face;
  Flicker driver_face;
  Flicker background;
  Steps steps;
};

run::PortraitRequest portrait_request(const MetricsOptions& options,
                                      const std::optional<RunSettings>& run,
                                      PixelSize portrait) {
  run::PortraitRequest request{.name = options.ref.string(), .selector = {}};
  if (run) {
    request.selector = run->options.face.ref_face;
    if (run->options.face.ref_box) {
      face::check_box(*run->options.face.ref_box, portrait, "ref-box", options.ref.string());
    }
    request.place = face::to_box(run->options.face.ref_box);
  }
  return request;
}

/// Mean squared difference of result and portrait outside `square`; nothing when all is inside. An
/// odd portrait has lost its last row or column in the result.
std::optional<double> error_outside(const Frame& result,
                                    const Frame& portrait,
                                    const face::CropBox& square) {
  double sum = 0.0;
  std::int64_t values = 0;
  const auto add_pixels = [&](int y, int first, int end) {
    for (int i = first * 3; i < end * 3; ++i) {
      const double difference = result.row(y)[i] - portrait.row(y)[i];
      sum += difference * difference;
      ++values;
    }
  };
  for (int y = 0; y < result.height; ++y) {
    if (y < square.y1 || y >= square.y2) {
      add_pixels(y, 0, result.width);
    } else {
      add_pixels(y, 0, std::clamp(square.x1, 0, result.width));
      add_pixels(y, std::clamp(square.x2, 0, result.width), result.width);
    }
  }
  return values == 0 ? std::nullopt : std::optional(sum / static_cast<double>(values));
}

/// A file in yuv420p has lost the last row and column of odd sizes, a folder of PNGs has not.
bool shows_portrait(const Frame& result, const Frame& portrait) {
  const auto shows = [](int found, int whole) {
    return found == whole || found == whole - whole % 2;
  };
  return shows(result.width, portrait.width) && shows(result.height, portrait.height);
}

Frame head_of(const Frame& frame, const face::CropBox& square) {
  return face::crop_resized(frame, square, kHeadSide, face::ResizeFilter::bilinear);
}

void compare_frames(Walked& walked, const Frame& result, const Frame& driver) {
  if (result.width == driver.width && result.height == driver.height &&
      std::min(result.width, result.height) >= kSsimWindow) {
    walked.driver_psnr.add(psnr(mean_squared_error(result, driver)));
    walked.driver_ssim.add(ssim(result, driver));
  }
}

void check_kind(const MetricsOptions& options, const std::optional<RunSettings>& run) {
  if (run && run->options.side_by_side) {
    throw Error(ExitCode::input,
                options.result.string() +
                    ": was made with --side-by-side, which shows three pictures; make it again "
                    "without");
  }
}

[[noreturn]] void refuse_counts(const MetricsOptions& options, bool result_is_longer) {
  throw Error(ExitCode::input,
              options.result.string() + ": has " + (result_is_longer ? "more" : "fewer") +
                  " frames than " + options.drive.string() +
                  (std::filesystem::exists(output_paths(options.result).sidecar)
                       ? " gave to its run; are these the run's files?"
                       : "; without its sidecar beside it a result must have the whole clip's "
                         "frames"));
}

class Measurement final {
 public:
  Measurement(const MetricsOptions& options,
              const nn::BundleConfig& config,
              const face::DetectFaces& detect,
              Judge& judge,
              ReadWeights weights)
      : options_(options),
        run_(read_run_settings(options.result)),
        config_(config),
        detect_(detect),
        judge_(judge),
        weights_(std::move(weights)) {
    check_kind(options, run_);
  }

  Walked run(const Frame& portrait, const RunHooks& hooks) {
    const run::PortraitCrop crop =
        run::prepare_portrait(portrait,
                              detect_,
                              portrait_request(options_, run_, {portrait.width, portrait.height}),
                              config_);
    judge_.set_portrait(crop.aligned_face);
    FrameSource results(options_.result);
    HeadWalk result_head(detect_, {}, DriveCrop::fixed, config_);
    DriverWalk drivers(options_.drive, run_, detect_, config_, weights_);
    run::Reporter reporter(hooks, "metrics", 0);
    Walked walked;
    while (const std::optional<Frame> result = results.next()) {
      std::optional<DriverFrame> driver = drivers.next();
      if (!driver) {
        refuse_counts(options_, true);
      }
      if (driver->picture) {
        compare_frames(walked, *result, *driver->picture);
      }
      see_background(walked, *result, portrait, crop.box);
      std::optional<HeadView> result_view = result_head.next(*result);
      see_heads(walked, *result, result_head, *driver);
      if (result_view && driver->view) {
        judge_.add(*result, std::move(*result_view), std::move(*driver->view));
      }
      reporter.at(++walked.frames);
    }
    if (drivers.next()) {
      refuse_counts(options_, false);
    }
    judge_.finish();
    reporter.finish();
    return walked;
  }

  [[nodiscard]] const std::optional<RunSettings>& settings() const { return run_; }

 private:
  static void see_background(Walked& walked,
                             const Frame& result,
                             const Frame& portrait,
                             const face::CropBox& square) {
    if (shows_portrait(result, portrait)) {
      if (const auto error = error_outside(result, portrait, square)) {
        walked.background_error.add(*error);
      }
      walked.background.add(result, square);
    }
  }

  static void see_heads(Walked& walked,
                        const Frame& result,
                        const HeadWalk& result_head,
                        const DriverFrame& driver) {
    if (const auto result_square = result_head.square()) {
      const Frame head = head_of(result, *result_square);
      walked.result_face.add(head);
      walked.steps.add(head);
    }
    if (driver.picture && driver.square) {
      walked.driver_face.add(head_of(*driver.picture, *driver.square));
    }
  }

  const MetricsOptions& options_;
  std::optional<RunSettings> run_;
  const nn::BundleConfig& config_;
  const face::DetectFaces& detect_;
  Judge& judge_;
  ReadWeights weights_;
};

struct Seams {
  std::optional<double> windows;
  std::optional<double> chunks;
  [[nodiscard]] std::optional<double> larger() const {
    return windows && chunks ? std::max(windows, chunks) : (windows ? windows : chunks);
  }
};

Seams seams_of(const Walked& walked, const std::optional<RunSettings>& run) {
  return run ? Seams{walked.steps.seam(window_borders(run->sampler, walked.frames)),
                     walked.steps.seam(chunk_borders(run->sampler, walked.frames))}
             : Seams{};
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
                  .driver_ssim = walked.driver_ssim.value()};
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

}  // namespace

Metrics measure(const MetricsOptions& options, const RunHooks& hooks) {
  validate(options);
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
  const Seams seams = seams_of(walked, measurement.settings());
  Metrics metrics = figures_of(options, walked, judge, seams);
  metrics.failures = failures_of(metrics, seams, options);
  metrics.notes = notes;
  return metrics;
}

}  // namespace hyportrait
