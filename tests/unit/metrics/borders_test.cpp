// SPDX-License-Identifier: Apache-2.0
#include "metrics/steadiness.h"

#include <gtest/gtest.h>

namespace hyportrait::metrics {
namespace {

using Borders = std::set<std::int64_t>;

TEST(Borders, ChunksCountFromTheFirstPaddingFrame) {
  SamplerFacts sampler;
  sampler.padding = 4;
  sampler.decode_chunk = 8;
  EXPECT_EQ(chunk_borders(sampler, 24), (Borders{4, 12, 20}));
  sampler.padding = 8;
  EXPECT_EQ(chunk_borders(sampler, 17), (Borders{8, 16}));
}

TEST(Borders, WindowsAreThoseOfTheLastStep) {
  SamplerFacts sampler{.steps = 1, .window = 8, .overlap = 2, .shift = 1, .padding = 4};
  // Windows begin at 0, 6, 12, 18 and 24 of 28 padded frames and end before 8, 14, 20, 26 and 4.
  EXPECT_EQ(window_borders(sampler, 20), (Borders{2, 4, 8, 10, 14, 16}));
  sampler.steps = 3;  // moved back by 2
  EXPECT_EQ(window_borders(sampler, 20), (Borders{2, 6, 8, 12, 14, 18}));
}

}  // namespace
}  // namespace hyportrait::metrics
