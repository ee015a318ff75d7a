// SPDX-License-Identifier: Apache-2.0
#include <hyportrait/compare.h>
#include <hyportrait/error.h>

#include "face/contact_sheet.h"
#include "media/image_io.h"
#include "metrics/bounds.h"
#include "metrics/frame_source.h"
#include "metrics/picture_difference.h"
#include "options/tool_options.h"
#include "output/targets.h"

#include <algorithm>
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

std::string dimensions_text(const Frame& frame) {
  return std::to_string(frame.width) + "x" + std::to_string(frame.height);
}

void check_sizes(const CompareOptions& options, const Frame& a, const Frame& b) {
  if (a.width != b.width || a.height != b.height) {
    throw Error(ExitCode::comparison,
                options.a.string() + " is " + dimensions_text(a) + " and " + options.b.string() +
                    " is " + dimensions_text(b) + ": only pictures of one size are compared");
  }
  if (a.width < metrics::kSsimWindow || a.height < metrics::kSsimWindow) {
    throw Error(ExitCode::input,
                options.a.string() + ": is " + dimensions_text(a) + "; at least 8x8 is compared");
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

constexpr int kSheetMoments = 6;
constexpr int kSheetHeight = 256;  // px of a picture
constexpr int kSheetGap = 8;       // px
constexpr int kStronger = 4;       // differences are small

Frame difference_of(const Frame& a, const Frame& b) {
  Frame difference = a;
  for (std::size_t i = 0; i < a.pixels.size(); ++i) {
    difference.pixels[i] =
        static_cast<std::uint8_t>(std::min(std::abs(a.pixels[i] - b.pixels[i]) * kStronger, 255));
  }
  return difference;
}

void check_sheet(const CompareOptions& options) {
  if (options.sheet.empty()) {
    return;
  }
  if (options.sheet.extension() != ".png") {
    throw Error(ExitCode::usage, options.sheet.string() + ": a contact sheet is a .png");
  }
  std::error_code ignored;
  if (std::filesystem::equivalent(options.sheet, options.a, ignored) ||
      std::filesystem::equivalent(options.sheet, options.b, ignored)) {
    throw Error(ExitCode::usage, options.sheet.string() + ": the sheet would replace an input");
  }
  check_target(options.sheet, options.overwrite);
}

/// Reads both once more: how many frames there are is known now.
void write_sheet(const CompareOptions& options, const Comparison& comparison) {
  std::vector<std::int64_t> moments = face::moments_of(comparison.compared_frames, kSheetMoments);
  moments.push_back(comparison.psnr.worst_frame);
  std::sort(moments.begin(), moments.end());
  moments.erase(std::unique(moments.begin(), moments.end()), moments.end());
  metrics::FrameSource source_a(options.a);
  metrics::FrameSource source_b(options.b);
  std::vector<std::vector<Frame>> rows(3);
  std::int64_t number = 0;
  for (const std::int64_t moment : moments) {
    std::optional<Frame> a;
    std::optional<Frame> b;
    for (; number <= moment; ++number) {
      a = source_a.next();
      b = source_b.next();
    }
    if (!a || !b) {
      throw Error(ExitCode::input, "the clips have become shorter while they were compared");
    }
    rows[0].push_back(face::cell_of(*a, kSheetHeight));
    rows[1].push_back(face::cell_of(*b, kSheetHeight));
    rows[2].push_back(face::cell_of(difference_of(*a, *b), kSheetHeight));
  }
  media::write_png(options.sheet, face::contact_sheet(rows, kSheetGap));
}

}  // namespace

Comparison compare(const CompareOptions& options) {
  validate(options);
  check_sheet(options);
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
  if (!options.sheet.empty()) {
    write_sheet(options, comparison);
  }
  return comparison;
}

}  // namespace hyportrait
