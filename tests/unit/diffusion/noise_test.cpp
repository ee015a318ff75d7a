// SPDX-License-Identifier: Apache-2.0
#include "diffusion/noise.h"

#include "base/safetensors.h"
#include "support/expect_error.h"
#include "support/test_dir.h"

#include <gtest/gtest.h>
#include <torch/types.h>

#include <cstring>
#include <limits>

namespace hyportrait::diffusion {
namespace {

using nn::NoiseKind;
constexpr LatentShape kShape{3, 4, 8, 8};

TEST(Noise, IsTheSameForTheSameSeed) {
  const torch::Tensor first = make_noise(7, NoiseKind::per_frame, kShape);
  EXPECT_TRUE(torch::equal(first, make_noise(7, NoiseKind::per_frame, kShape)));
  EXPECT_FALSE(torch::equal(first, make_noise(8, NoiseKind::per_frame, kShape)));
  EXPECT_EQ(first.sizes(), c10::IntArrayRef(kShape));
}

TEST(Noise, HasUnitVariance) {
  const torch::Tensor noise = make_noise(1, NoiseKind::per_frame, {100, 4, 8, 8});
  EXPECT_NEAR(noise.mean().item<float>(), 0.0F, 0.03F);
  EXPECT_NEAR(noise.std().item<float>(), 1.0F, 0.03F);
}

TEST(Noise, SharedNoiseIsOneFramesForAll) {
  const torch::Tensor shared = make_noise(7, NoiseKind::shared, kShape);
  EXPECT_EQ(shared.sizes(), c10::IntArrayRef(kShape));
  EXPECT_TRUE(torch::equal(shared[0], shared[2]));
  const torch::Tensor own = make_noise(7, NoiseKind::per_frame, kShape);
  EXPECT_FALSE(torch::equal(own[0], own[2]));
}

TEST(Noise, DoesNotTouchTheGlobalGenerator) {
  torch::manual_seed(5);
  const torch::Tensor expected = torch::randn({4});
  torch::manual_seed(5);
  make_noise(7, NoiseKind::per_frame, kShape);
  EXPECT_TRUE(torch::equal(torch::randn({4}), expected));
}

class NoiseFileTest : public ::testing::Test {
 protected:
  void write(const std::vector<std::int64_t>& shape, const std::string& dtype = "F32") {
    std::size_t count = element_size(dtype);
    for (const std::int64_t size : shape) {
      count *= static_cast<std::size_t>(size);
    }
    write_safetensors(path_, {{"noise", {dtype, shape, std::vector<std::uint8_t>(count, 63)}}});
  }
  std::filesystem::path path_ = test::test_dir() / "noise.safetensors";
};

TEST_F(NoiseFileTest, IsReadAsItIs) {
  write({3, 4, 8, 8});
  const torch::Tensor noise = read_noise(path_, kShape);
  EXPECT_EQ(noise.sizes(), c10::IntArrayRef(kShape));
  EXPECT_FLOAT_EQ(noise[2][3][7][7].item<float>(), 0.747059F);  // 0x3f3f3f3f
}

TEST_F(NoiseFileTest, NumbersThatAreNotFiniteAreRefused) {
  for (const float value :
       {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
    std::vector<std::uint8_t> bytes(3 * 4 * 8 * 8 * sizeof(float));
    std::memcpy(bytes.data() + 40, &value, sizeof value);
    write_safetensors(path_, {{"noise", {"F32", {3, 4, 8, 8}, bytes}}});
    test::expect_error(
        ExitCode::input, {"noise.safetensors", "not finite"}, [&] { read_noise(path_, kShape); });
  }
}

TEST_F(NoiseFileTest, IsRefusedInAnotherShapeOrType) {
  write({2, 4, 8, 8});
  test::expect_error(ExitCode::input, {"noise.safetensors", "3x4x8x8", "2x4x8x8"}, [&] {
    read_noise(path_, kShape);
  });
  write({3, 4, 8, 8}, "F64");
  test::expect_error(ExitCode::input, {"F32", "F64"}, [&] { read_noise(path_, kShape); });
}

}  // namespace
}  // namespace hyportrait::diffusion
