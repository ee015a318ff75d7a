// SPDX-License-Identifier: Apache-2.0
#include "nn/bundle.h"

#include "nn/compiled_index.h"
#include "support/expect_error.h"
#include "support/test_dir.h"
#include "unit/nn/script_bundle.h"

#include <gtest/gtest.h>
#include <torch/script.h>
#include <torch/types.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace hyportrait::nn {
namespace {

namespace fs = std::filesystem;
using test::expect_error;
using test::ScriptBundle;

class BundleTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = test::test_dir();
    ::setenv("XDG_CACHE_HOME", (folder_ / "cache").c_str(), 1);
  }
  static Module load(const Bundle& bundle, const char* name = "identity") {
    return bundle.load(name, {}, Precision::fp32);
  }
  /// As if hyportrait-export compile had been run for the module, without a package. The index.
  [[nodiscard]] fs::path compile(const ScriptBundle& files, const std::string& name) const {
    const auto sha256 = files.manifest["modules"][name]["sha256"].get<std::string>();
    const fs::path index = folder_ / "cache" / "hyportrait" / "compiled" /
                           (sha256.substr(0, 32) + "-cpu-fp32") / "index.json";
    fs::create_directories(index.parent_path());
    std::ofstream(index) << nlohmann::json{{"torch", this_machine({}).torch},
                                           {"processor", nlohmann::json::array()},
                                           {"gpu", nullptr},
                                           {"weights", nlohmann::json::object()},
                                           {"packages", nlohmann::json::array()}};
    return index;
  }
  fs::path folder_;
};

TEST_F(BundleTest, LoadsModulesThatRun) {
  ScriptBundle files(folder_ / "b");
  files.set_module("identity",
                   "def forward(self, x):\n  return x * self.weight\n",
                   {test::tensor_entry("x", {-1})},
                   {test::tensor_entry("y", {-1})},
                   torch::full({1}, 3.0));
  files.write();
  const Bundle bundle = Bundle::open(files.folder());
  const torch::Tensor result = load(bundle)({torch::tensor({1.0F, 2.0F})});
  EXPECT_TRUE(torch::equal(result, torch::tensor({3.0F, 6.0F})));
  EXPECT_EQ(bundle.manifest().config.window.frames, 4);
  EXPECT_EQ(bundle.hash().size(), 64U);
  EXPECT_NO_THROW(bundle.verify());
}

TEST_F(BundleTest, KeptNetworksAreLoadedOnce) {
  ScriptBundle files(folder_ / "b");
  files.write();
  Bundle bundle = Bundle::open(files.folder());
  bundle.keep_networks();
  load(bundle);
  fs::remove(files.file("identity"));
  EXPECT_NO_THROW(load(bundle));
  expect_error(ExitCode::bundle, "identity", [&] {
    static_cast<void>(bundle.load("identity", {}, Precision::bf16));
  });
  bundle.keep_networks();
  expect_error(ExitCode::bundle, "identity", [&] { load(bundle); });
}

TEST_F(BundleTest, TheCompiledEngineLeavesTheSharedNetworkAsItWas) {
  ScriptBundle files(folder_ / "b");
  files.set_module("unet",
                   "def forward(self, x):\n"
                   "  return torch.conv2d(x, self.weight, None, [1, 1], [1, 1])\n",
                   {test::tensor_entry("x", {-1, 5, -1, -1})},
                   {test::tensor_entry("y", {-1, 6, -1, -1})},
                   torch::randn({6, 5, 3, 3}));
  files.write();
  static_cast<void>(compile(files, "unet"));
  const torch::Tensor x = torch::randn({2, 5, 12, 10});
  for (const bool compiled_first : {false, true}) {
    Bundle bundle = Bundle::open(files.folder());
    bundle.keep_networks();
    const auto run = [&] { return load(bundle, "unet").outputs({x})[0]; };
    const torch::Tensor before = run();
    ASSERT_TRUE(before.is_contiguous(torch::MemoryFormat::ChannelsLast));
    if (compiled_first) {
      bundle.keep_networks();
    }
    static_cast<void>(bundle.load_compiled("unet", {}, Precision::fp32));
    EXPECT_TRUE(run().is_contiguous(torch::MemoryFormat::ChannelsLast));
    EXPECT_TRUE(torch::equal(run(), before));
  }
}

