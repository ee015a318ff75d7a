// SPDX-License-Identifier: Apache-2.0
#include "face/resize.h"

#include "pictures.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

namespace hyportrait::face {
namespace {

using test::at;
using test::picture;
using test::Rgb;

std::vector<int> reds(const Frame& frame, int y) {
  std::vector<int> values;
  for (int x = 0; x < frame.width; ++x) {
    values.push_back(frame.row(y)[3 * x]);
  }
  return values;
}

/// The same noise on every machine (a linear congruence).
Frame noise(int side) {
  std::uint32_t state = 1;
  return picture(side, side, [&](int, int) {
    state = state * 1664525U + 1013904223U;
    return Rgb{static_cast<int>(state >> 24),
               static_cast<int>(state >> 16 & 255),
               static_cast<int>(state >> 8 & 255)};
  });
}

std::uint64_t fingerprint(const Frame& frame) {  // FNV-1a
  std::uint64_t hash = 14695981039346656037ULL;
  for (const std::uint8_t level : frame.pixels) {
    hash = (hash ^ level) * 1099511628211ULL;
  }
  return hash;
}

TEST(ResizeAntialiased, AveragesWhatOnePixelCovers) {
  // Halving with the triangle of support 2: weights 1/8 3/8 3/8 1/8, cut and renormalised at the
  // ends.
  const Frame steps = picture(4, 4, [](int x, int) { return Rgb{80 * x, 0, 0}; });
  const Frame half = resize_antialiased(steps, {.width = 2, .height = 2}, ResizeFilter::bilinear);
  // (3 * 0 + 3 * 80 + 1 * 160) / 7 = 57.1; mirrored: (80 + 3 * 160 + 3 * 240) / 7 = 182.9
  EXPECT_EQ(reds(half, 0), (std::vector<int>{57, 183}));
}

TEST(ResizeAntialiased, BicubicOvershootsAtAnEdgeAndIsClipped) {
  const Frame edge = picture(8, 8, [](int x, int) {
    return Rgb{x < 4 ? 0 : 255, x < 4 ? 50 : 200, 0};
  });
  const Frame large = resize_antialiased(edge, {.width = 16, .height = 16}, ResizeFilter::bicubic);
  EXPECT_EQ(at(large, 6, 0)[0], 0);
  EXPECT_LT(at(large, 6, 0)[1], 50);
  EXPECT_GT(at(large, 9, 0)[1], 200);
}

// Values from Pillow 13.0.0: the fingerprint of Image.fromarray(noise).resize((n, n), filter).
TEST(ResizeAntialiased, EqualsPillow) {
  const Frame source = noise(61);
  const auto resized = [&](int side, ResizeFilter filter) {
    return fingerprint(resize_antialiased(source, {.width = side, .height = side}, filter));
  };
  EXPECT_EQ(fingerprint(source), 0xf13c5b80d5729ab8ULL);
  EXPECT_EQ(resized(17, ResizeFilter::bilinear), 0x40d288fccd68bfa9ULL);
  EXPECT_EQ(resized(17, ResizeFilter::bicubic), 0xcceead886e7adf56ULL);
  EXPECT_EQ(resized(100, ResizeFilter::bilinear), 0x277caa166527dbf6ULL);
  EXPECT_EQ(resized(100, ResizeFilter::bicubic), 0xbf2b172500f64019ULL);
}

TEST(ResizeAntialiased, KeepsTimeAndEqualSizes) {
  Frame source = noise(9);
  source.pts_seconds = 1.5;
  const Frame same = resize_antialiased(source, {.width = 9, .height = 9}, ResizeFilter::bicubic);
  EXPECT_EQ(same.pixels, source.pixels);
  EXPECT_EQ(same.pts_seconds, 1.5);
}

TEST(ResizePlain, TakesNeighboursWithoutAveraging) {
  // Four to one: OpenCV samples at 1.5, between the two black columns; an average would see the
  // white.
  const Frame bars = picture(4, 4, [](int x, int) {
    return x == 0 || x == 3 ? Rgb{255, 255, 255} : Rgb{};
  });
  EXPECT_EQ(at(resize_plain(bars, {.width = 1, .height = 1}), 0, 0), (Rgb{0, 0, 0}));
}

}  // namespace
}  // namespace hyportrait::face
