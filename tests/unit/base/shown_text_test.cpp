// SPDX-License-Identifier: Apache-2.0
#include "base/shown_text.h"

#include <gtest/gtest.h>

#include <string>

namespace hyportrait {
namespace {

TEST(ShownText, EscapesEveryControlCharacter) {
  EXPECT_EQ(printable("a\nb\tc\rd"), "a\\nb\\tc\\rd");
  EXPECT_EQ(printable("\x1b[31mred\x07"), "\\x1b[31mred\\x07");
  EXPECT_EQ(printable(std::string("nul\0del\x7f", 8)), "nul\\x00del\\x7f");
}

TEST(ShownText, EscapesControlsBeyondAscii) {
  EXPECT_EQ(printable("\xC2\x9B"
                      "2J"),
            "\\x9b2J");
  EXPECT_EQ(printable("\x9B"
                      "2J"),
            "\\x9b2J");
}

TEST(ShownText, LeavesNamesOfPeopleAlone) {
  for (const char* name :
       {"café.png", "肖像.mp4", "🙂.png", "Ärger ß", "caf\xE9.png", "\xC3", "\xF0\x9F"}) {
    const std::string text = name;
    if (text == "\xF0\x9F") {  // cut off: the lone second byte is a control
      EXPECT_EQ(printable(text), "\xF0\\x9f");
    } else {
      EXPECT_EQ(printable(text), text);
    }
  }
}

TEST(ShownText, KeepsLinesWhereThereAreSeveral) {
  EXPECT_EQ(printable_lines("a\n\tb\x1b\r"), "a\n\tb\\x1b\\r");
}

TEST(ShownText, CountsInTheSingular) {
  EXPECT_EQ(counted(0, "frame"), "0 frames");
  EXPECT_EQ(counted(1, "frame"), "1 frame");
  EXPECT_EQ(counted(2, "network call"), "2 network calls");
}

TEST(ShownText, SizesTakeTheUnitThatShowsThem) {
  EXPECT_EQ(size_text(0), "0 bytes");
  EXPECT_EQ(size_text(1), "1 byte");
  EXPECT_EQ(size_text(1536), "1.50 KiB");
  EXPECT_EQ(size_text(std::uint64_t{9} << 20), "9.00 MiB");
  EXPECT_EQ(size_text(std::uint64_t{12} << 30), "12.00 GiB");
  EXPECT_EQ(size_text(std::uint64_t{1} << 63), "8388608.00 TiB");
}

TEST(ShownText, RoundsSizesToWhatTheyMean) {
  EXPECT_EQ(rounded_size(1), "1 byte");
  EXPECT_EQ(rounded_size(999), "999 bytes");
  EXPECT_EQ(rounded_size(1000), "1 KB");
  EXPECT_EQ(rounded_size(90'561), "88 KB");
  EXPECT_EQ(rounded_size(std::uint64_t{1000} << 10), "1 MB");
  EXPECT_EQ(rounded_size(8'375'186'227), "7.8 GB");
  EXPECT_EQ(rounded_size(25'276'510'208), "24 GB");
  EXPECT_EQ(rounded_size(std::uint64_t{1} << 63), "8388608 TB");
}

TEST(ShownText, TellsTimesAsPeopleDo) {
  EXPECT_EQ(duration_text(-1.0), "0 ms");
  EXPECT_EQ(duration_text(0.0024), "2 ms");
  EXPECT_EQ(duration_text(0.4), "0.4 s");
  EXPECT_EQ(duration_text(2.0), "2 s");
  EXPECT_EQ(duration_text(43.485849184), "43 s");
  EXPECT_EQ(duration_text(59.6), "1 min 0 s");
  EXPECT_EQ(duration_text(130.0), "2 min 10 s");
  EXPECT_EQ(duration_text(3599.6), "1 h 0 min");
  EXPECT_EQ(duration_text(11'100.0), "3 h 5 min");
  EXPECT_EQ(duration_text(187'200.0), "2 days 4 h");
}

TEST(ShownText, ShowsThreeDigits) {
  EXPECT_EQ(rounded(0.0), "0");
  EXPECT_EQ(rounded(1.0), "1");
  EXPECT_EQ(rounded(0.25), "0.25");
  EXPECT_EQ(rounded(12.345), "12.3");
  EXPECT_EQ(rounded(1280.4), "1280");
  EXPECT_EQ(rounded(-0.0221), "-0.0221");
  EXPECT_EQ(rounded(0.001), "0.001");
}

TEST(ShownText, KnowsTerminalsWithoutEscapeCodes) {
  EXPECT_FALSE(knows_escape_codes(nullptr));
  EXPECT_FALSE(knows_escape_codes(""));
  EXPECT_FALSE(knows_escape_codes("dumb"));
  EXPECT_TRUE(knows_escape_codes("xterm-256color"));
}

}  // namespace
}  // namespace hyportrait
