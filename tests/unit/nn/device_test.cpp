// SPDX-License-Identifier: Apache-2.0
#include "nn/device.h"

#include "support/expect_error.h"

#include <gtest/gtest.h>

namespace hyportrait::nn {
namespace {

using test::expect_error;

TEST(Device, ResolvesTheCpu) {
  EXPECT_EQ(resolve_device("cpu"), Device{});
  EXPECT_EQ(device_text({}), "cpu");
  EXPECT_EQ(device_text({DeviceKind::cuda, 2}), "cuda:2");
}

TEST(Device, RefusesOtherWords) {
  for (const char* word : {"gpu", "cuda:", "cuda:x", "cuda:-1", "cuda:1x", ""}) {
    expect_error(ExitCode::usage, {"cuda:N", word}, [&] { resolve_device(word); });
  }
}

TEST(Device, SaysWhyAGpuCannotBeUsed) {
  expect_error(ExitCode::device, {"cuda:99", "--device cpu"}, [] { resolve_device("cuda:99"); });
}

TEST(Device, AutoIsADeviceThatWorks) {
  const Device device = resolve_device("auto");
  EXPECT_GT(memory_facts(device).total, 0U);
  EXPECT_LE(memory_facts(device).available, memory_facts(device).total);
}

TEST(Precision, FollowsTheDeviceUnlessStated) {
  EXPECT_EQ(resolve_precision("auto", {}), Precision::fp32);
  EXPECT_EQ(resolve_precision("auto", {DeviceKind::cuda, 0}), Precision::fp16);
  EXPECT_EQ(resolve_precision("bf16", {}), Precision::bf16);
  expect_error(ExitCode::usage, {"int8", "fp16"}, [] { resolve_precision("int8", {}); });
}

}  // namespace
}  // namespace hyportrait::nn
