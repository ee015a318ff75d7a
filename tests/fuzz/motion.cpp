// SPDX-License-Identifier: Apache-2.0
// A motion file: what is read has a face, times that ascend and arrays of one length, and is
// written back the same.
#include "fuzz/fuzz.h"
#include "motion/motion_file.h"

#include <torch/types.h>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace hyportrait;
  const std::filesystem::path path = test::input_file(data, size, "in.motion");
  test::refuse_or_run([&] {
    const motion::MotionFile file = motion::read_motion(path);
    const motion::Motion& read = file.motion;
    const auto frames = static_cast<std::size_t>(read.frames());
    test::must(frames > 0 && read.landmarks.size() == frames && read.detected.size() == frames);
    test::must(read.expression.size(0) == read.frames() && read.head_pose.size(0) == read.frames());
    for (std::size_t i = 1; i < frames; ++i) {
      test::must(read.times[i].pts_seconds > read.times[i - 1].pts_seconds);
    }
    const std::filesystem::path copy = path.parent_path() / "copy.motion";
    motion::write_motion(copy, file);
    const motion::MotionFile again = motion::read_motion(copy);
    test::must(torch::equal(again.motion.expression, read.expression));
    test::must(again.facts.weights == file.facts.weights);
  });
  return 0;
}
