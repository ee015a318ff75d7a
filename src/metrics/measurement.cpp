// SPDX-License-Identifier: Apache-2.0
#include "metrics/measurement.h"

#include <hyportrait/error.h>

#include "face/select.h"
#include "metrics/picture_difference.h"
#include "run/portrait.h"
#include "run/reporter.h"

#include <algorithm>
#include <utility>

namespace hyportrait::metrics {
namespace {

constexpr int kHeadSide = 128;  // px: flicker and seams are judged at one size

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
    const double close = psnr(mean_squared_error(result, driver));
    walked.driver_psnr.add(close);
    walked.driver_ssim.add(ssim(result, driver));
    walked.per_frame.back().driver_psnr = close;
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

void see_background(Walked& walked,
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

/// A flicker is that of the frame before: it needs the one after.
void note_flicker(Walked& walked,
                  std::optional<double> MetricsFrame::*figure,
                  const std::optional<double>& level) {
  if (level) {
    walked.per_frame.at(walked.per_frame.size() - 2).*figure = level;
  }
}

void see_heads(Walked& walked,
               const Frame& result,
               const HeadWalk& result_head,
               const DriverFrame& driver) {
  if (const auto result_square = result_head.square()) {
    const Frame head = head_of(result, *result_square);
    note_flicker(walked, &MetricsFrame::flicker, walked.result_face.add(head));
    walked.steps.add(head);
  }
  if (driver.picture && driver.square) {
    note_flicker(walked,
                 &MetricsFrame::flicker_driver,
                 walked.driver_face.add(head_of(*driver.picture, *driver.square)));
  }
}

}  // namespace

Measurement::Measurement(const MetricsOptions& options,
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

Walked Measurement::run(const Frame& portrait, const RunHooks& hooks) {
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
    walked.per_frame.push_back({.seconds = result->pts_seconds, .driver_seconds = driver->seconds});
    if (driver->picture) {
      compare_frames(walked, *result, *driver->picture);
    }
    see_background(walked, *result, portrait, crop.box);
    std::optional<HeadView> result_view = result_head.next(*result);
    see_heads(walked, *result, result_head, *driver);
    if (result_view && driver->view) {
      judge_.add(*result, std::move(*result_view), std::move(*driver->view), walked.frames);
    }
    reporter.at(++walked.frames);
  }
  if (drivers.next()) {
    refuse_counts(options_, false);
  }
  judge_.finish();
  judge_.write_into(walked.per_frame);
  reporter.finish();
  return walked;
}

}  // namespace hyportrait::metrics
