// SPDX-License-Identifier: Apache-2.0
#include "base/parse_text.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <numeric>
#include <stdexcept>
#include <string_view>
#include <utility>
#include <vector>

namespace hyportrait {
namespace {

constexpr std::array<std::pair<const char*, Colour>, 6> kColours{{{"black", {0, 0, 0}},
                                                                  {"white", {255, 255, 255}},
                                                                  {"grey", {128, 128, 128}},
                                                                  {"red", {255, 0, 0}},
                                                                  {"green", {0, 255, 0}},
                                                                  {"blue", {0, 0, 255}}}};

constexpr double kMaxSeconds = 1000.0 * 3600.0;  // no clip is longer
constexpr double kMaxPixel = 1e6;                // no picture is larger

std::vector<std::string> split(const std::string& text, char separator) {
  std::vector<std::string> parts(1);
  for (const char c : text) {
    if (c == separator) {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  return parts;
}

template <class Number>
bool read_all(const std::string& text, Number* value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *value);
  return error == std::errc() && end == text.data() + text.size() && !text.empty();
}

double finite(const std::string& text, const std::string& allowed) {
  double value = 0.0;
  if (!read_all(text, &value) || !std::isfinite(value)) {
    throw std::invalid_argument(allowed);
  }
  return value;
}

double coordinate(const std::string& text, const std::string& allowed) {
  const double value = finite(text, allowed);
  if (std::abs(value) > kMaxPixel) {
    throw std::invalid_argument(allowed);
  }
  return value;
}

}  // namespace

std::int64_t parse_integer(const std::string& text, std::int64_t lowest, std::int64_t highest) {
  std::int64_t value = 0;
  if (!read_all(text, &value) || value < lowest || value > highest) {
    throw std::invalid_argument("expected an integer from " + std::to_string(lowest) + " to " +
                                std::to_string(highest));
  }
  return value;
}

double parse_number(const std::string& text, double lowest, double highest) {
  const std::string allowed =
      "expected a number from " + to_text(lowest) + " to " + to_text(highest);
  const double value = finite(text, allowed);
  if (value < lowest || value > highest) {
    throw std::invalid_argument(allowed);
  }
  return value;
}

bool parse_switch(const std::string& text) {
  if (text == "on" || text == "true") {
    return true;
  }
  if (text == "off" || text == "false") {
    return false;
  }
  throw std::invalid_argument("expected on or off");
}

double parse_time(const std::string& text) {
  const std::string allowed = "expected a time such as 12.5, 01:30 or 1:02:03.5";
  const std::vector<std::string> parts = split(text, ':');
  if (parts.size() > 3) {
    throw std::invalid_argument(allowed);
  }
  double seconds = 0.0;
  for (const std::string& part : parts) {
    const double value = finite(part, allowed);
    if (value < 0.0) {
      throw std::invalid_argument(allowed);
    }
    seconds = seconds * 60.0 + value;
  }
  if (seconds > kMaxSeconds) {
    throw std::invalid_argument("expected a time of at most 1000 hours");
  }
  return seconds;
}

GuidanceScale parse_guidance(const std::string& text) {
  const std::vector<std::string> parts = split(text, ':');
  if (parts.size() > 2) {
    throw std::invalid_argument("expected one number or two as FIRST:LAST");
  }
  const double first = parse_number(parts.front(), 0.0, 100.0);
  return {first, parse_number(parts.back(), 0.0, 100.0)};
}

FaceSelector parse_face(const std::string& text) {
  const std::string allowed = "expected largest, an index from 0 (left to right) or a point X,Y";
  FaceSelector face;
  if (text == "largest") {
    return face;
  }
  const std::vector<std::string> parts = split(text, ',');
  if (parts.size() == 2) {
    face.point = {coordinate(parts[0], allowed), coordinate(parts[1], allowed)};
    return face;
  }
  int index = 0;
  if (!read_all(text, &index) || index < 0) {
    throw std::invalid_argument(allowed);
  }
  face.index = index;
  return face;
}

PixelBox parse_box(const std::string& text) {
  const std::string allowed = "expected X,Y,W,H in pixels with W and H above 0";
  const std::vector<std::string> parts = split(text, ',');
  if (parts.size() != 4) {
    throw std::invalid_argument(allowed);
  }
  const PixelBox box{coordinate(parts[0], allowed),
                     coordinate(parts[1], allowed),
                     coordinate(parts[2], allowed),
                     coordinate(parts[3], allowed)};
  if (box.width <= 0.0 || box.height <= 0.0) {
    throw std::invalid_argument(allowed);
  }
  return box;
}

Colour parse_colour(const std::string& text) {
  for (const auto& [name, colour] : kColours) {
    if (text == name) {
      return colour;
    }
  }
  std::uint32_t value = 0;
  const bool hex = text.size() == 7 && text.front() == '#';
  const auto [end, error] =
      std::from_chars(text.data() + (hex ? 1 : 0), text.data() + text.size(), value, 16);
  if (!hex || error != std::errc() || end != text.data() + text.size()) {
    throw std::invalid_argument("expected black, white, grey, red, green, blue or #RRGGBB");
  }
  return {static_cast<std::uint8_t>(value >> 16),
          static_cast<std::uint8_t>(value >> 8),
          static_cast<std::uint8_t>(value)};
}

CropSize parse_crop_size(const std::string& text) {
  if (text == "network") {
    return {};
  }
  if (text == "native") {
    return {.kind = CropSize::Kind::native};
  }
  CropSize size{.kind = CropSize::Kind::fixed};
  if (!read_all(text, &size.px) || size.px < 16 || size.px > 8192) {
    throw std::invalid_argument("expected network, native or a side of 16 to 8192 px");
  }
  return size;
}

Rational parse_frame_rate(const std::string& text) {
  const std::string allowed =
      "expected source or a frame rate from 1 to 240 such as 25, 29.97 or 30000/1001";
  const std::vector<std::string> parts = split(text, '/');
  Rational rate;
  if (parts.size() == 2) {
    if (!read_all(parts[0], &rate.num) || !read_all(parts[1], &rate.den) || rate.num <= 0 ||
        rate.den <= 0) {
      throw std::invalid_argument(allowed);
    }
  } else {
    // 23.976, 29.97 and 59.94 mean the NTSC rates n * 1000/1001, as ffmpeg reads them.
    const double value = std::clamp(finite(text, allowed), 0.0, 1e6);  // what an int holds
    const double ntsc = std::round(value * 1.001);
    if (std::abs(value - ntsc / 1.001) < 0.005 && std::abs(value - ntsc) > 0.005) {
      rate = {static_cast<int>(ntsc) * 1000, 1001};
    } else {
      rate = {static_cast<int>(std::lround(value * 1000.0)), 1000};
    }
  }
  const double value = rate.value();
  if (value < 1.0 || value > 240.0) {
    throw std::invalid_argument(allowed);
  }
  const int divisor = std::gcd(rate.num, rate.den);
  return {rate.num / divisor, rate.den / divisor};
}

PoseOffset parse_pose_offset(const std::string& text) {
  const std::vector<std::string> parts = split(text, ',');
  if (parts.size() != 3) {
    throw std::invalid_argument("expected YAW,PITCH,ROLL in degrees, such as 15,0,0");
  }
  const auto angle = [](const std::string& part) { return parse_number(part, -90.0, 90.0); };
  return {.yaw = angle(parts[0]), .pitch = angle(parts[1]), .roll = angle(parts[2])};
}

MemorySize parse_memory_size(const std::string& text) {
  const std::string allowed = "expected a size such as 8G, 1.5G or 512M";
  constexpr std::string_view kUnits = "KMGT";
  std::string number = text;
  for (const std::string_view ending : {"iB", "B"}) {
    if (number.ends_with(ending)) {
      number.resize(number.size() - ending.size());
      break;
    }
  }
  double unit = 1.0;
  if (const auto at = kUnits.find(number.empty() ? ' ' : number.back()); at != kUnits.npos) {
    unit = std::pow(1024.0, static_cast<double>(at + 1));
    number.pop_back();
  }
  const double bytes = finite(number, allowed) * unit;
  if (bytes < 1.0 || bytes > 1e18) {
    throw std::invalid_argument(allowed);
  }
  return {static_cast<std::uint64_t>(bytes)};
}

std::string to_text(const std::string& value) {
  return value;
}

std::string to_text(bool value) {
  return value ? "on" : "off";
}

std::string to_text(int value) {
  return std::to_string(value);
}

std::string to_text(std::int64_t value) {
  return std::to_string(value);
}

std::string to_text(std::uint64_t value) {
  return std::to_string(value);
}

std::string to_text(double value) {
  std::array<char, 32> buffer{};
  const auto [end, error] = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value);
  return error == std::errc() ? std::string(buffer.data(), end) : std::string();
}

std::string to_text(const GuidanceScale& value) {
  return value.first == value.last ? to_text(value.first)
                                   : to_text(value.first) + ":" + to_text(value.last);
}

/// Both members set mean nothing: then a text that parse_face refuses.
std::string to_text(const FaceSelector& value) {
  const std::string point =
      value.point ? to_text(value.point->x) + "," + to_text(value.point->y) : "";
  if (!value.index) {
    return value.point ? point : "largest";
  }
  return std::to_string(*value.index) + (value.point ? "," + point : "");
}

std::string to_text(const PixelBox& value) {
  return to_text(value.x) + "," + to_text(value.y) + "," + to_text(value.width) + "," +
         to_text(value.height);
}

std::string to_text(const PoseOffset& value) {
  return fmt::format("{},{},{}", to_text(value.yaw), to_text(value.pitch), to_text(value.roll));
}

std::string to_text(const Colour& value) {
  return fmt::format("#{:02X}{:02X}{:02X}", value.red, value.green, value.blue);
}

std::string to_text(const CropSize& value) {
  switch (value.kind) {
    case CropSize::Kind::network:
      return "network";
    case CropSize::Kind::native:
      return "native";
    case CropSize::Kind::fixed:
      break;
  }
  return std::to_string(value.px);
}

std::string to_text(const Rational& value) {
  return value.den == 1 ? std::to_string(value.num)
                        : std::to_string(value.num) + "/" + std::to_string(value.den);
}

std::string to_text(const MemorySize& value) {
  constexpr std::array<const char*, 5> kUnits{"", "K", "M", "G", "T"};
  std::uint64_t number = value.bytes;
  std::size_t unit = 0;
  while (number % 1024 == 0 && number > 0 && unit + 1 < kUnits.size()) {
    number /= 1024;
    ++unit;
  }
  return std::to_string(number) + kUnits.at(unit);
}

}  // namespace hyportrait
