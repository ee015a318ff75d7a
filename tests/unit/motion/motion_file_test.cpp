// SPDX-License-Identifier: Apache-2.0
#include "motion/motion_file.h"

#include "base/safetensors.h"
#include "motion/motion_info.h"
#include "support/expect_error.h"
#include "support/test_dir.h"
#include "unit/motion/made_motion.h"

#include <gtest/gtest.h>
#include <torch/types.h>

#include <functional>

namespace hyportrait::motion {
namespace {

using test::expect_error;

class MotionFileTest : public ::testing::Test {
 protected:
  std::filesystem::path path_ = test::test_dir() / "a.motion";
  MotionFile file_{.motion = test::turning({0, 10, -4}),
                   .facts = {.size = {640, 360},
                             .frame_rate = {10, 1},
                             .time_base = {1, 1000},
                             .no_face = NoFacePolicy::skip,
                             .drive_crop = DriveCrop::follow,
                             .image_size = 64,
                             .crop = {.portrait_expand = 0.5},
                             .weights = {"d", "e", "h"},
                             .rotation_order = {"-yaw", "pitch", "roll"},
                             .dropped = {{0.5, 0.75}}}};

  /// Expects the file to be refused after `spoil` has changed its arrays.
  void expect_refused(const std::string& why, const std::function<void(SafeTensors&)>& spoil) {
    write_motion(path_, file_);
    SafeTensorsMetadata metadata;
    SafeTensors arrays = read_safetensors(
        path_, [&](const SafeTensorsHeader& header) { metadata = header.metadata; });
    spoil(arrays);
    write_safetensors(path_, arrays, metadata);
    expect_error(ExitCode::input, why, [&] { read_motion(path_); });
  }
};

TEST_F(MotionFileTest, WhatIsReadIsWhatWasWritten) {
  file_.motion.detected[1] = false;
  write_motion(path_, file_);
  EXPECT_TRUE(is_motion_file(path_));
  const MotionFile read = read_motion(path_);
  EXPECT_TRUE(torch::equal(read.motion.expression, file_.motion.expression));
  EXPECT_TRUE(torch::equal(read.motion.head_pose, file_.motion.head_pose));
  EXPECT_EQ(read.motion.times[2].pts_seconds, file_.motion.times[2].pts_seconds);
  EXPECT_EQ(read.motion.times[2].duration_seconds, 0.1);
  EXPECT_EQ(read.motion.landmarks[1][4].y, 125.0);
  EXPECT_EQ(read.motion.detected, file_.motion.detected);
  EXPECT_EQ(read.motion.square.x2, 200);
  EXPECT_EQ(read.facts.size, (PixelSize{640, 360}));
  EXPECT_EQ(read.facts.frame_rate, (Rational{10, 1}));
  EXPECT_EQ(read.facts.no_face, NoFacePolicy::skip);
  EXPECT_EQ(read.facts.drive_crop, DriveCrop::follow);
  EXPECT_EQ(read.facts.weights, file_.facts.weights);
  EXPECT_EQ(read.facts.rotation_order, file_.facts.rotation_order);
  ASSERT_EQ(read.facts.dropped.size(), 1U);
  EXPECT_EQ(read.facts.dropped[0].end_seconds, 0.75);
}

TEST_F(MotionFileTest, IsKnownByItsContentToo) {
  write_motion(path_, file_);
  const auto other = path_.parent_path() / "a.bin";
  std::filesystem::rename(path_, other);
  EXPECT_TRUE(is_motion_file(other));
  test::write_bytes(path_.parent_path() / "b.bin", "nothing of the kind");
  EXPECT_FALSE(is_motion_file(path_.parent_path() / "b.bin"));
  EXPECT_FALSE(is_motion_file(path_.parent_path()));
}

TEST_F(MotionFileTest, DamagedOnesAreRefusedWithWhatIsWrong) {
  const auto number_into = [](SafeTensor& tensor, std::size_t at, auto value) {
    std::memcpy(tensor.bytes.data() + at * sizeof value, &value, sizeof value);
  };
  expect_refused("'expression' has a value that is not a number", [&](SafeTensors& arrays) {
    number_into(arrays.at("expression"), 1, std::numeric_limits<float>::quiet_NaN());
  });
  expect_refused("'landmarks' has a value that is not a number", [&](SafeTensors& arrays) {
    number_into(arrays.at("landmarks"), 3, std::numeric_limits<double>::infinity());
  });
  expect_refused("frame 1 does not come after",
                 [&](SafeTensors& arrays) { number_into(arrays.at("pts"), 1, -1.0); });
  expect_refused("no frame of it has a face",
                 [&](SafeTensors& arrays) { arrays.at("detected").bytes.assign(3, 0); });
  expect_refused("its 'head_pose' is missing",
                 [&](SafeTensors& arrays) { arrays.erase("head_pose"); });
  expect_refused("'durations' has another type or shape", [&](SafeTensors& arrays) {
    arrays.at("durations").shape = {1, 3};
  });
  expect_refused("square around the head has no pixel", [&](SafeTensors& arrays) {
    number_into(arrays.at("square"), 2, std::int64_t{0});
  });
}

TEST_F(MotionFileTest, EmptyTruncatedAndOtherVersionsAreRefused) {
  write_motion(path_, file_);
  const std::string bytes = test::file_bytes(path_);
  test::write_bytes(path_, bytes.substr(0, bytes.size() - 5));
  expect_error(
      ExitCode::input, "a.motion: not a usable .safetensors file", [&] { read_motion(path_); });
  std::string newer = bytes;
  newer.replace(newer.find("version\\\":1"), 11, "version\\\":2");
  test::write_bytes(path_, newer);
  expect_error(ExitCode::input, "it is of version 2, this program reads version 1", [&] {
    read_motion(path_);
  });
  write_safetensors(path_, {}, {});
  expect_error(ExitCode::input, "it does not say that it is one", [&] { read_motion(path_); });
  expect_refused("it has no frame", [](SafeTensors& arrays) {
    arrays.at("expression") = {.dtype = "F32", .shape = {0, 2}, .bytes = {}};
  });
}

TEST_F(MotionFileTest, FitsOnlyTheBundleAndSizeItWasReadWith) {
  nn::BundleConfig config;
  config.image_size = 64;
  config.crop = file_.facts.crop;
  EXPECT_NO_THROW(check_setting(file_.facts, config, "a.motion"));
  EXPECT_NO_THROW(check_weights(file_.facts, {"d", "e", "h"}, "a.motion"));
  expect_error(ExitCode::input, "a.motion: was extracted with another bundle", [&] {
    check_weights(file_.facts, {"d", "e", "other"}, "a.motion");
  });
  config.image_size = 128;
  expect_error(ExitCode::input, "pass --size 64, or extract it again with --size 128", [&] {
    check_setting(file_.facts, config, "a.motion");
  });
  config.image_size = 64;
  config.crop.motion_size = 32;
  expect_error(
      ExitCode::input, "another bundle", [&] { check_setting(file_.facts, config, "a.motion"); });
}

TEST_F(MotionFileTest, IsDescribedByNameAndDirectionOfItsAngles) {
  file_.motion.detected[2] = false;
  const MotionInfo info = describe(file_, path_);
  EXPECT_EQ(info.frames, 3);
  EXPECT_NEAR(info.seconds, 0.3, 1e-9);
  ASSERT_EQ(info.angles.size(), 3U);
  EXPECT_EQ(info.angles[0].first, "yaw");
  EXPECT_EQ(info.angles[0].second.lowest, -10.0);
  EXPECT_EQ(info.angles[0].second.highest, 4.0);
  ASSERT_EQ(info.without_face.size(), 1U);
  EXPECT_EQ(info.without_face[0].first, 2);
  EXPECT_EQ(info.skipped_seconds, 0.25);
  EXPECT_GT(info.head_movement, 1.0);
  EXPECT_NEAR(info.face_movement, 0.0, 1e-9);
  file_.facts.rotation_order.clear();
  EXPECT_EQ(describe(file_, path_).angles[0].first, "angle 1");
}

}  // namespace
}  // namespace hyportrait::motion
