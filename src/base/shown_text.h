// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace hyportrait {

/// Text for one line of a terminal or a log: control characters, which a file's name may hold, are
/// written as \n, \x1b and so on. Everything else, non-ASCII names too, stays as it is.
std::string printable(std::string_view text);

/// The same for text of several lines: line breaks and tabs stay.
std::string printable_lines(std::string_view text);

/// "1 frame", "3 frames".
std::string counted(std::int64_t count, const std::string& noun);

/// "640 bytes", "9.00 MiB", "1.50 GiB": as --memory-budget reads it.
std::string size_text(std::uint64_t bytes);

/// Whether a terminal that calls itself `term` ($TERM, may be null) knows escape codes.
bool knows_escape_codes(const char* term);

}  // namespace hyportrait
