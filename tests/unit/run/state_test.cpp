// SPDX-License-Identifier: Apache-2.0
#include "run/state.h"

#include "support/small_state_key.h"
#include "support/test_dir.h"

#include <gtest/gtest.h>
#include <torch/types.h>

#include <filesystem>
#include <fstream>

namespace hyportrait::run {
namespace {

namespace fs = std::filesystem;

class StateTest : public ::testing::Test {
 protected:
  void SetUp() override {
    paths_ = output_paths(test::test_dir() / "out.mp4");
    key_ = test::small_state_key();
    state_ = {.latents = torch::rand({9, 4, 2, 2}),
              .step = 1,
              .windows = 2,
              .sum = torch::rand({9, 4, 2, 2}),
              .batch = {.windows = 2, .branches_apart = true}};
  }
  [[nodiscard]] StateFile file(double interval = 0.0) const { return {paths_, key_, interval}; }
  [[nodiscard]] bool set_aside() const {
    return !fs::exists(paths_.state) && fs::exists(paths_.state_aside);
  }

  OutputPaths paths_;
  StateKey key_;
  diffusion::DenoiseState state_;
};

TEST_F(StateTest, ComesBackBitForBit) {
  EXPECT_EQ(file().load(), std::nullopt);
  file().keep(state_);
  const auto loaded = file().load();
  ASSERT_TRUE(loaded);
  EXPECT_EQ(loaded->step, 1);
  EXPECT_EQ(loaded->windows, 2);
  EXPECT_TRUE(torch::equal(loaded->latents, state_.latents));
  EXPECT_TRUE(torch::equal(loaded->sum, state_.sum));
  EXPECT_EQ(loaded->batch, state_.batch);
}

TEST_F(StateTest, IsSavedWhenTheIntervalIsOverAndAtTheEnd) {
  StateFile rare = file(1e6);
  rare.keep(state_);
  EXPECT_FALSE(fs::exists(paths_.state));
  rare.save(state_);
  EXPECT_TRUE(fs::exists(paths_.state));
  fs::remove(paths_.state);
  rare.keep({.latents = state_.latents, .step = 3});
  EXPECT_TRUE(fs::exists(paths_.state));
}

TEST_F(StateTest, AnotherRunsStateIsSetAside) {
  const auto refused = [&](const StateKey& other) {
    file().save(state_);
    const bool none = !StateFile(paths_, other, 0.0).load();
    const bool aside = set_aside();
    fs::remove(paths_.state_aside);
    return none && aside;
  };
  StateKey other = key_;
  other.latents_hash = "other";
  EXPECT_TRUE(refused(other));
  other = key_;
  other.precision = nn::Precision::bf16;
  EXPECT_TRUE(refused(other));
  other = key_;
  other.engine = EngineKind::compiled;
  EXPECT_TRUE(refused(other));
  other = key_;
  other.shape[0] = 10;
  EXPECT_TRUE(refused(other));
}

TEST_F(StateTest, AnotherEndingOfTheNameIsTheSameJob) {
  file().save(state_);
  const OutputPaths other = output_paths(paths_.output.parent_path() / "out.mkv");
  const OutputPaths stranger = output_paths(paths_.output.parent_path() / "out2.mkv");
  StateKey another = key_;
  another.latents_hash = "other";
  take_over_state(other, another);
  take_over_state(stranger, key_);
  EXPECT_TRUE(fs::exists(paths_.state));
  {
    const OutputFile busy(paths_.output, false);
    take_over_state(other, key_);
    EXPECT_TRUE(fs::exists(paths_.state));
  }
  take_over_state(other, key_);
  EXPECT_FALSE(fs::exists(paths_.state));
  EXPECT_FALSE(fs::exists(paths_.part));
  ASSERT_TRUE(StateFile(other, key_, 0.0).load());
}

TEST_F(StateTest, TellsItsStepAndItsFramesWithoutItsArrays) {
  EXPECT_FALSE(saved_state(paths_.state, key_));
  key_.frames_dir = "/frames";
  file().save(state_);
  const auto saved = saved_state(paths_.state, key_);
  ASSERT_TRUE(saved);
  EXPECT_EQ(saved->step, 1);
  EXPECT_EQ(saved->frames_dir, folder_text("/frames/../frames"));
  key_.frames_dir = "/others";
  file().adopt(state_);
  EXPECT_EQ(saved_state(paths_.state, key_)->frames_dir, folder_text("/others"));
  key_.latents_hash = "other";
  EXPECT_FALSE(saved_state(paths_.state, key_));
}

TEST_F(StateTest, DamageIsSeenWhereverItIs) {
  file().save(state_);
  const auto size = fs::file_size(paths_.state);
  for (const std::uintmax_t left : {std::uintmax_t{0}, std::uintmax_t{5}, size / 2, size - 1}) {
    file().save(state_);
    fs::resize_file(paths_.state, left);
    EXPECT_FALSE(file().load()) << left;
    EXPECT_TRUE(set_aside()) << left;
  }
  for (std::uintmax_t at = 0; at < size; at += 7) {
    file().save(state_);
    {
      std::fstream stream(paths_.state, std::ios::in | std::ios::out | std::ios::binary);
      stream.seekg(static_cast<std::streamoff>(at));
      const int byte = stream.get();
      stream.seekp(static_cast<std::streamoff>(at));
      stream.put(static_cast<char>(byte ^ 0x15));
    }
    const auto loaded = file().load();
    if (loaded) {  // a byte of padding in the header means nothing
      EXPECT_TRUE(torch::equal(loaded->latents, state_.latents)) << at;
      EXPECT_TRUE(torch::equal(loaded->sum, state_.sum)) << at;
      EXPECT_EQ(loaded->windows, 2) << at;
    }
  }
}

TEST_F(StateTest, TheFuzzersExamplesAreStatesOfThisVersion) {
  const fs::path examples = test::source_dir() / "tests/fuzz/corpus/state";
  const auto step_of = [&](const char* name) {
    fs::copy_file(examples / name, paths_.state, fs::copy_options::overwrite_existing);
    const auto state = file().load();
    return state ? state->step : -1;
  };
  EXPECT_EQ(step_of("between_steps"), 2);
  EXPECT_EQ(step_of("between_windows"), 1);
  EXPECT_EQ(step_of("done"), 3);
  EXPECT_EQ(step_of("other_run"), -1);
}

TEST_F(StateTest, AFolderThatCannotBeWrittenIsNoErrorOfTheJob) {
  paths_ = output_paths(test::test_dir() / "none" / "out.mp4");
  EXPECT_NO_THROW(file().save(state_));
}

}  // namespace
}  // namespace hyportrait::run