TEST_F(BundleTest, KeptCompiledNetworksAreLoadedOnceBesideTheOthers) {
  ScriptBundle files(folder_ / "b");
  files.write();
  const fs::path index = compile(files, "unet");
  Bundle bundle = Bundle::open(files.folder());
  const auto load_compiled = [&](Precision precision = Precision::fp32) {
    return bundle.load_compiled("unet", {}, precision);
  };
  load_compiled();
  fs::rename(index, folder_ / "index.json");
  expect_error(ExitCode::bundle, "is not compiled", [&] { load_compiled(); });

  bundle.keep_networks();
  fs::rename(folder_ / "index.json", index);
  load_compiled();
  load(bundle, "unet");
  fs::remove(index);
  fs::remove(files.file("unet"));
  EXPECT_NO_THROW(load_compiled());
  EXPECT_NO_THROW(load(bundle, "unet"));
  EXPECT_NO_THROW(load_compiled());
  expect_error(ExitCode::bundle, "is missing", [&] { load_compiled(Precision::bf16); });
  expect_error(ExitCode::bundle, "is missing", [&] { load_compiled(); });
}

TEST_F(BundleTest, ChannelsLastGivesThePlainLayoutsResult) {
  ScriptBundle files(folder_ / "b");
  const torch::Tensor weight = torch::randn({6, 5, 3, 3});
  for (const char* name : {"unet", "pose_guider"}) {
    files.set_module(
        name,
        "def forward(self, x):\n"
        "  y = torch.conv2d(x, self.weight, None, [1, 1], [1, 1])\n"
        "  return y, torch.silu(torch.group_norm(y, 2)).flatten(2).transpose(1, 2)\n",
        {test::tensor_entry("x", {-1, 5, -1, -1})},
        {test::tensor_entry("y", {-1, 6, -1, -1}), test::tensor_entry("t", {-1, -1, 6})},
        weight);
  }
  files.write();
  const Bundle bundle = Bundle::open(files.folder());
  const torch::Tensor x = torch::randn({2, 5, 12, 10});
  const std::vector<torch::Tensor> laid_out = load(bundle, "unet").outputs({x});
  const std::vector<torch::Tensor> plain = load(bundle, "pose_guider").outputs({x});
  EXPECT_TRUE(laid_out[0].is_contiguous(torch::MemoryFormat::ChannelsLast));
  EXPECT_TRUE(laid_out[1].is_contiguous());  // a view: no copy between convolution and attention
  EXPECT_TRUE(plain[0].is_contiguous());
  for (int i : {0, 1}) {
    EXPECT_LT((laid_out[i] - plain[i]).abs().max().item<float>(), 1e-5F);
  }
}

TEST_F(BundleTest, AGroupNormThatDoesNotFitIsRefusedByTheModulesName) {
  ScriptBundle files(folder_ / "b");
  files.set_module("unet",
                   "def forward(self, x, groups):\n"
                   "  return torch.silu(torch.group_norm(x, int(groups), self.weight))\n",
                   {test::tensor_entry("x", {-1, -1, -1, -1}),
                    test::tensor_entry("groups", nlohmann::json::array(), "int64")},
                   {test::tensor_entry("y", {-1, -1, -1, -1})},
                   torch::ones({8}));
  files.write();
  const Module unet = load(Bundle::open(files.folder()), "unet");
  const auto run = [&](std::int64_t channels, std::int64_t groups) {
    const torch::Tensor x = torch::randn({1, channels, 4, 4});
    unet.outputs({x.contiguous(torch::MemoryFormat::ChannelsLast), torch::tensor(groups)});
  };
  EXPECT_NO_THROW(run(8, 4));
  expect_error(ExitCode::bundle,
               {"module unet (unet.pt)", "Expected num groups to be greater than 0, got 0"},
               [&] { run(8, 0); });
  expect_error(ExitCode::bundle, {"module unet", "divisible by num_groups"}, [&] { run(8, 3); });
  expect_error(ExitCode::bundle, {"module unet", "weight of shape [8]"}, [&] { run(16, 4); });
}

TEST_F(BundleTest, ACallLeavesItsThreadAsItWas) {
  ScriptBundle files(folder_ / "b");
  files.set_module("unet",
                   "def forward(self, x):\n"
                   "  return x + self.weight\n",
                   {test::tensor_entry("x", {-1})},
                   {test::tensor_entry("y", {-1})},
                   torch::ones({1}));
  files.write();
  // Graphs of modules that are loaded without the optimising executor are not inlined: their group
  // norms would not be found.
  ASSERT_TRUE(torch::jit::getGraphExecutorOptimize());
  load(Bundle::open(files.folder()), "unet").outputs({torch::ones({2})});
  EXPECT_TRUE(torch::jit::getGraphExecutorOptimize());
}

TEST_F(BundleTest, HashNamesTheExactBundle) {
  ScriptBundle files(folder_ / "b");
  files.write();
  const std::string before = Bundle::open(files.folder()).hash();
  EXPECT_EQ(Bundle::open(files.folder()).hash(), before);
  files.manifest["config"]["sampler"]["steps"] = 4;
  files.write();
  EXPECT_NE(Bundle::open(files.folder()).hash(), before);
}

TEST_F(BundleTest, RefusesAFolderWithoutManifest) {
  expect_error(
      ExitCode::bundle, {folder_.string(), "manifest.json"}, [&] { Bundle::open(folder_); });
}

