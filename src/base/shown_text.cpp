// SPDX-License-Identifier: Apache-2.0
#include "base/shown_text.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>

namespace hyportrait {
namespace {

unsigned byte_at(std::string_view text, std::size_t i) {
  return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
}

/// Bytes of the UTF-8 sequence that begins at `i`; 1 for ASCII and for what is no UTF-8.
std::size_t sequence_length(std::string_view text, std::size_t i) {
  const unsigned lead = byte_at(text, i);
  const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC2 ? 2 : 1;
  for (std::size_t k = 1; k < length; ++k) {
    if ((byte_at(text, i + k) & 0xC0U) != 0x80U) {
      return 1;
    }
  }
  return length;
}

/// The controls of ASCII and, as a code point or as a lone byte, those of ISO 8859-1 (0x9B alone
/// begins an escape code on some terminals).
bool is_control(std::string_view sequence) {
  const unsigned first = byte_at(sequence, 0);
  if (sequence.size() == 1) {
    return first < 0x20 || (first >= 0x7F && first < 0xA0);
  }
  return sequence.size() == 2 && first == 0xC2 && byte_at(sequence, 1) < 0xA0;
}

std::string escaped(std::string_view control) {
  switch (control.front()) {
    case '\n':
      return "\\n";
    case '\r':
      return "\\r";
    case '\t':
      return "\\t";
    default:
      break;
  }
  return fmt::format("\\x{:02x}", byte_at(control, control.size() - 1));
}

std::string escape_all(std::string_view text, std::string_view but) {
  std::string result;
  result.reserve(text.size());
  for (std::size_t i = 0; i < text.size();) {
    const std::string_view sequence = text.substr(i, sequence_length(text, i));
    if (is_control(sequence) && but.find(sequence.front()) == but.npos) {
      result += escaped(sequence);
    } else {
      result += sequence;
    }
    i += sequence.size();
  }
  return result;
}

/// "12.50" as "12.5", "9.0" as "9".
std::string without_zeros(std::string text) {
  if (text.find('.') != std::string::npos) {
    text.erase(text.find_last_not_of('0') + 1);
    text.erase(text.find_last_not_of('.') + 1);
  }
  return text;
}

/// "7.8", "9", "23": tenths only below ten.
std::string tenths(double value) {
  return value < 9.95 ? without_zeros(fmt::format("{:.1f}", value)) : fmt::format("{:.0f}", value);
}

}  // namespace

std::string printable(std::string_view text) {
  return escape_all(text, "");
}

std::string printable_lines(std::string_view text) {
  return escape_all(text, "\n\t");
}

std::string counted(std::int64_t count, const std::string& noun) {
  return std::to_string(count) + " " + noun + (count == 1 ? "" : "s");
}

std::string size_text(std::uint64_t bytes) {
  constexpr std::array<const char*, 4> kUnits{"KiB", "MiB", "GiB", "TiB"};
  if (bytes < 1024) {
    return counted(static_cast<std::int64_t>(bytes), "byte");
  }
  double value = static_cast<double>(bytes) / 1024.0;
  std::size_t unit = 0;
  while (value >= 1024.0 && unit + 1 < kUnits.size()) {
    value /= 1024.0;
    ++unit;
  }
  return fmt::format("{:.2f} {}", value, kUnits.at(unit));
}

std::string rounded_size(std::uint64_t bytes) {
  constexpr std::array<const char*, 4> kUnits{"KB", "MB", "GB", "TB"};
  if (bytes < 1000) {
    return counted(static_cast<std::int64_t>(bytes), "byte");
  }
  double value = static_cast<double>(bytes) / 1024.0;
  std::size_t unit = 0;
  while (value >= 999.5 && unit + 1 < kUnits.size()) {
    value /= 1024.0;
    ++unit;
  }
  return tenths(value) + " " + kUnits.at(unit);
}

std::string duration_text(double seconds) {
  const double time = std::clamp(seconds, 0.0, 1e9);
  if (time < 0.0995) {
    return fmt::format("{:.0f} ms", time * 1e3);
  }
  if (time < 59.5) {
    return tenths(time) + " s";
  }
  if (const auto total = std::lround(time); total < 3600) {
    return fmt::format("{} min {} s", total / 60, total % 60);
  }
  if (const auto minutes = std::lround(time / 60.0); minutes < 48 * 60) {
    return fmt::format("{} h {} min", minutes / 60, minutes % 60);
  }
  const auto hours = std::lround(time / 3600.0);
  return fmt::format("{} days {} h", hours / 24, hours % 24);
}

std::string rounded(double value) {
  const double size = std::abs(value);
  if (!std::isfinite(value) || size < 1e-12) {
    return std::isfinite(value) ? "0" : fmt::format("{}", value);
  }
  const int digits = std::clamp(2 - static_cast<int>(std::floor(std::log10(size))), 0, 12);
  return without_zeros(fmt::format("{:.{}f}", value, digits));
}

std::string shape_text(std::span<const std::int64_t> shape) {
  return shape.empty() ? "scalar" : fmt::format("{}", fmt::join(shape, "x"));
}

bool knows_escape_codes(const char* term) {
  return term != nullptr && *term != '\0' && std::string_view(term) != "dumb";
}

}  // namespace hyportrait
