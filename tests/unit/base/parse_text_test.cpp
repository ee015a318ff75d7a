// SPDX-License-Identifier: Apache-2.0
#include "base/parse_text.h"

#include <gtest/gtest.h>

#include <stdexcept>

namespace hyportrait {
namespace {

TEST(ParseText, TimesInSecondsMinutesAndHours) {
  EXPECT_DOUBLE_EQ(parse_time("12.5"), 12.5);
  EXPECT_DOUBLE_EQ(parse_time("01:30"), 90.0);
  EXPECT_DOUBLE_EQ(parse_time("1:02:03.5"), 3723.5);
  for (const char* bad : {"", "-1", "1:", "1:2:3:4", "abc", "nan", "inf", "1001:0:0", "1e300"}) {
    EXPECT_THROW(parse_time(bad), std::invalid_argument) << bad;
  }
}

TEST(ParseText, FrameRatesKnowTheNtscOnes) {
  EXPECT_EQ(to_text(parse_frame_rate("29.97")), "30000/1001");
  EXPECT_EQ(to_text(parse_frame_rate("23.976")), "24000/1001");
  EXPECT_EQ(to_text(parse_frame_rate("25")), "25");
  EXPECT_EQ(to_text(parse_frame_rate("12.5")), "25/2");
  EXPECT_EQ(to_text(parse_frame_rate("30000/1001")), "30000/1001");
  for (const char* bad : {"0", "-5", "1/0", "300", "x", "3000031001", "1e300", "-1e300"}) {
    EXPECT_THROW(parse_frame_rate(bad), std::invalid_argument) << bad;
  }
}

TEST(ParseText, FacesByIndexPointOrSize) {
  EXPECT_EQ(parse_face("2").index, 2);
  EXPECT_DOUBLE_EQ(parse_face("10,20.5").point->y, 20.5);
  EXPECT_EQ(to_text(parse_face("largest")), "largest");
  EXPECT_THROW(parse_face("-1"), std::invalid_argument);
  EXPECT_THROW(parse_face("smallest"), std::invalid_argument);
}

TEST(ParseText, BoxesNeedASize) {
  EXPECT_DOUBLE_EQ(parse_box("1,2,30,40").height, 40.0);
  EXPECT_THROW(parse_box("1,2,0,40"), std::invalid_argument);
  EXPECT_THROW(parse_box("1,2,3"), std::invalid_argument);
}

TEST(ParseText, ColoursByNameAndHex) {
  EXPECT_EQ(parse_colour("#0A10ff").green, 0x10);
  EXPECT_EQ(to_text(parse_colour("white")), "#FFFFFF");
  EXPECT_THROW(parse_colour("#12345"), std::invalid_argument);
  EXPECT_THROW(parse_colour("mauve"), std::invalid_argument);
}

TEST(ParseText, MemorySizesInBinaryUnits) {
  EXPECT_EQ(parse_memory_size("8G").bytes, std::uint64_t{8} << 30);
  EXPECT_EQ(parse_memory_size("1.5GiB").bytes, std::uint64_t{1536} << 20);
  EXPECT_EQ(parse_memory_size("512MB").bytes, std::uint64_t{512} << 20);
  EXPECT_EQ(parse_memory_size("4096").bytes, 4096U);
  for (const std::uint64_t bytes :
       {std::uint64_t{8} << 30, std::uint64_t{1536} << 20, std::uint64_t{1025}}) {
    EXPECT_EQ(parse_memory_size(to_text(MemorySize{bytes})).bytes, bytes);
  }
  for (const char* bad : {"", "G", "-1G", "0", "8X", "8 G", "1e30", "nan", "iB"}) {
    EXPECT_THROW(parse_memory_size(bad), std::invalid_argument) << bad;
  }
}

TEST(ParseText, IntegersRefuseWhatFollowsThem) {
  EXPECT_EQ(parse_integer("5", 1, 9), 5);
  EXPECT_THROW(parse_integer("5x", 1, 9), std::invalid_argument);
  EXPECT_THROW(parse_integer("10", 1, 9), std::invalid_argument);
}

}  // namespace
}  // namespace hyportrait
