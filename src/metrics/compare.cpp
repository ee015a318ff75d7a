// SPDX-License-Identifier: Apache-2.0
#include <hyportrait/compare.h>
#include <hyportrait/error.h>

#include "metrics/bounds.h"
#include "metrics/frame_source.h"
#include "metrics/psnr.h"
#include "metrics/ssim.h"
#include "options/tool_options.h"

#include <cmath>
#include <cstdint>

namespace hyportrait {
namespace {

/// Mean and lowest of one figure over the frames.
struct Sum {
  FrameFigure figure{.worst_frame = -1};

  void add(double value, std::int64_t frame) {
    figure.mean += value;
    if (figure.worst_frame < 0 || value < figure.worst) {
      figure.worst = value;
      figure.worst_frame = frame;
    }
  }
  [[nodiscard]] FrameFigure over(std::int64_t frames) const {
    FrameFigure done = figure;
    done.mean /= static_cast<double>(frames);
    return done;
  }
};

void widen(TimeDifference& times, double difference, std::int64_t frame) {
  if (std::abs(difference) > times.seconds) {
    times = {std::abs(difference), frame};
  }
}

std::string size_text(const Frame& frame) {
  return std::to_string(frame.width) + "x" + std::to_string(frame.height);
}

void check_sizes(const CompareOptions& options, const Frame& a, const Frame& b) {
  if (a.width != b.width || a.height != b.height) {
    throw Error(ExitCode::comparison,
                options.a.string() + " is " + size_text(a) + " and " + options.b.string() + " is " +
                    size_text(b) + ": only pictures of one size are compared");
  }
  if (a.width < metrics::kSsimWindow || a.height < metrics::kSsimWindow) {
    throw Error(ExitCode::input,
                options.a.string() + ": is " + size_text(a) + "; at least 8x8 is compared");
  }
}

/// Frames up to the end of the source, those after the last pair.
std::int64_t count_rest(metrics::FrameSource& source, bool one_is_taken) {
  std::int64_t frames = one_is_taken ? 1 : 0;
  while (one_is_taken && source.next()) {
    ++frames;
  }
  return frames;
}

std::vector<std::string> failures_of(const Comparison& comparison, const CompareOptions& options) {
  const Comparison::Side& a = comparison.a;
  const Comparison::Side& b = comparison.b;
  metrics::Bounds bounds;
  if (a.frames != b.frames) {
    bounds.fail("number of frames: " + std::to_string(a.frames) + " in " + a.path.string() + ", " +
                std::to_string(b.frames) + " in " + b.path.string());
  }
  const auto check =
      [&](const char* name, const FrameFigure& figure, const std::optional<double>& bound) {
        bounds.at_least(
            name + (" of frame " + std::to_string(figure.worst_frame)), figure.worst, bound);
      };
  check("PSNR", comparison.psnr, options.min_psnr);
  check("SSIM", comparison.ssim, options.min_ssim);
  return bounds.take_failures();
}

}  // namespace

Comparison compare(const CompareOptions& options) {
  validate(options);
  metrics::FrameSource source_a(options.a);
  metrics::FrameSource source_b(options.b);
  Comparison comparison{.a = {.path = options.a}, .b = {.path = options.b}};
  Sum psnr;
  Sum ssim;
  TimeDifference times;
  std::int64_t pairs = 0;
  for (;; ++pairs) {
    const std::optional<Frame> a = source_a.next();
    const std::optional<Frame> b = source_b.next();
    if (!a || !b) {
      comparison.a.frames = pairs + count_rest(source_a, a.has_value());
      comparison.b.frames = pairs + count_rest(source_b, b.has_value());
      break;
    }
    check_sizes(options, *a, *b);
    comparison.size = {a->width, a->height};
    psnr.add(metrics::psnr(metrics::mean_squared_error(*a, *b)), pairs);
    ssim.add(metrics::ssim(*a, *b), pairs);
    widen(times, a->pts_seconds - b->pts_seconds, pairs);
  }
  comparison.compared_frames = pairs;
  comparison.psnr = psnr.over(pairs);
  comparison.ssim = ssim.over(pairs);
  if (source_a.has_times() && source_b.has_times()) {
    comparison.times = times;
  }
  comparison.failures = failures_of(comparison, options);
  return comparison;
}

}  // namespace hyportrait
