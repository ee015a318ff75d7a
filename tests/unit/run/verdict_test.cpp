// SPDX-License-Identifier: Apache-2.0
#include "run/verdict.h"

#include "base/sha256.h"
#include "support/test_dir.h"
#include "unit/nn/script_bundle.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <string>

namespace hyportrait::run {
namespace {

namespace fs = std::filesystem;

class VerdictTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = test::test_dir();
    ::setenv("XDG_CACHE_HOME", (folder_ / "cache").c_str(), 1);
    test::ScriptBundle(folder_ / "bundle").write();
    options_.face.ref = write("face.png");
    options_.face.drive = write("clip.mp4");
    options_.output = folder_ / "out.mp4";
  }
  fs::path write(const std::string& name, const std::string& text = "content") {
    std::ofstream(folder_ / name) << text;
    return folder_ / name;
  }
  Verdict verdict() {
    FileHashes hashes;
    return judge(options_, nn::Bundle::open(folder_ / "bundle"), hashes);
  }
  void write_done() {
    const plan::PlanHash hash = *verdict().hash;
    write_sidecar(output_paths(options_.output),
                  RunReport{.plan_hash = hash.whole,
                            .plan_parts = hash.parts,
                            .written = {.bytes = 7, .sha256 = sha256("content")}});
    write("out.mp4");
  }
  void write_failed(ExitCode code) {
    const Verdict now = verdict();
    write_sidecar(output_paths(options_.output),
                  FailedRun{.options = options_,
                            .plan_hash = now.hash->whole,
                            .plan_parts = now.hash->parts,
                            .error = "clip.mp4: broken",
                            .exit_code = static_cast<int>(code),
                            .previous = now.sidecar});
  }

  fs::path folder_;
  AnimateOptions options_;
};

TEST_F(VerdictTest, ANewJobIsRunAndADoneOneSkipped) {
  EXPECT_EQ(verdict().todo, Todo::run);
  EXPECT_EQ(verdict().reason, "new");
  write_done();
  EXPECT_EQ(verdict().todo, Todo::skip);
  write("out.mp4.part");
  EXPECT_EQ(verdict().todo, Todo::skip);  // a download
  write("out.mp4", "older one");
  EXPECT_EQ(verdict().todo, Todo::replace);
  EXPECT_EQ(verdict().reason, "cut off at its end");
  write("out.mp4");
  fs::remove(folder_ / "out.mp4.part");
  options_.steps = 9;
  EXPECT_EQ(verdict().todo, Todo::replace);
  EXPECT_EQ(verdict().reason, "changed: the options");
  fs::remove(folder_ / "out.mp4");
  EXPECT_EQ(verdict().todo, Todo::run);
}

TEST_F(VerdictTest, AnOutputThatWasCutOffIsDoneAgainAndOneThatWasChangedIsLeftAlone) {
  write_done();
  for (const char* text : {"", "cont"}) {
    write("out.mp4", text);
    EXPECT_EQ(verdict().todo, Todo::replace);
    EXPECT_EQ(verdict().reason,
              "the output has " + std::to_string(std::string(text).size()) +
                  " bytes, and 7 were written");
  }
  for (const char* text : {"CONTENT", "content, edited"}) {
    write("out.mp4", text);
    EXPECT_EQ(verdict().todo, Todo::refuse);
    EXPECT_NE(verdict().reason.find("move it away"), std::string::npos);
    options_.overwrite = true;
    EXPECT_EQ(verdict().todo, Todo::replace);
    options_.overwrite = false;
  }
  write("out.mp4");
  EXPECT_EQ(verdict().todo, Todo::skip);
}

TEST_F(VerdictTest, FramesOfSomethingElseAreNotReplacedWithTheOutput) {
  write_done();
  options_.frames_dir = folder_ / "frames";
  fs::create_directories(options_.frames_dir);
  EXPECT_EQ(verdict().todo, Todo::replace);
  write("frames/000003.png");
  EXPECT_EQ(verdict().todo, Todo::refuse);
  EXPECT_NE(verdict().reason.find("holds frames of something else"), std::string::npos);
  options_.overwrite = true;
  EXPECT_EQ(verdict().todo, Todo::replace);
}

TEST_F(VerdictTest, OnlyAFailureOfAnUnchangedInputStands) {
  write_failed(ExitCode::input);
  EXPECT_EQ(verdict().todo, Todo::stands);
  EXPECT_EQ(verdict().reason, "clip.mp4: broken");
  write("clip.mp4", "mended");
  EXPECT_EQ(verdict().todo, Todo::run);
  EXPECT_EQ(verdict().reason, "failed before, changed: the clip");
  write_failed(ExitCode::device);
  EXPECT_EQ(verdict().todo, Todo::run);
}

TEST_F(VerdictTest, AnOutputOfOursStaysOursThroughFailures) {
  write_done();
  write("clip.mp4", "broken");
  write_failed(ExitCode::input);
  EXPECT_EQ(verdict().todo, Todo::stands);
  write("clip.mp4", "broken again");
  write_failed(ExitCode::input);
  write("clip.mp4", "mended");
  EXPECT_EQ(verdict().todo, Todo::replace);
}

TEST_F(VerdictTest, WhatIsNotOursIsRefusedUnlessToldTo) {
  write("out.mp4");
  EXPECT_EQ(verdict().todo, Todo::refuse);
  options_.overwrite = true;
  EXPECT_EQ(verdict().todo, Todo::replace);
  options_.overwrite = false;
  for (const char* text : {"", "[]", "{}", R"({"format": 1, "status": 3, "plan_hash": 1})", "{"}) {
    write("out.mp4.json", text);
    EXPECT_EQ(verdict().todo, Todo::refuse) << text;
  }
  write("out.mp4.json", R"({"format": 1, "status": "failed", "plan_hash": 4, "hyportrait": 1,
                            "exit_code": "3", "error": [], "plan_parts": 7, "standing": {}})");
  EXPECT_EQ(verdict().todo, Todo::refuse);
  fs::remove(folder_ / "out.mp4");
  EXPECT_EQ(verdict().todo, Todo::run);
}

TEST_F(VerdictTest, AnOutputThatCannotBeLookedAtIsNotANewOne) {
  options_.output = folder_ / (std::string(300, 'x') + ".mp4");
  EXPECT_THROW(verdict(), fs::filesystem_error);
}

}  // namespace
}  // namespace hyportrait::run
