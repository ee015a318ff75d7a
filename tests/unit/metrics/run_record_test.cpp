// SPDX-License-Identifier: Apache-2.0
#include "metrics/run_record.h"

#include "support/expect_error.h"
#include "support/test_dir.h"

#include <gtest/gtest.h>

#include <fstream>

namespace hyportrait::metrics {
namespace {

using Borders = std::set<std::int64_t>;

TEST(RunRecord, ChunksCountFromTheFirstPaddingFrame) {
  RunRecord record;
  record.padding = 4;
  record.decode_chunk = 8;
  EXPECT_EQ(chunk_borders(record, 24), (Borders{4, 12, 20}));
  record.padding = 8;
  EXPECT_EQ(chunk_borders(record, 17), (Borders{8, 16}));
}

TEST(RunRecord, WindowsAreThoseOfTheLastStep) {
  RunRecord record{.options = {}, .window = 8, .overlap = 2, .shift = 1, .padding = 4, .steps = 1};
  // Windows begin at 0, 6, 12, 18 and 24 of 28 padded frames and end before 8, 14, 20, 26 and 4.
  EXPECT_EQ(window_borders(record, 20), (Borders{2, 4, 8, 10, 14, 16}));
  record.steps = 3;  // moved back by 2
  EXPECT_EQ(window_borders(record, 20), (Borders{2, 6, 8, 12, 14, 18}));
}

TEST(RunRecord, IsReadFromTheSidecar) {
  const auto result = test::test_dir() / "out.mp4";
  EXPECT_FALSE(read_run_record(result).has_value());
  std::ofstream(result.string() + ".json")
      << R"({"plan": {"sampler": {"window": 8, "overlap": 2, "shift": 1, "padding": 4, "steps": 3,
             "decode_chunk": 6}, "options": {"start": "1.5", "no-face": "skip", "ref-face": "1"}}})";
  const auto record = read_run_record(result);
  ASSERT_TRUE(record.has_value());
  EXPECT_EQ(record->window, 8);
  EXPECT_EQ(record->decode_chunk, 6);
  EXPECT_DOUBLE_EQ(*record->options.start_seconds, 1.5);
  EXPECT_EQ(record->options.no_face, NoFacePolicy::skip);
}

TEST(RunRecord, ABrokenOneIsRefused) {
  const auto result = test::test_dir() / "out.mp4";
  const std::string sidecar = result.string() + ".json";
  std::ofstream(sidecar) << R"({"status": "failed"})";
  test::expect_error(ExitCode::input, {sidecar, "plan"}, [&] { read_run_record(result); });
  // Numbers that would take all memory, or mean nothing.
  std::ofstream(sidecar)
      << R"({"plan": {"sampler": {"window": 2000000000, "overlap": 0, "shift": 0, "padding": 4,
             "steps": 3, "decode_chunk": 6}, "options": {}}})";
  test::expect_error(ExitCode::input, {sidecar, "'window'"}, [&] { read_run_record(result); });
  std::ofstream(sidecar)
      << R"({"plan": {"sampler": {"window": 8, "overlap": -2, "shift": 0, "padding": 1e300,
             "steps": 3, "decode_chunk": 6}, "options": {}}})";
  test::expect_error(ExitCode::input, {sidecar, "'overlap'"}, [&] { read_run_record(result); });
  std::ofstream(sidecar) << "{";
  test::expect_error(ExitCode::input, sidecar, [&] { read_run_record(result); });
}

}  // namespace
}  // namespace hyportrait::metrics
