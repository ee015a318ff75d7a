// SPDX-License-Identifier: Apache-2.0
#include "base/json_strict.h"

#include "support/expect_error.h"

#include <gtest/gtest.h>

namespace hyportrait {
namespace {

using test::expect_error;

TEST(JsonStrict, SyntaxErrorsNameTheLine) {
  expect_error(ExitCode::bundle, "m.json: not valid JSON near line 3", [] {
    parse_json("{\n\"a\": 1,\n!}", "m.json", ExitCode::bundle);
  });
}

TEST(JsonStrict, NestingAndNumbersHaveLimits) {
  const auto nested = [](int levels) {
    const auto count = static_cast<std::size_t>(levels);
    return std::string(count, '[') + std::string(count, ']');
  };
  const auto parse = [](const std::string& text) { parse_json(text, "m.json", ExitCode::bundle); };
  EXPECT_NO_THROW(parse(nested(kMaxJsonDepth)));
  for (const int levels : {kMaxJsonDepth + 1, 1'000'000}) {
    expect_error(ExitCode::bundle, "m.json: is nested deeper than 64 levels", [&] {
      parse(nested(levels));
    });
    EXPECT_TRUE(parse_json_or_null(nested(levels)).is_null());
  }
  // Found by fuzzing: the library's error for it is of another kind than that for a syntax error.
  expect_error(ExitCode::bundle, "m.json: holds a number that is too large", [&] {
    parse(R"({"fps": 1e999})");
  });
  EXPECT_TRUE(parse_json_or_null("1e999").is_null());
  EXPECT_TRUE(parse_json_or_null("{").is_null());
}

TEST(ParseJson, RefusesAKeyThatStandsTwiceInOneObject) {
  const auto parse = [](const std::string& text) { parse_json(text, "m.json", ExitCode::usage); };
  EXPECT_NO_THROW(parse(R"({"a": {"a": 1}, "b": [{"a": 1}, {"a": 2}]})"));
  for (const std::string text : {R"({"a": 1, "a": 1})", R"([{"b": {"a": 1, "c": {}, "a": 2}}])"}) {
    expect_error(ExitCode::usage, "m.json: holds the key 'a' twice", [&] { parse(text); });
    EXPECT_TRUE(parse_json_or_null(text).is_null());
  }
}

TEST(JsonText, EscapesEveryControlCharacter) {
  const std::string name =
      "a\x1b"
      "b\x7f"
      "c\xC2\x9B"
      "d\xC3\xA9";
  const std::string text = json_text({{"name", name}});
  EXPECT_NE(text.find("a\\u001bb\\u007fc\\u009bd\xC3\xA9"), text.npos) << text;
  EXPECT_EQ(nlohmann::json::parse(text).at("name"), name);
}

TEST(JsonStrict, LongTextIsCutOffInMessages) {
  const nlohmann::json object = {{std::string(1'000'000, 'k'), std::string(1'000'000, 'v')}};
  StrictObject reader(object, "job", ExitCode::usage);
  try {
    reader.done();
    FAIL();
  } catch (const Error& error) {
    EXPECT_LT(std::string(error.what()).size(), 300U);
  }
  EXPECT_LT(shown(object).size(), 300U);
}

TEST(JsonStrict, WrongTypesSayWhatWasExpectedAndFound) {
  const nlohmann::json object = {{"count", 1.5}, {"name", 3}, {"huge", 18446744073709551615ULL}};
  StrictObject reader(object, "manifest.json", ExitCode::bundle);
  expect_error(ExitCode::bundle, "'count': expected an integer from 1 to 9, found 1.5", [&] {
    reader.integer("count", 1, 9);
  });
  expect_error(
      ExitCode::bundle, "'name': expected text, found number", [&] { reader.text("name"); });
  expect_error(ExitCode::bundle, "'huge'", [&] { reader.integer("huge", 0, 1000); });
  expect_error(ExitCode::bundle, "'gone': is missing", [&] { reader.number("gone", 0, 1); });
}

TEST(JsonStrict, UnknownKeysAreRefusedWithTheNearestKnownOne) {
  const nlohmann::json object = {{"stpes", 3}};
  StrictObject reader(object, "job", ExitCode::usage);
  reader.find("steps");
  expect_error(
      ExitCode::usage, "'stpes': unknown key; did you mean 'steps'?", [&] { reader.done(); });
}

TEST(JsonStrict, NearestWordKeepsSilentWhenNothingIsNear) {
  EXPECT_EQ(nearest_word("xyzzyplugh", {"steps", "seed"}), "");
  EXPECT_EQ(nearest_word("overwrit", {"overwrite", "overlap"}), "overwrite");
}

}  // namespace
}  // namespace hyportrait
