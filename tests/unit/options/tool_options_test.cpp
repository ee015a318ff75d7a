// SPDX-License-Identifier: Apache-2.0
#include "options/tool_options.h"

#include "support/expect_error.h"

#include <gtest/gtest.h>

#include <cmath>

namespace hyportrait {
namespace {

template <class Options, class Spoil>
void refused(Options options, const std::string& label, Spoil spoil) {
  EXPECT_NO_THROW(validate(options));
  spoil(options);
  test::expect_error(ExitCode::usage, label, [&] { validate(options); });
}

TEST(ToolOptions, ValuesOutOfRangeNameTheOption) {
  refused(BatchOptions{}, "--retry -1", [](auto& o) { o.retries = -1; });
  refused(BenchOptions{}, "--frames 0", [](auto& o) { o.frames = 0; });
  refused(BenchOptions{}, "--warm-up -1", [](auto& o) { o.warm_up = -1; });
  refused(BenchOptions{}, "--repeat 0", [](auto& o) { o.repeat = 0; });
  refused(BenchOptions{}, "--steps 1001", [](auto& o) { o.steps = 1001; });
  refused(BenchOptions{}, "--size 65", [](auto& o) { o.size = 65; });
  refused(DoctorOptions{}, "--device tpu", [](auto& o) { o.device = "tpu"; });
  const CompareOptions compared{.a = "a", .b = "b"};
  refused(compared, "compare needs A", [](auto& o) { o.a.clear(); });
  refused(compared, "--min-psnr nan", [](auto& o) { o.min_psnr = std::nan(""); });
  refused(compared, "--min-ssim 2", [](auto& o) { o.min_ssim = 2.0; });
  const InspectOptions inspected{.input = "a"};
  refused(inspected, "inspect needs input", [](auto& o) { o.input.clear(); });
  refused(inspected, "--face -2", [](auto& o) { o.face.index = -2; });
  refused(inspected, "--box", [](auto& o) { o.box = PixelBox{}; });
  refused(inspected, "--max-frames 0", [](auto& o) { o.max_frames = 0; });
  refused(inspected, "--end must come after --start", [](auto& o) {
    o.start_seconds = 2.0;
    o.end_seconds = 1.0;
  });
  const MetricsOptions measured{.ref = "a", .drive = "b", .result = "c"};
  refused(measured, "metrics needs --result", [](auto& o) { o.result.clear(); });
  refused(measured, "--max-seam nan", [](auto& o) { o.max_seam = std::nan(""); });
  refused(measured, "--min-identity 1.5", [](auto& o) { o.min_identity = 1.5; });
}

}  // namespace
}  // namespace hyportrait
