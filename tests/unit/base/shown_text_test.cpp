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

TEST(ShownText, KnowsTerminalsWithoutEscapeCodes) {
  EXPECT_FALSE(knows_escape_codes(nullptr));
  EXPECT_FALSE(knows_escape_codes(""));
  EXPECT_FALSE(knows_escape_codes("dumb"));
  EXPECT_TRUE(knows_escape_codes("xterm-256color"));
}

}  // namespace
}  // namespace hyportrait
