// SPDX-License-Identifier: Apache-2.0
#include "face/detector.h"

#include "nn/bundle.h"
#include "pictures.h"
#include "support/test_dir.h"
#include "unit/nn/script_bundle.h"

#include <gtest/gtest.h>

#include <cstdlib>

namespace hyportrait::face {
namespace {

// Two faces in thirds and tenths of the network's image and one under the score; the first face's
// score is the picture's red, so a swap of channels would show.
constexpr const char* kMethod = R"(
def forward(self, image):
    height = float(image.size(2))
    width = float(image.size(3))
    size = torch.tensor([width, height, width, height])
    boxes = torch.tensor([[0.1, 0.1, 0.2, 0.2], [0.5, 0.5, 0.75, 1.0], [0.0, 0.0, 0.1, 0.1]]) * size
    red = image[0, 0].mean()
    scores = torch.stack([red, torch.tensor(0.9), torch.tensor(0.4)])
    landmarks = boxes[:, :2].unsqueeze(1).repeat(1, 5, 1)
    return boxes, scores, landmarks
)";

Detector make_detector(const nn::DetectorConfig& config) {
  const auto folder = test::test_dir();
  ::setenv("XDG_CACHE_HOME", (folder / "cache").c_str(), 1);
  test::ScriptBundle bundle(folder / "bundle");
  bundle.set_module("face_detector",
                    kMethod,
                    nlohmann::json::array({test::tensor_entry("image", {1, 3, -1, -1})}),
                    {test::tensor_entry("boxes", {-1, 4}),
                     test::tensor_entry("scores", {-1}),
                     test::tensor_entry("landmarks", {-1, 5, 2})});
  bundle.write();
  const nn::Bundle loaded = nn::Bundle::open(bundle.folder());
  return {loaded.load("face_detector", {}, nn::Precision::fp32), config};
}

TEST(Detector, GivesFacesInPxOfThePictureBestFirst) {
  Detector detect = make_detector({.min_side = 32, .multiple = 32});
  const std::vector<Face> faces = detect(test::plain(200, 100, {204, 10, 10}));  // red: 0.8
  ASSERT_EQ(faces.size(), 2U);
  EXPECT_NEAR(faces[0].score, 0.9, 1e-6);
  EXPECT_NEAR(faces[0].box.x2, 150, 1e-4);
  EXPECT_NEAR(faces[0].box.y2, 100, 1e-4);
  EXPECT_NEAR(faces[1].score, 0.8, 1e-6);
  EXPECT_NEAR(faces[1].landmarks[4].x, 20, 1e-4);
  EXPECT_NEAR(faces[1].landmarks[4].y, 10, 1e-4);
}

TEST(Detector, GivesNothingWhereNothingPasses) {
  Detector detect = make_detector({.min_side = 32, .multiple = 32, .score = 0.95});
  EXPECT_TRUE(detect(test::plain(64, 64, {0, 0, 0})).empty());
}

}  // namespace
}  // namespace hyportrait::face
