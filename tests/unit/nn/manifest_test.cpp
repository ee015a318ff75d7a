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
