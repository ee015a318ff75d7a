// SPDX-License-Identifier: Apache-2.0
#include "output/sidecar.h"

#include "support/expect_error.h"
#include "support/test_dir.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace hyportrait {
namespace {

namespace fs = std::filesystem;

RunReport finished_run() {
  RunReport report{.plan_hash = "abc",
                   .plan_parts = {.ref = "1", .drive = "2", .bundle = "3", .version = "4"},
                   .version = "0.1",
                   .finished = "2026-01-31T12:00:00Z"};
  report.plan.options.face.ref = "face.png";
  report.plan.options.start_seconds = 1.5;
  report.plan.sampler = {.steps = 3, .window = 8, .overlap = 2, .padding = 4, .decode_chunk = 6};
  report.written.frames = 24;
  report.written.bytes = 1234;
  report.written.sha256 = "f00";
  report.plan.options.frames_dir = "/frames";
  report.unet_calls = 72;
  report.warnings = {"one", "two"};
  report.seconds = {{"portrait", 0.5}, {"denoise", 2.0}};
  return report;
}

TEST(Sidecar, AFinishedRunComesBack) {
  const OutputPaths paths = output_paths(test::test_dir() / "out.mp4");
  EXPECT_FALSE(read_sidecar(paths.output).has_value());
  write_sidecar(paths, finished_run());
  const auto facts = read_sidecar(paths.output);
  ASSERT_TRUE(facts.has_value());
  EXPECT_EQ(facts->status, RunStatus::done);
  EXPECT_EQ(facts->plan_hash, "abc");
  EXPECT_EQ(facts->plan_parts, finished_run().plan_parts);
  EXPECT_EQ(facts->frames, 24);
  EXPECT_DOUBLE_EQ(facts->seconds, 2.5);
  EXPECT_EQ(facts->unet_calls, 72);
  EXPECT_EQ(facts->resumed_at_step, std::nullopt);
  EXPECT_EQ(facts->warnings, 2);
  EXPECT_EQ(facts->exit_code, std::nullopt);
  ASSERT_TRUE(facts->written.has_value());
  EXPECT_EQ(facts->written->bytes, 1234U);
  EXPECT_EQ(facts->written->sha256, "f00");
  EXPECT_EQ(facts->frames_dir, "/frames");
  const auto settings = read_run_settings(paths.output);
  ASSERT_TRUE(settings.has_value());
  EXPECT_EQ(settings->sampler.window, 8);
  EXPECT_DOUBLE_EQ(*settings->options.start_seconds, 1.5);
  EXPECT_EQ(settings->parts->drive, "2");
  EXPECT_EQ(settings->written->sha256, "f00");
}

TEST(Sidecar, AFailureRemembersTheOutputThatStillStands) {
  const OutputPaths paths = output_paths(test::test_dir() / "out.mp4");
  write_sidecar(paths, finished_run());
  FailedRun failed{.options = {},
                   .plan_hash = "def",
                   .error = "clip.mp4: broken",
                   .exit_code = 3,
                   .previous = read_sidecar(paths.output)};
  write_sidecar(paths, failed);
  auto facts = read_sidecar(paths.output);
  ASSERT_TRUE(facts.has_value());
  EXPECT_EQ(facts->status, RunStatus::failed);
  EXPECT_EQ(facts->error, "clip.mp4: broken");
  EXPECT_EQ(facts->exit_code, 3);
  EXPECT_EQ(facts->standing, "abc");
  EXPECT_EQ(facts->written->bytes, 1234U);
  failed.previous = facts;  // another failure after that one
  write_sidecar(paths, failed);
  EXPECT_EQ(read_sidecar(paths.output)->standing, "abc");
  failed.previous = std::nullopt;
  write_sidecar(paths, failed);
  EXPECT_EQ(read_sidecar(paths.output)->standing, std::nullopt);
}

TEST(Sidecar, WhatIsNotOursIsNone) {
  const fs::path output = test::test_dir() / "out.mp4";
  for (const char* text : {"",
                           "[]",
                           "{",
                           R"({"format": 1, "status": 3, "plan_hash": 1, "hyportrait": "0"})",
                           R"({"format": 2, "status": "done", "plan_hash": "", "hyportrait": "0"})",
                           R"({"format": 1, "status": "done", "hyportrait": "0"})"}) {
    std::ofstream(output_paths(output).sidecar) << text;
    EXPECT_FALSE(read_sidecar(output).has_value()) << text;
  }
}

TEST(Sidecar, WhatHasAnotherTypeIsMissing) {
  const fs::path output = test::test_dir() / "out.mp4";
  std::ofstream(output_paths(output).sidecar)
      << R"({"format": 1, "status": "failed", "plan_hash": 4, "hyportrait": 1, "exit_code": "3",
             "error": [], "plan_parts": 7, "standing": {}, "seconds": {"a": "b"}, "warnings": 3})";
  const auto facts = read_sidecar(output);
  ASSERT_TRUE(facts.has_value());
  EXPECT_FALSE(facts->plan_hash || facts->plan_parts || facts->exit_code || facts->standing);
  EXPECT_EQ(facts->error, "");
}

TEST(RunSettings, IsReadFromTheSidecar) {
  const auto result = test::test_dir() / "out.mp4";
  EXPECT_FALSE(read_run_settings(result).has_value());
  std::ofstream(result.string() + ".json")
      << R"({"plan": {"sampler": {"window": 8, "overlap": 2, "shift": 1, "padding": 4, "steps": 3,
             "decode_chunk": 6}, "options": {"start": "1.5", "no-face": "skip", "ref-face": "1"}}})";
  const auto settings = read_run_settings(result);
  ASSERT_TRUE(settings.has_value());
  EXPECT_EQ(settings->sampler.window, 8);
  EXPECT_EQ(settings->sampler.decode_chunk, 6);
  EXPECT_DOUBLE_EQ(*settings->options.start_seconds, 1.5);
  EXPECT_EQ(settings->options.face.no_face, NoFacePolicy::skip);
}

TEST(RunSettings, ABrokenOneIsRefused) {
  const auto result = test::test_dir() / "out.mp4";
  const std::string sidecar = result.string() + ".json";
  std::ofstream(sidecar) << R"({"status": "failed"})";
  test::expect_error(ExitCode::input, {sidecar, "plan"}, [&] { read_run_settings(result); });
  // Numbers that would take all memory, or mean nothing.
  std::ofstream(sidecar)
      << R"({"plan": {"sampler": {"window": 2000000000, "overlap": 0, "shift": 0, "padding": 4,
             "steps": 3, "decode_chunk": 6}, "options": {}}})";
  test::expect_error(ExitCode::input, {sidecar, "'window'"}, [&] { read_run_settings(result); });
  std::ofstream(sidecar)
      << R"({"plan": {"sampler": {"window": 8, "overlap": -2, "shift": 0, "padding": 1e300,
             "steps": 3, "decode_chunk": 6}, "options": {}}})";
  test::expect_error(ExitCode::input, {sidecar, "'overlap'"}, [&] { read_run_settings(result); });
  std::ofstream(sidecar) << "{";
  test::expect_error(ExitCode::input, sidecar, [&] { read_run_settings(result); });
}

}  // namespace
}  // namespace hyportrait
