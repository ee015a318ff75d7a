// SPDX-License-Identifier: Apache-2.0
#include "metrics/picture_difference.h"

#include <gtest/gtest.h>

#include <cmath>
#include <stdexcept>

namespace hyportrait::metrics {
namespace {

TEST(Psnr, IsThatOfTheMeanSquaredErrorOverAllChannels) {
  Frame a = Frame::black(4, 2);
  Frame b = Frame::black(4, 2);
  b.pixels[0] = 12;  // one of 24 values
  EXPECT_DOUBLE_EQ(mean_squared_error(a, b), 144.0 / 24.0);
  EXPECT_NEAR(psnr(6.0), 20.0 * std::log10(255.0 / std::sqrt(6.0)), 1e-12);
  EXPECT_NEAR(psnr(255.0 * 255.0), 0.0, 1e-12);
}

TEST(Psnr, EqualPicturesHaveTheMost) {
  const Frame a = Frame::black(4, 2);
  EXPECT_DOUBLE_EQ(psnr(mean_squared_error(a, a)), kMaxDecibels);
  EXPECT_DOUBLE_EQ(psnr(1e-12), kMaxDecibels);
}

TEST(Psnr, PicturesOfDifferentSizesAreABug) {
  EXPECT_THROW(mean_squared_error(Frame::black(4, 2), Frame::black(2, 4)), std::logic_error);
}

}  // namespace
}  // namespace hyportrait::metrics
