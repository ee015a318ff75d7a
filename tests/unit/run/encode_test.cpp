// SPDX-License-Identifier: Apache-2.0
#include "run/encode.h"

#include "unit/plan/plan_fixture.h"

#include <gtest/gtest.h>

#include <fstream>
#include <utility>

namespace hyportrait::run {
namespace {

class Encode : public test::PlanTest {};

TEST_F(Encode, TheKeyOfWhatIsEncodedHoldsAllThatDecidesIt) {
  FileHashes hashes;
  const auto keys = [&] {
    const plan::Plan resolved = plan();
    const plan::PlanHash hash = plan::plan_hash(options_, *bundle_, hashes);
    return std::pair(portrait_key(resolved, hash, *bundle_), clip_key(resolved, hash, *bundle_));
  };
  const auto before = keys();
  EXPECT_EQ(keys(), before);
  const auto changes = [&](bool portrait, bool clip, const auto& change) {
    const AnimateOptions kept = options_;
    change(options_);
    const auto now = keys();
    EXPECT_EQ(now.first != before.first, portrait);
    EXPECT_EQ(now.second != before.second, clip);
    options_ = kept;
  };
  changes(false, false, [](auto& o) { o.seed = 7; });
  changes(false, false, [](auto& o) { o.steps = 9; });
  changes(false, false, [](auto& o) { o.crop_only = true; });
  changes(true, false, [](auto& o) { o.face.ref_face.index = 0; });
  changes(true, false, [](auto& o) { o.face.ref_box = PixelBox{1, 2, 30, 40}; });
  changes(true, false, [](auto& o) { o.background = {1, 2, 3}; });
  changes(false, true, [](auto& o) { o.face.drive_face.index = 0; });
  changes(false, true, [](auto& o) { o.face.drive_box = PixelBox{1, 2, 30, 40}; });
  changes(false, true, [](auto& o) { o.face.no_face = NoFacePolicy::skip; });
  changes(false, true, [](auto& o) { o.face.drive_crop = DriveCrop::follow; });
  changes(false, false, [](auto& o) { o.motion.expression_strength = 2.0; });
  changes(false, false, [](auto& o) { o.motion.smooth_seconds = 0.2; });
  changes(false, true, [](auto& o) { o.start_seconds = 0.1; });
  changes(false, true, [](auto& o) { o.end_seconds = 0.5; });
  changes(false, true, [](auto& o) { o.max_frames = 3; });
  changes(false, true, [](auto& o) { o.fps = Rational{25, 1}; });
  changes(true, true, [](auto& o) { o.size = 128; });
  changes(true, true, [](auto& o) { o.dtype = "bf16"; });
  changes(true, true, [](auto& o) { o.compat = CompatKind::original; });
  std::ofstream(options_.face.ref) << "another portrait";
  EXPECT_NE(keys().first, before.first);
  EXPECT_EQ(keys().second, before.second);
}

}  // namespace
}  // namespace hyportrait::run
