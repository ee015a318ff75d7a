// SPDX-License-Identifier: Apache-2.0
#include "diffusion/denoise.h"
#include "diffusion/unet_model.h"
#include "nn/bundle.h"

#include <c10/core/CPUAllocator.h>
#include <gtest/gtest.h>
#include <malloc.h>
#include <torch/types.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <limits>

namespace hyportrait::diffusion {
namespace {

constexpr std::size_t kNoLimit = std::numeric_limits<std::size_t>::max() / 2;

/// A CPU allocator with a limit, in the place of torch's while it lives; beyond the limit it fails
/// with the words of torch's own.
class LimitedAllocator final : public c10::Allocator {
 public:
  LimitedAllocator() : torchs_(c10::GetCPUAllocator()) { c10::SetCPUAllocator(this, kPriority); }
  ~LimitedAllocator() override { c10::SetCPUAllocator(torchs_, kPriority); }
  LimitedAllocator(const LimitedAllocator&) = delete;
  LimitedAllocator& operator=(const LimitedAllocator&) = delete;

  c10::DataPtr allocate(std::size_t bytes) override {
    TORCH_CHECK(live_ + bytes <= limit, "the test's allocator: can't allocate memory");
    void* block = bytes == 0 ? nullptr : std::aligned_alloc(64, (bytes + 63) / 64 * 64);
    live_ += ::malloc_usable_size(block);
    peak = std::max(peak, live_.load());
    return {block, block, &LimitedAllocator::free, c10::Device(c10::kCPU)};
  }
  [[nodiscard]] c10::DeleterFnPtr raw_deleter() const override { return &LimitedAllocator::free; }
  void copy_data(void* to, const void* from, std::size_t bytes) const override {
    default_copy_data(to, from, bytes);
  }

  std::size_t limit = kNoLimit;
  std::size_t peak = 0;

 private:
  static constexpr std::uint8_t kPriority = 100;
  static void free(void* block) {
    live_ -= ::malloc_usable_size(block);
    std::free(block);
  }

  c10::Allocator* torchs_;
  inline static std::atomic<std::size_t> live_ = 0;  // free() has no object
};

/// The tiny bundle's U-Net on 24 frames at 128 px: six windows of eight, half of each shared.
struct Job {
  Job() {
    const std::filesystem::path build = std::getenv("HYPORTRAIT_BINARY_DIR");
    const nn::Bundle bundle = nn::Bundle::open(build / "test-bundles" / "tiny");
    const nn::BundleConfig& config = bundle.manifest().config;
    conditions::MotionTokens motion;
    motion.append(torch::ones({24, config.tokens.count, config.tokens.width}));
    const torch::Tensor pose = torch::zeros({1, 1, 16, 16, 16});
    model = unet_model(
        bundle.load("unet", {}, nn::Precision::fp32),
        {.reference = {.latent = torch::ones({1, 4, 16, 16}),
                       .tokens = torch::ones({1, config.tokens.count, config.tokens.width})},
         .motion = motion,
         .pose_feature = [pose](auto) { return pose; },
         .added_ids = config.added_ids});
    nn::SamplerConfig sampler = config.sampler;
    sampler.steps = 2;
    options = {.schedule = karras_schedule(sampler),
               .window = {.frames = 8, .overlap = 4, .shift = 0, .padding = 0},
               .guidance = config.guidance};
    start = torch::sin(torch::arange(24 * 4 * 16 * 16, torch::kFloat)).view({24, 4, 16, 16}) *
            options.schedule.sigmas.front();
  }

  /// Also says which batch was used at the end.
  torch::Tensor run(Batch& batch) const {
    return denoise({.latents = start, .batch = batch},
                   options,
                   model,
                   [&](int, int, const DenoiseState& state) { batch = state.batch; });
  }

  VelocityModel model;
  DenoiseOptions options;
  torch::Tensor start;
};

TEST(MemoryLimit, ARealNetworkThatMeetsItHalvesTheBatchAndFinishes) {
  const Job job;
  LimitedAllocator allocator;
  const auto peak_with = [&](Batch batch, torch::Tensor* result) {
    allocator.peak = 0;
    *result = job.run(batch);
    return allocator.peak;
  };
  torch::Tensor alone;
  torch::Tensor together;
  torch::Tensor apart;
  const std::size_t one = peak_with({1}, &alone);
  const std::size_t six = peak_with({6}, &together);
  const std::size_t half = peak_with({1, true}, &apart);
  ASSERT_GT(six, 3 * one);
  ASSERT_GT(one, half * 5 / 4);
  const double scale = alone.abs().max().item<double>();
  const auto error = [&](const torch::Tensor& result) {
    return (result - alone).abs().max().item<double>() / scale;
  };
  EXPECT_LT(error(together), 1e-5);
  EXPECT_LT(error(apart), 1e-5);

  for (const auto& [limit, expected] : {std::pair{(one + six) / 2, Batch{3}},
                                        std::pair{one + one / 10, Batch{1}},
                                        std::pair{(one + half) / 2, Batch{1, true}}}) {
    allocator.limit = limit;
    Batch batch{6};
    const torch::Tensor result = job.run(batch);
    allocator.limit = kNoLimit;
    EXPECT_EQ(batch, expected) << limit;
    EXPECT_LT(error(result), 1e-5) << limit;
  }
}

}  // namespace
}  // namespace hyportrait::diffusion