TEST_F(BundleTest, RefusesAMissingFile) {
  ScriptBundle files(folder_ / "b");
  files.write();
  fs::remove(files.file("unet"));
  expect_error(ExitCode::bundle, {"module unet", "unet.pt", "missing"}, [&] {
    Bundle::open(files.folder());
  });
}

TEST_F(BundleTest, RefusesAChangedByteAlsoAfterTheHashWasRemembered) {
  ScriptBundle files(folder_ / "b");
  files.write();
  const Bundle bundle = Bundle::open(files.folder());
  test::flip_byte(files.file("unet"));
  const std::string expected = files.manifest["modules"]["unet"]["sha256"];
  expect_error(ExitCode::bundle, {"module unet", "unet.pt", expected}, [&] {
    Bundle::open(files.folder());
  });
  expect_error(ExitCode::bundle, {"module unet", expected}, [&] { bundle.verify(); });
}

TEST_F(BundleTest, RefusesAnotherSize) {
  ScriptBundle files(folder_ / "b");
  files.write();
  std::ofstream(files.file("vae_decoder"), std::ios::app) << "more";
  expect_error(ExitCode::bundle, {"module vae_decoder", "bytes, found"}, [&] {
    Bundle::open(files.folder());
  });
}

TEST_F(BundleTest, RefusesALinkOutOfTheFolder) {
  ScriptBundle files(folder_ / "b");
  files.write();
  fs::rename(files.file("unet"), folder_ / "elsewhere.pt");
  fs::create_symlink(folder_ / "elsewhere.pt", files.file("unet"));
  expect_error(
      ExitCode::bundle, {"module unet", "link out"}, [&] { Bundle::open(files.folder()); });
}

TEST_F(BundleTest, FollowsALinkToTheFolderItself) {
  ScriptBundle files(folder_ / "b");
  files.write();
  fs::create_directory_symlink(files.folder(), folder_ / "link");
  EXPECT_NO_THROW(load(Bundle::open(folder_ / "link")));
}

TEST_F(BundleTest, RefusesCodeThatWritesFiles) {
  ScriptBundle files(folder_ / "b");
  const fs::path written = folder_ / "written";
  files.set_module(
      "identity",
      "def forward(self, x):\n  torch.save(x, \"" + written.string() + "\")\n  return x\n",
      {test::tensor_entry("x", {-1})},
      {test::tensor_entry("y", {-1})});
  files.write();
  const Bundle bundle = Bundle::open(files.folder());
  expect_error(ExitCode::bundle, {"identity.pt", "'save'"}, [&] { load(bundle); });
  expect_error(ExitCode::bundle, {"identity.pt", "'save'"}, [&] { bundle.verify(); });
  EXPECT_FALSE(fs::exists(written));
}

TEST_F(BundleTest, RefusesWhatIsNoArchive) {
  ScriptBundle files(folder_ / "b");
  std::ofstream(files.file("identity"), std::ios::trunc) << "just text, no archive";
  files.write();
  const Bundle bundle = Bundle::open(files.folder());
  expect_error(
      ExitCode::bundle, {"identity.pt", "not a TorchScript archive"}, [&] { load(bundle); });
}

TEST_F(BundleTest, RefusesWeightsOfAnotherDtypeThanTheManifestSays) {
  ScriptBundle files(folder_ / "b");
  files.manifest["modules"]["identity"]["inputs"][0]["dtype"] = "float16";
  files.write();
  const Bundle bundle = Bundle::open(files.folder());
  expect_error(ExitCode::bundle, {"identity", "dtype", "float16", "Float"}, [&] { load(bundle); });
}

TEST_F(BundleTest, RefusesAnotherNumberOfInputs) {
  ScriptBundle files(folder_ / "b");
  files.manifest["modules"]["identity"]["inputs"].push_back(test::tensor_entry("z", {-1}));
  files.write();
  const Bundle bundle = Bundle::open(files.folder());
  expect_error(ExitCode::bundle, {"identity", "2 inputs", "found 1"}, [&] { load(bundle); });
}

// The seeded bundle is made once a build tree by the fixture test tiny_bundle.
TEST_F(BundleTest, LoadsTheSeededTinyBundle) {
  const Bundle bundle = Bundle::open(test::binary_dir() / "test-bundles" / "tiny");
  EXPECT_EQ(bundle.manifest().kind, BundleKind::seeded);
  EXPECT_NO_THROW(bundle.verify());
  const int size = bundle.manifest().config.image_size;
  const torch::Tensor latent = load(bundle, "vae_encoder")({torch::rand({1, 3, size, size})});
  EXPECT_EQ(latent.size(2), size / bundle.manifest().config.latent.downsample);
}

}  // namespace
}  // namespace hyportrait::nn
