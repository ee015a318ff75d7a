// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
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

/// The same for people, rounded to what it means: "522 KB", "7.8 GB", "23 GB". A GB has 1024 MB
/// here, as --memory-budget reads it.
std::string rounded_size(std::uint64_t bytes);

/// A time for people: "12 ms", "0.4 s", "43 s", "2 min 10 s", "3 h 5 min", "2 days 4 h".
std::string duration_text(double seconds);

/// Three significant digits at most, without an exponent or zeros behind: "0.25", "12.3", "1280".
std::string rounded(double value);

/// "1x25x4x64x64"; "scalar" for no dimension.
std::string shape_text(std::span<const std::int64_t> shape);

/// Whether a terminal that calls itself `term` ($TERM, may be null) knows escape codes.
bool knows_escape_codes(const char* term);

}  // namespace hyportrait
