// SPDX-License-Identifier: Apache-2.0
#include "run/rehearsal.h"

#include "run/state.h"
#include "support/expect_error.h"
#include "unit/plan/plan_fixture.h"

#include <gtest/gtest.h>

#include <fstream>

namespace hyportrait::run {
namespace {

namespace fs = std::filesystem;
using test::expect_error;

class Rehearsal : public test::PlanTest {};

TEST_F(Rehearsal, FramesOfAnotherRunAreNotMixedWithThese) {
  options_.frames_dir = folder_ / "frames";
  fs::create_directories(options_.frames_dir);
  FileHashes hashes;
  const auto rehearsed = [&] { rehearse(plan(), plan::plan_hash(options_, *bundle_, hashes)); };
  EXPECT_NO_THROW(rehearsed());
  std::ofstream(options_.frames_dir / "000000.png") << "a frame";
  expect_error(ExitCode::usage, "holds frames already", rehearsed);
  const auto cut_off_at = [&](int step) {
    const plan::Plan resolved = plan();
    StateFile(output_paths(resolved.output),
              {.latents_hash = plan::plan_hash(options_, *bundle_, hashes).latents,
               .device = resolved.device,
               .precision = resolved.precision,
               .frames_dir = options_.frames_dir},
              0.0)
        .save({.latents = torch::zeros({1}), .step = step});
  };
  cut_off_at(2);  // of 3: no frame was written yet
  expect_error(ExitCode::usage, "holds frames already", rehearsed);
  cut_off_at(3);
  EXPECT_NO_THROW(rehearsed());
  options_.codec = "hevc";  // a mended option of the output
  EXPECT_NO_THROW(rehearsed());
  options_.seed = 5;
  expect_error(ExitCode::usage, "holds frames already", rehearsed);
}

TEST_F(Rehearsal, WhatTheOutputNeedsIsTried) {
  FileHashes hashes;
  const auto refused = [&](ExitCode code, const std::string& part) {
    expect_error(
        code, part, [&] { rehearse(plan(), plan::plan_hash(options_, *bundle_, hashes)); });
  };
  options_.codec = "mjpeg";
  refused(ExitCode::usage, "the encoder mjpeg does not start");
  options_.codec = "prores";
  options_.crf = 5;
  options_.output = folder_ / "out.mov";
  refused(ExitCode::usage, "has no such setting");
  options_.crf = std::nullopt;
  options_.noise = folder_ / "none.safetensors";
  refused(ExitCode::input, "none.safetensors");
  options_.noise.clear();
  EXPECT_NO_THROW(rehearse(plan(), plan::plan_hash(options_, *bundle_, hashes)));
  EXPECT_FALSE(fs::exists(folder_ / "out.mov"));
}

}  // namespace
}  // namespace hyportrait::run
