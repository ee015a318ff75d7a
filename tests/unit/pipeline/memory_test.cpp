// SPDX-License-Identifier: Apache-2.0
#include "pipeline/memory.h"

#include "support/expect_error.h"

#include <gtest/gtest.h>

namespace hyportrait::pipeline {
namespace {

constexpr std::uint64_t kGib = std::uint64_t{1} << 30;

/// What plan_memory reads of an official bundle's manifest: sizes and first width of its networks.
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
  manifest.modules.at("unet").inputs.push_back({"pose_feature", "float16", {-1, -1, 320, -1, -1}});
  return manifest;
}

/// 125 frames: 8 windows of 25 a step at the official configuration.
MemoryRequest request_on(nn::DeviceKind kind, std::optional<MemorySize> budget = {}) {
  MemoryRequest request{.device = {kind, 0}, .frames = 125, .budget = budget, .decoder_width = 128};
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
  EXPECT_LE(plan.denoise, 12'000'000'000U);
  EXPECT_LE(plan.decode, 12'000'000'000U);
}

TEST(MemoryPlan, MoreMemoryTakesMoreWindowsInEvenBatches) {
  EXPECT_EQ(plan_within(141'000'000'000).batch, (diffusion::Batch{8}));
  int before = 0;
  for (std::uint64_t gib = 6; gib < 48; ++gib) {
    const MemoryPlan plan = plan_within(gib * kGib);
    EXPECT_GE(plan.batch.windows, before) << gib;
    EXPECT_LE(std::max(plan.denoise, plan.decode), gib * kGib) << gib;
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
  EXPECT_LT(plan.denoise, together.denoise / 2);
}

TEST(MemoryPlan, BranchesGoApartBeforeTheRunIsRefused) {
  MemoryRequest request = request_on(nn::DeviceKind::cuda, MemorySize{6 * kGib});
  request.decoder_width = 0;
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

TEST(MemoryPlan, ABatchKeepsItsNetworks) {
  MemoryRequest request = request_on(nn::DeviceKind::cuda);
  const nn::MemoryFacts free{.available = 40 * kGib};
  const MemoryPlan alone = plan_memory(request, official(), free);
  request.keeps_networks = true;
  EXPECT_GT(plan_memory(request, official(), free).decode, alone.decode + 3'000'000'000U);
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

}  // namespace
}  // namespace hyportrait::pipeline
