// SPDX-License-Identifier: Apache-2.0
#include "plan/memory.h"

#include "support/expect_error.h"

#include <gtest/gtest.h>

namespace hyportrait::plan {
namespace {

constexpr std::uint64_t kGib = std::uint64_t{1} << 30;

/// What plan_memory reads of an official bundle's modules: their sizes.
nn::Manifest official() {
  nn::Manifest manifest;
  const auto add = [&](const std::string& name, std::uint64_t parameters) {
    nn::ModuleSpec& spec = manifest.modules[name];
    spec.bytes = 2 * parameters;
    spec.inputs = {{"first", "float16", {-1}}};
  };
  add("unet", 1'575'741'162);
  add("vae_decoder", 63'579'183);
  add("appearance", 350'000'000);
  return manifest;
}

/// 125 frames: 8 windows of 25 a step at the official configuration.
MemoryRequest request_on(nn::DeviceKind kind, std::optional<MemorySize> budget = {}) {
  MemoryRequest request{.device = {kind, 0}, .frames = 125, .budget = budget};
  request.config.unet = nn::UnetSizes{.channels = {320, 640, 1280, 1280}};
  request.config.vae = nn::VaeSizes{.channels = {128, 256, 512, 512}};
  request.precision = kind == nn::DeviceKind::cuda ? nn::Precision::fp16 : nn::Precision::fp32;
  return request;
}

MemoryPlan plan_within(std::uint64_t free) {
  return plan_memory(request_on(nn::DeviceKind::cuda), official(), {.available = free});
}

TEST(MemoryPlan, FullSizeAt512FitsTwelveGigabytes) {
  const MemoryPlan plan = plan_within(12'000'000'000);
  EXPECT_GE(plan.batch.windows, 1);
  EXPECT_FALSE(plan.batch.branches_apart);
  EXPECT_LE(plan.denoise.value(), 12'000'000'000U);
  EXPECT_LE(plan.decode.value(), 12'000'000'000U);
}

TEST(MemoryPlan, MoreMemoryTakesMoreWindowsInEvenBatches) {
  EXPECT_EQ(plan_within(141'000'000'000).batch, (diffusion::Batch{8}));
  int before = 0;
  for (std::uint64_t gib = 6; gib < 48; ++gib) {
    const MemoryPlan plan = plan_within(gib * kGib);
    EXPECT_GE(plan.batch.windows, before) << gib;
    EXPECT_LE(std::max(plan.denoise.value(), plan.decode.value()), gib * kGib) << gib;
    const int calls = (8 + plan.batch.windows - 1) / plan.batch.windows;
    EXPECT_EQ(plan.batch.windows, (8 + calls - 1) / calls) << gib;
    before = plan.batch.windows;
  }
}

TEST(MemoryPlan, TheCompiledEngineTakesOneWindowAndThatIsWhatIsCounted) {
  MemoryRequest request = request_on(nn::DeviceKind::cuda);
  const nn::MemoryFacts free{.available = 141 * kGib};
  const MemoryPlan together = plan_memory(request, official(), free);
  request.engine = EngineKind::compiled;
  const MemoryPlan plan = plan_memory(request, official(), free);
  EXPECT_EQ(plan.batch, diffusion::Batch{1});
  EXPECT_LT(plan.denoise.value(), together.denoise.value() / 2);
}

TEST(MemoryPlan, BranchesGoApartBeforeTheRunIsRefused) {
  MemoryRequest request = request_on(nn::DeviceKind::cuda, MemorySize{6 * kGib});
  request.config.vae.reset();
  EXPECT_EQ(plan_memory(request, official(), {}).batch, (diffusion::Batch{1, true}));
  request.budget = MemorySize{4 * kGib};
  test::expect_error(
      ExitCode::device,
      {"cuda:0: one window in one branch takes about", "--memory-budget allows 4.00"},
      [&] { plan_memory(request, official(), {}); });
}

TEST(MemoryPlan, ADecodeChunkThatCannotFitIsRefusedAndNeverChanged) {
  MemoryRequest request = request_on(nn::DeviceKind::cuda);
  request.config.decode_chunk = 40;
  test::expect_error(ExitCode::device,
                     {"decoding 40 frames together", "12.00 GiB are free", "--decode-chunk"},
                     [&] { plan_memory(request, official(), {.available = 12 * kGib}); });
}

TEST(MemoryPlan, LargePicturesCountOnTheHostAlone) {
  for (const nn::DeviceKind device : {nn::DeviceKind::cpu, nn::DeviceKind::cuda}) {
    MemoryRequest request = request_on(device);
    const nn::MemoryFacts free{.available = 40 * kGib};
    const MemoryPlan without = plan_memory(request, official(), free);
    request.picture_bytes = 3 * kGib;
    const MemoryPlan with = plan_memory(request, official(), free);
    EXPECT_EQ(*with.decode - *without.decode, device == nn::DeviceKind::cpu ? 3 * kGib : 0);
  }
  MemoryRequest request = request_on(nn::DeviceKind::cpu);
  request.picture_bytes = 39 * kGib;
  test::expect_error(ExitCode::device, {"40.00 GiB are free", "scale the portrait down"}, [&] {
    plan_memory(request, official(), {.available = 40 * kGib});
  });
}

TEST(MemoryPlan, ABatchKeepsItsNetworks) {
  MemoryRequest request = request_on(nn::DeviceKind::cuda);
  const nn::MemoryFacts free{.available = 40 * kGib};
  const MemoryPlan alone = plan_memory(request, official(), free);
  request.keeps_networks = true;
  EXPECT_GT(plan_memory(request, official(), free).decode.value(),
            alone.decode.value() + 3'000'000'000U);
}

TEST(MemoryPlan, WhatThisProcessHoldsCountsAsFree) {
  EXPECT_EQ(
      plan_memory(
          request_on(nn::DeviceKind::cuda), official(), {.available = 9 * kGib, .used = 3 * kGib})
          .batch,
      plan_within(12 * kGib).batch);
}

TEST(MemoryPlan, TheCpuTakesOneWindowUnlessABudgetIsGiven) {
  const nn::MemoryFacts free{.available = 500 * kGib};
  EXPECT_EQ(plan_memory(request_on(nn::DeviceKind::cpu), official(), free).batch,
            diffusion::Batch{1});
  EXPECT_EQ(
      plan_memory(request_on(nn::DeviceKind::cpu, MemorySize{400 * kGib}), official(), free).batch,
      diffusion::Batch{8});
}

TEST(MemoryPlan, WithoutTheNetworksSizesItIsOneWindowAndNothingIsRefused) {
  for (const nn::DeviceKind kind : {nn::DeviceKind::cpu, nn::DeviceKind::cuda}) {
    MemoryRequest request = request_on(kind, MemorySize{kGib});
    request.config.unet.reset();
    request.config.vae.reset();
    const MemoryPlan plan = plan_memory(request, official(), {.available = 2 * kGib});
    EXPECT_EQ(plan.batch, diffusion::Batch{1});
    EXPECT_EQ(plan.budget, kGib);
    EXPECT_FALSE(plan.denoise);
    EXPECT_FALSE(plan.decode);
  }
}

TEST(MemoryPlan, EitherSectionGivesTheEstimateOfItsNetwork) {
  MemoryRequest request = request_on(nn::DeviceKind::cuda);
  const nn::MemoryFacts free{.available = 141 * kGib};
  const MemoryPlan both = plan_memory(request, official(), free);
  request.config.vae.reset();
  const MemoryPlan unet = plan_memory(request, official(), free);
  EXPECT_EQ(unet.batch, both.batch);
  EXPECT_EQ(unet.denoise, both.denoise);
  EXPECT_FALSE(unet.decode);
  request = request_on(nn::DeviceKind::cuda);
  request.config.unet.reset();
  const MemoryPlan vae = plan_memory(request, official(), free);
  EXPECT_EQ(vae.decode, both.decode);
  EXPECT_FALSE(vae.denoise);
}

TEST(MemoryPlan, AStageTakesWorkspacesWeightsAndFeaturesWithATenthMore) {
  const MemoryPlan plan = plan_within(12'000'000'000);
  const std::uint64_t unet = std::uint64_t{30} * 25 * 2 * 64 * 64 * 320 * 2;  // two branches
  const std::uint64_t vae = std::uint64_t{8} * 128 * 8 * 512 * 512 * 2;
  const std::uint64_t latents = std::uint64_t{3} * (125 + 30) * 4 * 64 * 64 * 4;
  const std::uint64_t workspaces = kGib / 4;
  EXPECT_EQ(plan.denoise, workspaces + 2 * 1'575'741'162ULL + unet + unet / 10 + latents);
  EXPECT_EQ(plan.decode, workspaces + 2 * 63'579'183ULL + vae + vae / 10);
}

}  // namespace
}  // namespace hyportrait::plan
