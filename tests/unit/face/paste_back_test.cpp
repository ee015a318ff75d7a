// SPDX-License-Identifier: Apache-2.0
#include "face/paste_back.h"

#include "pictures.h"
#include "support/expect_error.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace hyportrait::face {
namespace {

using test::at;
using test::picture;
using test::plain;
using test::Rgb;

constexpr CropBox kBox{.x1 = 60, .y1 = 40, .x2 = 260, .y2 = 240};  // of 320 x 280
constexpr int kCropSide = 128;

/// A smooth scene in portrait px.
Rgb scene(double x, double y) {
  const auto wave = [](double t) { return static_cast<int>(std::lround(110 + 50 * std::sin(t))); };
  return {wave(x * 0.02 + y * 0.017), wave(y * 0.03), wave((x + y) * 0.015)};
}

Frame portrait() {
  return picture(320, 280, [](int x, int y) { return scene(x, y); });
}

/// The scene as the networks would give it back: the crop of it, `shift` levels off, with a blob
/// (the "face") of varying size and colour in the middle.
Frame generated(int shift, int phase) {
  const double scale = static_cast<double>(kBox.width()) / kCropSide;
  return picture(kCropSide, kCropSide, [&](int x, int y) {
    const double radius = 24 + 6 * std::sin(phase * 0.9);
    if (std::hypot(x - 64.0, y - 64.0) < radius) {
      return Rgb{200, 40 + 10 * (phase % 7), 90};
    }
    const Rgb colour = scene(kBox.x1 + (x + 0.5) * scale - 0.5, kBox.y1 + (y + 0.5) * scale - 0.5);
    return Rgb{colour[0] + shift, colour[1] + shift, colour[2] + shift};
  });
}

/// The steepest step of pasted - portrait from column to column, in levels, over rows that cross
/// the box's sides beside the blob: how a seam shows, without the scene's own gradients. The mean
/// over the rows leaves rounding out.
double steepest_step(const Frame& pasted, const Frame& original) {
  constexpr int kFirstRow = 73;
  constexpr int kRows = 20;
  double steepest = 0.0;
  double before = 0.0;
  for (int x = 0; x < original.width; ++x) {
    double now = 0.0;
    for (int y = kFirstRow; y < kFirstRow + kRows; ++y) {
      now += static_cast<double>(at(pasted, x, y)[0] - at(original, x, y)[0]) / kRows;
    }
    steepest = std::max(steepest, std::abs(now - before));
    before = now;
  }
  return steepest;
}

/// Mean of |pasted - portrait| over a ring just inside the box's border region (10 px wide at 25
/// px).
double ring_difference(const Frame& pasted, const Frame& original) {
  double sum = 0.0;
  int count = 0;
  for (int y = kBox.y1 + 25; y < kBox.y2 - 25; ++y) {
    for (int x = kBox.x1 + 25; x < kBox.x1 + 35; ++x, ++count) {
      sum += std::abs(at(pasted, x, y)[0] - at(original, x, y)[0]);
    }
  }
  return sum / count;
}

TEST(OriginalMask, IsALinearRampOverATenth) {
  const std::vector<float> mask = original_mask({.width = 40, .height = 20});
  const auto weight = [&](int x, int y) { return mask[static_cast<std::size_t>(y * 40 + x)]; };
  EXPECT_EQ(weight(0, 10), 0.0F);
  EXPECT_FLOAT_EQ(weight(1, 10), 1.0F / 3);
  EXPECT_EQ(weight(3, 10), 1.0F);
  EXPECT_FLOAT_EQ(weight(38, 10), 1.0F / 3);
  EXPECT_EQ(weight(20, 0), 0.0F);
  EXPECT_EQ(weight(20, 1), 1.0F);
  EXPECT_EQ(original_mask({.width = 9, .height = 9})[0], 1.0F);  // under 10 px: a hard edge
}

TEST(SoftMask, IsSmoothAndWhereThePictureEndsFull) {
  const std::vector<float> mask =
      soft_mask({.width = 100, .height = 100}, {.left = true, .bottom = true});
  const auto weight = [&](int x, int y) { return mask[static_cast<std::size_t>(y * 100 + x)]; };
  EXPECT_EQ(weight(0, 50), 1.0F);
  EXPECT_EQ(weight(50, 99), 1.0F);
  EXPECT_LT(weight(99, 50), 0.01F);
  EXPECT_LT(weight(50, 0), 0.01F);
  EXPECT_EQ(weight(83, 50), 1.0F);
  for (int x = 84; x < 99; ++x) {
    EXPECT_GT(weight(x, 50), weight(x + 1, 50));
  }
}

TEST(PasteBack, OriginalBlendsInFloatAndTruncates) {
  PasteBack paste(plain(60, 60, {100, 100, 100}),
                  {.x1 = 10, .y1 = 10, .x2 = 50, .y2 = 50},
                  {.blend = BlendKind::original});
  const Frame pasted = paste(plain(8, 8, {200, 150, 101}));
  EXPECT_EQ(at(pasted, 9, 30), (Rgb{100, 100, 100}));
  EXPECT_EQ(at(pasted, 30, 30), (Rgb{200, 150, 101}));
  EXPECT_EQ(at(pasted, 11, 30)[0], 133);  // 100 + 100 / 3
  EXPECT_EQ(at(pasted, 11, 30)[1], 116);  // 116.7, truncated
}

TEST(PasteBack, LeavesEverythingOutsideTheBoxAlone) {
  const Frame original = portrait();
  PasteBack paste(original, kBox, {});
  const Frame pasted = paste(generated(30, 0));
  for (int y = 0; y < original.height; ++y) {
    for (int x = 0; x < original.width; ++x) {
      const bool inside = x >= kBox.x1 && x < kBox.x2 && y >= kBox.y1 && y < kBox.y2;
      if (!inside) {
        ASSERT_EQ(at(pasted, x, y), at(original, x, y));
      }
    }
  }
  EXPECT_EQ(at(pasted, 160, 140)[0], at(paste(generated(30, 0)), 160, 140)[0]);
}

TEST(PasteBack, BorderStepIsSmallerThanTheOriginals) {
  const Frame original = portrait();
  PasteBack of_unshifted(original, kBox, {});
  // What the crop's lower resolution and rounding leave without any shift.
  const double unshifted_step = steepest_step(of_unshifted(generated(0, 0)), original);
  for (const int shift : {12, 25, -30}) {
    PasteBack theirs(original, kBox, {.blend = BlendKind::original});
    PasteBack without_match(original, kBox, {.colour_match = false});
    PasteBack ours(original, kBox, {});
    const Frame frame = generated(shift, 0);
    const Frame their_result = theirs(frame);
    const Frame our_result = ours(frame);
    const double their_step = steepest_step(their_result, original);
    EXPECT_LT(steepest_step(without_match(frame), original), their_step);
    EXPECT_LT(steepest_step(our_result, original), their_step);
    EXPECT_LE(steepest_step(our_result, original), unshifted_step + 0.1);
    EXPECT_GT(ring_difference(their_result, original), 0.8 * std::abs(shift));
    EXPECT_LT(ring_difference(our_result, original), 1.0);
  }
}

TEST(PasteBack, IsSteadyOverTimeForAConstantShift) {
  const Frame original = portrait();
  PasteBack paste(original, kBox, {});
  const auto background = [](const Frame& frame) {
    return at(frame, 110, 90);
  };  // inside, off the blob
  Rgb first{};
  for (int phase = 0; phase < 40; ++phase) {
    const Rgb now = background(paste(generated(20, phase)));
    first = phase == 0 ? now : first;
    for (std::size_t c = 0; c < 3; ++c) {
      EXPECT_LE(std::abs(now[c] - first[c]), 1) << "frame " << phase;
    }
  }
}

TEST(PasteBack, NoFadeWhereTheCropEndsWithThePicture) {
  PasteBack paste(plain(100, 100, {0, 0, 0}),
                  {.x1 = 0, .y1 = 20, .x2 = 80, .y2 = 100},
                  {.colour_match = false});
  const Frame pasted = paste(plain(16, 16, {200, 200, 200}));
  EXPECT_EQ(at(pasted, 0, 60)[0], 200);
  EXPECT_EQ(at(pasted, 40, 99)[0], 200);
  EXPECT_LT(at(pasted, 79, 60)[0], 5);
}

TEST(PasteBack, DropsWhatLiesOutsideThePortrait) {
  PasteBack paste(plain(50, 50, {10, 10, 10}),
                  {.x1 = -10, .y1 = -10, .x2 = 30, .y2 = 30},
                  {.colour_match = false});
  const Frame pasted = paste(plain(8, 8, {90, 90, 90}));
  EXPECT_EQ(pasted.width, 50);
  EXPECT_EQ(at(pasted, 0, 0)[0], 90);
  EXPECT_EQ(at(pasted, 40, 40)[0], 10);
}

TEST(PasteBack, KeepsTheCropsTimeStamps) {
  PasteBack paste(plain(50, 50, {}), {.x1 = 5, .y1 = 5, .x2 = 45, .y2 = 45}, {});
  Frame crop = plain(8, 8, {90, 90, 90});
  crop.pts_seconds = 2.5;
  crop.duration_seconds = 0.04;
  const Frame pasted = paste(crop);
  EXPECT_EQ(pasted.pts_seconds, 2.5);
  EXPECT_EQ(pasted.duration_seconds, 0.04);
}

TEST(PasteBack, RefusesABoxBesideThePortrait) {
  test::expect_error(ExitCode::input, "no pixel inside the portrait", [] {
    PasteBack(plain(50, 50, {}), {.x1 = 60, .y1 = 0, .x2 = 90, .y2 = 30}, {});
  });
}

}  // namespace
}  // namespace hyportrait::face
