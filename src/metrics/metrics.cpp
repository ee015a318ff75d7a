// SPDX-License-Identifier: Apache-2.0
#include <hyportrait/error.h>
#include <hyportrait/metrics.h>

#include "base/file_hashes.h"
#include "base/log.h"
#include "face/crop.h"
#include "face/detector.h"
#include "face/select.h"
#include "media/image_io.h"
#include "metrics/borders.h"
#include "metrics/bounds.h"
#include "metrics/frame_source.h"
#include "metrics/head_walk.h"
#include "metrics/judge.h"
#include "metrics/psnr.h"
#include "metrics/ssim.h"
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

media::ReaderOptions driver_reader(const std::optional<RunSettings>& run) {
  return run ? plan::reader_options(run->options) : media::ReaderOptions{};
}

face::TrackOptions driver_track(const std::optional<RunSettings>& run) {
  face::TrackOptions track;
  if (run) {
    track.selector = run->options.face.drive_face;
    track.place = face::to_box(run->options.face.drive_box);
  }
  return track;
}

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
  for (int y = 0; y < result.height; ++y) {
    const bool beside = y < square.y1 || y >= square.y2;
    for (int x = 0; x < result.width; ++x) {
      for (int i = x * 3; (beside || x < square.x1 || x >= square.x2) && i < x * 3 + 3; ++i) {
        const double difference = result.row(y)[i] - portrait.row(y)[i];
        sum += difference * difference;
        ++values;
      }
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

class Walk final {
 public:
  Walk(const MetricsOptions& options,
       const nn::BundleConfig& config,
       const face::DetectFaces& detect,
       Judge& judge)
      : options_(options),
        run_(read_run_settings(options.result)),
        config_(config),
        detect_(detect),
        judge_(judge) {
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
    FrameSource drivers(options_.drive, driver_reader(run_));
    HeadWalk result_head(detect_, {}, config_);
    HeadWalk driver_head(detect_, driver_track(run_), config_);
    const bool skips = run_ && run_->options.face.no_face == NoFacePolicy::skip;
    run::Reporter reporter(hooks, "metrics", 0);
    Walked walked;
    for (;;) {
      const std::optional<Frame> result = results.next();
      if (!result) {
        break;
      }
      DriverFrame driver = next_driver(drivers, driver_head, skips);
      compare_frames(walked, *result, driver.frame);
      see_background(walked, *result, portrait, crop.box);
      std::optional<HeadView> result_view = result_head.next(*result);
      see_heads(walked, *result, result_head, driver.frame, driver_head);
      if (result_view && driver.view) {
        judge_.add(*result, std::move(*result_view), std::move(*driver.view));
      }
      reporter.at(++walked.frames);
    }
    for (;;) {
      const std::optional<Frame> driver = drivers.next();
      if (!driver) {
        break;
      }
      if (!skips || driver_head.next(*driver)) {
        refuse_counts(options_, false);
      }
    }
    judge_.finish();
    reporter.finish();
    return walked;
  }

  [[nodiscard]] const std::optional<RunSettings>& settings() const { return run_; }

 private:
  struct DriverFrame {
    Frame frame;
    std::optional<HeadView> view;  ///< nothing where there is no face
  };

  /// The driver's frame of the next frame of the result; a run that skipped has none without a
  /// face.
  DriverFrame next_driver(FrameSource& drivers, HeadWalk& head, bool skips) const {
    for (;;) {
      std::optional<Frame> frame = drivers.next();
      if (!frame) {
        refuse_counts(options_, true);
      }
      std::optional<HeadView> view = head.next(*frame);
      if (view || !skips) {
        return {.frame = std::move(*frame), .view = std::move(view)};
      }
    }
  }

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
                        const Frame& driver,
                        const HeadWalk& driver_head) {
    const std::optional<face::CropBox>& result_square = result_head.square();
    if (result_square) {
      const Frame head = head_of(result, *result_square);
      walked.result_face.add(head);
      walked.steps.add(head);
    }
    const std::optional<face::CropBox>& driver_square = driver_head.square();
    if (driver_square) {
      walked.driver_face.add(head_of(driver, *driver_square));
    }
  }

  const MetricsOptions& options_;
  std::optional<RunSettings> run_;
  const nn::BundleConfig& config_;
  const face::DetectFaces& detect_;
  Judge& judge_;
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
  Walk walk(options, config, detect, judge);
  const std::vector<std::string> notes = strangers(options, walk.settings());
  for (const std::string& note : notes) {
    logger().warn("{}", note);
  }
  const Walked walked = walk.run(media::read_image(options.ref, {255, 255, 255}), hooks);
  const Seams seams = seams_of(walked, walk.settings());
  Metrics metrics = figures_of(options, walked, judge, seams);
  metrics.failures = failures_of(metrics, seams, options);
  metrics.notes = notes;
  return metrics;
}

}  // namespace hyportrait
