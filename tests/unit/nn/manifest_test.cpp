// SPDX-License-Identifier: Apache-2.0
#include "nn/manifest.h"

#include "support/expect_error.h"
#include "support/test_dir.h"
#include "unit/nn/script_bundle.h"

#include <gtest/gtest.h>

#include <functional>

namespace hyportrait::nn {
namespace {

using nlohmann::json;
using test::expect_error;

class ManifestTest : public ::testing::Test {
 protected:
  ManifestTest() : files_(test::test_dir()) { files_.write(); }
  Manifest read_with(const std::function<void(json&)>& change) {
    change(files_.manifest);
    files_.write_manifest_only();
    return read_manifest(files_.folder());
  }
  void expect_refused(std::initializer_list<std::string> parts,
                      const std::function<void(json&)>& change) {
    expect_error(ExitCode::bundle, parts, [&] { read_with(change); });
  }
  test::ScriptBundle files_;
};

TEST_F(ManifestTest, ReadsEveryField) {
  const Manifest manifest = read_with([](json& root) {
    root["kind"] = "official";
    root["provenance"] = {{"commit", "abc"}};
    root["config"]["noise"] = "per_frame";
    root["config"]["pose_image"] = "landmarks";
  });
  EXPECT_EQ(manifest.kind, BundleKind::official);
  EXPECT_EQ(manifest.provenance, R"({"commit":"abc"})");
  EXPECT_EQ(manifest.modules.size(), kModuleNames.size());
  EXPECT_EQ(manifest.modules.at("unet").file, "unet.pt");
  EXPECT_EQ(manifest.modules.at("unet").inputs.at(0).shape, std::vector<std::int64_t>{-1});
  const BundleConfig& config = manifest.config;
  EXPECT_EQ(config.noise, NoiseKind::per_frame);
  EXPECT_EQ(config.pose_image, PoseImageKind::landmarks);
  EXPECT_EQ(config.latent.scale, 0.5);
  EXPECT_EQ(config.tokens.width, 8);
  EXPECT_EQ(config.motion.translation_scale, 0.5);
  EXPECT_EQ(config.window.overlap, 1);
  EXPECT_EQ(config.guidance.motion.max, 2.0);
  EXPECT_EQ(config.added_ids[0], 12.5);
  EXPECT_EQ(config.decode_chunk, 4);
}

TEST_F(ManifestTest, DetailIsOptionalAndItsSigmaIsAPlainBlur) {
  EXPECT_FALSE(read_with([](json&) {}).config.detail);
  const auto detail = [](json value) {
    return [value](json& root) { root["config"]["detail"] = value; };
  };
  EXPECT_EQ(read_with(detail({{"sigma", 0.7}})).config.detail->sigma, 0.7);
  expect_refused({"detail", "sigma", "-1"}, detail({{"sigma", -1}}));
  expect_refused({"detail", "sigma"}, detail(json::object()));
  expect_refused({"detail", "strength"}, detail({{"sigma", 0}, {"strength", 1}}));
}

/// The sections of sizes that fit the other ones of test::ScriptBundle.
json with_sizes(json root) {
  root["config"]["unet"] = {{"channels", {8, 16}},
                            {"layers", {1, 2}},
                            {"attention", {false, true}},
                            {"heads", {2, 4}},
                            {"context_width", 8},
                            {"added_width", 6},
                            {"groups", 4},
                            {"latent_channels", 4}};
  root["config"]["vae"] = {
      {"channels", {4, 4, 8, 8}}, {"layers", 1}, {"groups", 2}, {"latent_channels", 4}};
  return root;
}

TEST_F(ManifestTest, ReadsTheSizesOfUnetAndVaeWhereItHasThem) {
  EXPECT_FALSE(read_with([](json&) {}).config.unet);
  const BundleConfig config = read_with([](json& root) { root = with_sizes(root); }).config;
  ASSERT_TRUE(config.unet && config.vae);
  EXPECT_EQ(config.unet->channels, (std::vector<int>{8, 16}));
  EXPECT_EQ(config.unet->layers, (std::vector<int>{1, 2}));
  EXPECT_EQ(config.unet->attention, (std::vector<bool>{false, true}));
  EXPECT_EQ(config.unet->heads, (std::vector<int>{2, 4}));
  EXPECT_EQ(config.unet->context_width, 8);
  EXPECT_EQ(config.unet->added_width, 6);
  EXPECT_EQ(config.unet->groups, 4);
  EXPECT_EQ(config.unet->latent_channels, 4);
  EXPECT_EQ(config.vae->channels, (std::vector<int>{4, 4, 8, 8}));
  EXPECT_EQ(config.vae->layers, 1);
  EXPECT_EQ(config.vae->groups, 2);
  EXPECT_EQ(config.vae->latent_channels, 4);
  EXPECT_TRUE(config.unet->temporal && config.vae->temporal);  // as in bundles that do not say
  const BundleConfig still = read_with([](json& root) {
                               root = with_sizes(root);
                               root["config"]["unet"]["temporal"] = false;
                               root["config"]["vae"]["temporal"] = false;
                             }).config;
  EXPECT_FALSE(still.unet->temporal || still.vae->temporal);
  EXPECT_FALSE(read_with([](json& root) { root["config"].erase("unet"); }).config.unet);
}

TEST_F(ManifestTest, RefusesSizesThatAreNotThoseOfANetwork) {
  files_.manifest = with_sizes(files_.manifest);
  const json good = files_.manifest;
  const auto refuse = [&](const std::string& section,
                          const std::string& key,
                          const json& value,
                          const std::string& part) {
    expect_refused({"config: " + section, "'" + key + "'", part}, [&](json& root) {
      root = good;
      root["config"][section][key] = value;
    });
  };
  refuse("unet", "channels", json::array(), "1 to 8 values");
  refuse("unet", "channels", 8, "1 to 8 values, one a level, found 8");
  refuse("unet", "channels", std::vector<int>(9, 8), "1 to 8 values");
  refuse("unet", "channels", {8, 0}, "integers from 1 to 16384, found [8,0]");
  refuse("unet", "channels", {8, -16}, "integers from 1");
  refuse("unet", "channels", {8, 16.5}, "integers from 1");
  refuse("unet", "channels", {8, 1 << 20}, "integers from 1");
  refuse("unet", "channels", {8, 18}, "multiples of the groups (4), found 18");
  refuse("unet", "layers", {1, 2, 2}, "2 values, one a level, found [1,2,2]");
  refuse("unet", "layers", {1, 65}, "integers from 1 to 64");
  refuse("unet", "attention", {1, 0}, "true or false");
  refuse("unet", "attention", json::array({true}), "2 values");
  refuse("unet", "heads", {2}, "2 values");
  refuse("unet", "context_width", 9, "expected 8, as tokens: 'width' says, found 9");
  refuse("unet", "added_width", 0, "found 0");
  refuse("unet", "groups", 0, "found 0");
  refuse("unet", "latent_channels", 8, "expected 4, as latent: 'channels' says, found 8");
  refuse("unet", "temporal", 0, "true or false");
  refuse("vae", "temporal", "no", "true or false");
  refuse("unet", "head", {2, 4}, "did you mean 'heads'");
  refuse("vae", "channels", {4, 8, 8}, "downsample' (8) and one more, found 3");
  refuse("vae", "channels", {4, 4, 8, 9}, "multiples of the groups (2), found 9");
  refuse("vae", "layers", {1, 1, 1, 1}, "integer from 1 to 64");
  refuse("vae", "groups", 0, "found 0");
  refuse("vae", "latent_channels", 5, "expected 4, as latent: 'channels' says, found 5");
  refuse("vae", "layer", 1, "did you mean 'layers'");
  expect_refused({"config: unet", "'channels'", "level's heads (3), found 16"}, [&](json& root) {
    root = good;
    root["config"]["unet"]["heads"] = {2, 3};
  });
  expect_refused({"config: vae", "'groups'", "missing"}, [&](json& root) {
    root = good;
    root["config"]["vae"].erase("groups");
  });
  expect_refused({"config: unet", "JSON object"}, [&](json& root) {
    root = good;
    root["config"]["unet"] = nullptr;
  });
}

TEST_F(ManifestTest, RefusesUnknownKeysWithTheNearestKnownOne) {
  expect_refused({"sampler", "'stepz'", "steps"},
                 [](json& root) { root["config"]["sampler"]["stepz"] = 3; });
}

TEST_F(ManifestTest, RefusesUnknownTopLevelKeys) {
  expect_refused({"'licens'", "licence"}, [](json& root) { root["licens"] = "x"; });
}

TEST_F(ManifestTest, RefusesAMissingModule) {
  expect_refused({"modules", "'unet'", "missing"},
                 [](json& root) { root["modules"].erase("unet"); });
}

TEST_F(ManifestTest, RefusesPathsThatLeaveTheFolder) {
  expect_refused({"unet", "'file'", "../unet.pt"},
                 [](json& root) { root["modules"]["unet"]["file"] = "../unet.pt"; });
  expect_refused({"unet", "'file'", "/etc/passwd"},
                 [](json& root) { root["modules"]["unet"]["file"] = "/etc/passwd"; });
}

TEST_F(ManifestTest, RefusesAnUnknownDtype) {
  expect_refused({"unet", "dtype", "float32", "'float64'"},
                 [](json& root) { root["modules"]["unet"]["inputs"][0]["dtype"] = "float64"; });
}

TEST_F(ManifestTest, RefusesAnotherFormat) {
  expect_refused({"'format'", "expected 1, found 2"}, [](json& root) { root["format"] = 2; });
}

TEST_F(ManifestTest, RefusesAWindowThatOnlyOverlaps) {
  expect_refused({"window", "'overlap'", "4 frames"},
                 [](json& root) { root["config"]["window"]["overlap"] = 4; });
}

TEST_F(ManifestTest, RefusesValuesOutOfRange) {
  expect_refused({"sampler", "'steps'", "found 0"},
                 [](json& root) { root["config"]["sampler"]["steps"] = 0; });
}

TEST_F(ManifestTest, RefusesAnImageSizeThatLatentsDoNotDivide) {
  expect_refused({"'image_size'", "multiple", "found 60"},
                 [](json& root) { root["config"]["image_size"] = 60; });
}

}  // namespace
}  // namespace hyportrait::nn
