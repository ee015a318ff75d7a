// SPDX-License-Identifier: Apache-2.0
#include "nn/compiled_index.h"

#include "support/expect_error.h"
#include "support/test_dir.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <fstream>

namespace hyportrait::nn {
namespace {

const std::vector<std::int64_t> kLatents{1, 25, 4, 64, 64};
const CompiledCall kGuided{{{false, true}, {false, true}}, kLatents};
const CompiledCall kUnguided{{{true}, {true}}, kLatents};

CompiledPackage package_of(const CompiledCall& call, bool passed = true) {
  return {.file = "unet.pt2",
          .flags = call.flags,
          .shapes = {call.latents, {}, {1, 4, 64, 64}},
          .passed = passed};
}

/// Packages for both calls, made on a machine like `kHere`.
CompiledIndex fitting() {
  return {.machine = {.torch = "2.11.0", .processor = {"avx2", "fma"}, .gpu = "sm_90"},
          .packages = {package_of(kGuided), package_of(kUnguided)}};
}
const CompiledMachine kHere{
    .torch = "2.11.0", .processor = {"avx2", "avx512f", "fma"}, .gpu = "sm_90"};

std::string why(const CompiledIndex& index) {
  return why_unfit(index, kHere, {kGuided, kUnguided});
}

TEST(CompiledIndex, PackagesForAllCallsOnThisMachineFit) {
  EXPECT_EQ(why(fitting()), "");
}

TEST(CompiledIndex, ThoseOfAnotherTorchGpuOrProcessorDoNot) {
  CompiledIndex index = fitting();
  index.machine.torch = "2.10.0";
  EXPECT_EQ(why(index), "was compiled with torch 2.10.0, this is LibTorch 2.11.0");
  index = fitting();
  index.machine.gpu = "sm_80";
  EXPECT_EQ(why(index), "was compiled for a GPU of sm_80, this one is sm_90");
  index = fitting();
  index.machine.processor.insert("amx_tile");
  EXPECT_EQ(why(index), "was compiled on a processor with amx_tile, which this one lacks");
}

TEST(CompiledIndex, EachCallNeedsAPackageOfItsShapeAndBranches) {
  CompiledIndex index = fitting();
  index.packages.pop_back();
  EXPECT_EQ(why(index), "is not compiled for latents of 1x25x4x64x64 in 1 such branches");
  index = fitting();
  index.packages[1].shapes[0][3] = 32;
  EXPECT_EQ(why(index), "is not compiled for latents of 1x25x4x64x64 in 1 such branches");
  index.packages.clear();
  EXPECT_EQ(why(index), "is not compiled for latents of 1x25x4x64x64 in 2 such branches");
}

TEST(CompiledIndex, APackageThatFailedItsCheckIsNotUsed) {
  CompiledIndex index = fitting();
  index.packages[0] = package_of(kGuided, false);
  EXPECT_EQ(why(index),
            "was compiled, but unet.pt2 is not used: its results differed from TorchScript's when "
            "it was compiled");
}

TEST(CompiledIndex, IsReadAsCompileWritesIt) {
  const std::filesystem::path path = test::test_dir() / "index.json";
  nlohmann::json json = nlohmann::json::parse(R"({
    "torch": "2.11.0", "processor": ["avx2"], "gpu": null,
    "weights": {"unet.a.to_qkv": {"of": ["a.to_q.weight", "a.to_k.weight"], "strides": [8, 1]}},
    "packages": [{"file": "u.pt2", "check": {"passed": true, "distance": 1e-6, "bound": 1e-4},
                  "flags": [[true], [true]], "shapes": [[1, 2, 4, 8, 8], []]}]})");
  std::ofstream(path) << json;
  const CompiledIndex index = read_compiled_index(path);
  EXPECT_EQ(index.machine.gpu, "");
  EXPECT_EQ(index.weights.at("unet.a.to_qkv").of.size(), 2U);
  EXPECT_EQ(index.weights.at("unet.a.to_qkv").strides, (std::vector<std::int64_t>{8, 1}));
  EXPECT_TRUE(index.packages.at(0).fits({{{true}, {true}}, {1, 2, 4, 8, 8}}));
  EXPECT_FALSE(index.packages.at(0).fits({{{false}, {true}}, {1, 2, 4, 8, 8}}));
  json["packages"][0].erase("check");
  std::ofstream(path) << json;
  test::expect_error(ExitCode::bundle,
                     "not what this version's hyportrait-export compile writes",
                     [&] { read_compiled_index(path); });
}

TEST(CompiledIndex, ThisMachineHasATorchAndInstructions) {
  const CompiledMachine machine = this_machine({});
  EXPECT_EQ(machine.torch.find('+'), std::string::npos);
  EXPECT_TRUE(machine.processor.contains("sse2"));
  EXPECT_EQ(machine.gpu, "");
}

}  // namespace
}  // namespace hyportrait::nn
