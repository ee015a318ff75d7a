// SPDX-License-Identifier: Apache-2.0
#include <hyportrait/compare.h>
#include <hyportrait/error.h>

#include "metrics/bounds.h"
#include "metrics/frame_source.h"
#include "metrics/psnr.h"
#include "metrics/ssim.h"

#include <nlohmann/json.hpp>

#include <cmath>
#include <cstdint>

namespace hyportrait {
namespace {

using Json = nlohmann::ordered_json;

/// Mean and lowest of one figure over the frames.
struct Figure {
  double sum = 0.0;
  double worst = 0.0;
  std::int64_t worst_frame = -1;

  void add(double value, std::int64_t frame) {
    sum += value;
    if (worst_frame < 0 || value < worst) {
      worst = value;
      worst_frame = frame;
    }
  }
  [[nodiscard]] Json json(std::int64_t frames) const {
    return {{"mean", sum / static_cast<double>(frames)},
            {"worst", worst},
            {"worst_frame", worst_frame}};
  }
};

/// The largest difference of the time stamps of two frames of one number.
struct TimeDifference {
  double seconds = 0.0;
  std::int64_t frame = 0;

  void add(double difference, std::int64_t at) {
    if (std::abs(difference) > seconds) {
      seconds = std::abs(difference);
      frame = at;
    }
  }
};

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

}  // namespace

CheckReport compare(const CompareOptions& options) {
  metrics::FrameSource source_a(options.a);
  metrics::FrameSource source_b(options.b);
  Figure psnr;
  Figure ssim;
  TimeDifference times;
  std::int64_t pairs = 0;
  std::int64_t frames_a = 0;
  std::int64_t frames_b = 0;
  Json report = {{"a", {{"path", options.a.string()}}}, {"b", {{"path", options.b.string()}}}};
  for (;; ++pairs) {
    const std::optional<Frame> a = source_a.next();
    const std::optional<Frame> b = source_b.next();
    if (!a || !b) {
      frames_a = pairs + count_rest(source_a, a.has_value());
      frames_b = pairs + count_rest(source_b, b.has_value());
      break;
    }
    check_sizes(options, *a, *b);
    report["width"] = a->width;
    report["height"] = a->height;
    psnr.add(metrics::psnr(metrics::mean_squared_error(*a, *b)), pairs);
    ssim.add(metrics::ssim(*a, *b), pairs);
    times.add(a->pts_seconds - b->pts_seconds, pairs);
  }
  report["a"]["frames"] = frames_a;
  report["b"]["frames"] = frames_b;
  report["compared_frames"] = pairs;
  report["psnr"] = psnr.json(pairs);
  report["ssim"] = ssim.json(pairs);
  report["times"] = nullptr;
  if (source_a.has_times() && source_b.has_times()) {
    report["times"] = {{"largest_difference_seconds", times.seconds}, {"frame", times.frame}};
  }

  metrics::Bounds bounds;
  if (frames_a != frames_b) {
    bounds.fail("number of frames: " + std::to_string(frames_a) + " in " + options.a.string() +
                ", " + std::to_string(frames_b) + " in " + options.b.string());
  }
  bounds.at_least(
      "PSNR of frame " + std::to_string(psnr.worst_frame), psnr.worst, options.min_psnr);
  bounds.at_least(
      "SSIM of frame " + std::to_string(ssim.worst_frame), ssim.worst, options.min_ssim);
  return bounds.report(std::move(report));
}

}  // namespace hyportrait
