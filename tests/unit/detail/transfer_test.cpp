// SPDX-License-Identifier: Apache-2.0
#include "detail/transfer.h"

#include <gtest/gtest.h>
#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace hyportrait::detail {
namespace {

constexpr int kLow = 96;
constexpr int kScale = 4;
constexpr int kFull = kLow * kScale;

cv::Mat view(Frame& frame) {
  return {frame.height, frame.width, CV_8UC3, frame.pixels.data()};
}

Frame frame_of(const cv::Mat& picture) {
  Frame frame = Frame::black(picture.cols, picture.rows);
  cv::Mat target = view(frame);
  picture.convertTo(target, CV_8U);
  return frame;
}

/// Noise of some octaves, strong in some places and faint in others: structure at every scale, as
/// hair and skin have. In levels, CV_32FC3.
cv::Mat texture(int side) {
  cv::Mat sum(side, side, CV_32FC3, cv::Scalar::all(0));
  cv::theRNG().state = 3;
  for (const double sigma : {16.0, 8.0, 4.0, 2.0, 1.0}) {
    cv::Mat octave(side, side, CV_32FC3);
    cv::randn(octave, 0, 1);
    cv::GaussianBlur(octave, octave, {}, sigma);
    sum += octave * (30 * sigma);
  }
  for (int y = 0; y < side; ++y) {
    for (int x = 0; x < side; ++x) {
      const double strength = std::sin(x / 25.0) * std::sin(y / 30.0);
      sum.at<cv::Vec3f>(y, x) *= static_cast<float>(strength * strength);
    }
  }
  return sum + cv::Scalar::all(128);
}

cv::Mat smooth_picture() {
  cv::Mat picture = texture(kFull);
  cv::GaussianBlur(picture, picture, {}, 12);
  return picture;
}

Frame made_small(const cv::Mat& picture) {
  cv::Mat small;
  cv::resize(picture, small, {kLow, kLow}, 0, 0, cv::INTER_AREA);
  return frame_of(small);
}

/// The middle of a picture, without what the flow cannot know at the border.
cv::Rect inner() {
  return {kFull / 8, kFull / 8, kFull * 3 / 4, kFull * 3 / 4};
}

double mean_difference(Frame a, Frame b, const cv::Rect& place) {
  cv::Mat difference;
  cv::absdiff(view(a)(place), view(b)(place), difference);
  return cv::norm(difference, cv::NORM_L1) / (3.0 * place.area());
}

struct Carried {
  Frame scaled;
  Frame result;
  double mean_weight = 0.0;
};

Carried carry(const cv::Mat& portrait, const Frame& generated, double strength = 1.0) {
  DetailTransfer transfer(frame_of(portrait), made_small(portrait), {.strength = strength});
  Carried carried;
  carried.scaled = transfer.find(generated);
  carried.result = carried.scaled;
  transfer.add(carried.result);
  carried.mean_weight = transfer.mean_weight();
  return carried;
}

/// `side` x `side` of a larger texture, moved by dx, dy.
cv::Mat shifted(const cv::Mat& large, int dx, int dy) {
  return large({32 + dx, 32 + dy, kFull, kFull}).clone();
}

TEST(DetailTransfer, AStillFrameBecomesThePortrait) {
  const cv::Mat portrait = texture(kFull);
  const Carried carried = carry(portrait, made_small(portrait));
  EXPECT_GT(mean_difference(carried.scaled, frame_of(portrait), inner()), 1.2);
  EXPECT_LT(mean_difference(carried.result, frame_of(portrait), inner()), 0.5);
  EXPECT_GT(carried.mean_weight, 0.3);
}

TEST(DetailTransfer, AShiftCarriesTheTextureAlong) {
  const cv::Mat large = texture(kFull + 64);
  const cv::Mat moved = shifted(large, 7, -5);
  const Carried carried = carry(shifted(large, 0, 0), made_small(moved));
  EXPECT_GT(mean_difference(carried.scaled, frame_of(moved), inner()), 1.2);
  EXPECT_LT(mean_difference(carried.result, frame_of(moved), inner()), 0.8);
}

TEST(DetailTransfer, WhatIsInFrontGetsNoDetail) {
  const cv::Mat portrait = texture(kFull);
  cv::Mat hidden = portrait.clone();
  const cv::Rect patch(kFull / 4, kFull / 4, kFull / 2, kFull / 2);
  hidden(patch).setTo(cv::Scalar(90, 120, 60));
  const Carried carried = carry(portrait, made_small(hidden));
  const cv::Rect inside(
      patch.x + patch.width / 4, patch.y + patch.height / 4, patch.width / 2, patch.height / 2);
  EXPECT_LT(mean_difference(carried.result, carried.scaled, inside), 0.01);
  EXPECT_LT(mean_difference(carried.result, frame_of(hidden), patch), 1.5);
}

TEST(DetailTransfer, AnotherPictureGetsNoDetail) {
  const cv::Mat portrait = texture(kFull);
  cv::Mat other;
  cv::flip(portrait, other, -1);
  const Carried carried = carry(portrait, made_small(other));
  EXPECT_LT(carried.mean_weight, 0.1);
  EXPECT_LE(mean_difference(carried.result, frame_of(other), inner()),
            mean_difference(carried.scaled, frame_of(other), inner()) + 0.1);
}

TEST(DetailTransfer, NoiseIsNotCarried) {
  const cv::Mat clean = smooth_picture();
  cv::Mat noise(clean.size(), CV_32FC3);
  cv::theRNG().state = 11;
  cv::randn(noise, 0, 6);
  const Carried carried = carry(clean + noise, made_small(clean));
  EXPECT_LT(mean_difference(carried.result, frame_of(clean), inner()), 0.6);
}

TEST(DetailTransfer, ASoftPortraitChangesNothing) {
  const Frame small = made_small(texture(kFull));
  const cv::Mat levels(kLow, kLow, CV_8UC3, const_cast<std::uint8_t*>(small.pixels.data()));
  cv::Mat portrait;
  cv::resize(levels, portrait, {kFull, kFull}, 0, 0, cv::INTER_CUBIC);
  DetailTransfer transfer(frame_of(portrait), small, {});
  Frame result = transfer.find(small);
  const Frame scaled = result;
  transfer.add(result);
  EXPECT_LT(mean_difference(result, scaled, {0, 0, kFull, kFull}), 0.05);
}

TEST(DetailTransfer, ASofterGeneratorIsAllowedFor) {
  const cv::Mat large = texture(kFull + 64);
  const cv::Mat moved = shifted(large, 7, -5);
  cv::Mat soft;
  cv::resize(moved, soft, {kLow, kLow}, 0, 0, cv::INTER_AREA);
  cv::GaussianBlur(soft, soft, {}, 1.0, 1.0, cv::BORDER_REFLECT_101);
  const cv::Mat portrait = shifted(large, 0, 0);
  const auto error = [&](double sigma) {
    DetailTransfer transfer(frame_of(portrait), made_small(portrait), {.sigma = sigma});
    Frame result = transfer.find(frame_of(soft));
    transfer.add(result);
    return mean_difference(result, frame_of(moved), inner());
  };
  EXPECT_LT(error(1.0), 0.6 * error(0.0));
}

TEST(DetailTransfer, WithoutStrengthTheFrameStays) {
  const cv::Mat portrait = texture(kFull);
  const Carried carried = carry(portrait, made_small(portrait), 0.0);
  EXPECT_EQ(carried.result.pixels, carried.scaled.pixels);
}

TEST(DetailTransfer, BitsDoNotDependOnThreads) {
  const cv::Mat large = texture(kFull + 64);
  const Frame generated = made_small(shifted(large, 3, 9));
  const int before = cv::getNumThreads();
  cv::setNumThreads(1);
  const Carried one = carry(shifted(large, 0, 0), generated);
  cv::setNumThreads(5);
  const Carried five = carry(shifted(large, 0, 0), generated);
  EXPECT_EQ(cv::getNumThreads(), 5);
  cv::setNumThreads(before);
  EXPECT_EQ(one.result.pixels, five.result.pixels);
}

TEST(DetailTransfer, SizesNeedNotDivide) {
  const cv::Mat large = texture(kFull);
  const cv::Mat portrait = large({0, 0, 251, 163}).clone();
  cv::Mat small;
  cv::resize(portrait, small, {77, 50}, 0, 0, cv::INTER_AREA);
  DetailTransfer transfer(frame_of(portrait), frame_of(small), {});
  Frame result = transfer.find(frame_of(small));
  transfer.add(result);
  EXPECT_LT(mean_difference(result, frame_of(portrait), {30, 20, 190, 120}), 1.5);
}

}  // namespace
}  // namespace hyportrait::detail
