// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <hyportrait/error.h>

#include <gtest/gtest.h>

#include <initializer_list>
#include <string>

namespace hyportrait::test {

/// Runs `action` and expects an Error with `code` whose message holds every one of `parts`.
template <class Action>
void expect_error(ExitCode code, std::initializer_list<std::string> parts, Action&& action) {
  try {
    action();
  } catch (const Error& error) {
    EXPECT_EQ(static_cast<int>(error.exit_code()), static_cast<int>(code)) << error.what();
    for (const std::string& part : parts) {
      EXPECT_NE(std::string(error.what()).find(part), std::string::npos)
          << "'" << error.what() << "' does not hold '" << part << "'";
    }
    return;
  }
  ADD_FAILURE() << "no Error was thrown; expected one with '" << *parts.begin() << "'";
}

/// The same for one part.
template <class Action>
void expect_error(ExitCode code, const std::string& part, Action&& action) {
  expect_error(code, std::initializer_list<std::string>{part}, action);
}

}  // namespace hyportrait::test
