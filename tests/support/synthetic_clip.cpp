// SPDX-License-Identifier: Apache-2.0
#include "support/synthetic_clip.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>

namespace hyportrait::test {
namespace {

constexpr int kBars = 16;

int with_parity(int number) {
  return number << 1 | (std::popcount(static_cast<unsigned>(number)) & 1);
}

int bar_height(int height) {
  return std::max(1, height / 4);
}

}  // namespace

Frame bar_code_frame(int number, int width, int height) {
  Frame frame = Frame::black(width, height);
  const int code = with_parity(number);
  for (int y = 0; y < height; ++y) {
    std::uint8_t* row = frame.row(y);
    for (int x = 0; x < width; ++x) {
      const int bar = x * kBars / width;
      const bool bright = (code >> (kBars - 1 - bar) & 1) != 0;
      const bool coded = y < bar_height(height);
      row[x * 3] =
          static_cast<std::uint8_t>(coded ? (bright ? 235 : 20) : 40 + (x + 2 * number) % 64);
      row[x * 3 + 1] =
          static_cast<std::uint8_t>(coded ? (bright ? 235 : 20) : 40 + (y + number) % 64);
      row[x * 3 + 2] = static_cast<std::uint8_t>(coded ? (bright ? 235 : 20) : 90);
    }
  }
  return frame;
}

int read_bar_code(const Frame& frame) {
  int code = 0;
  for (int bar = 0; bar < kBars; ++bar) {
    const int from = (bar * 4 + 1) * frame.width / (kBars * 4);
    const int to = std::max(from + 1, (bar * 4 + 3) * frame.width / (kBars * 4));
    const int y = bar_height(frame.height) / 2;
    int sum = 0;
    for (int x = from; x < to; ++x) {
      sum += frame.row(y)[x * 3 + 1];
    }
    code = code << 1 | (sum > 128 * (to - from) ? 1 : 0);
  }
  const int number = code >> 1;
  return with_parity(number) == code ? number : -1;
}

double lower_half_brightness(const Frame& frame) {
  double sum = 0.0;
  for (int y = frame.height / 2; y < frame.height; ++y) {
    for (int i = 0; i < frame.width * 3; ++i) {
      sum += frame.row(y)[i];
    }
  }
  return sum / ((frame.height - frame.height / 2) * frame.width * 3.0);
}

void make_clip(const std::filesystem::path& path, const ClipRecipe& recipe) {
  const std::size_t slash = recipe.rate.find('/');
  const double fps = slash == std::string::npos ? std::stod(recipe.rate)
                                                : std::stod(recipe.rate.substr(0, slash)) /
                                                      std::stod(recipe.rate.substr(slash + 1));
  std::string command = "ffmpeg -y -v error -f rawvideo -pix_fmt rgb24 -s " +
                        std::to_string(recipe.width) + "x" + std::to_string(recipe.height) +
                        " -framerate " + recipe.rate + " -i - ";
  if (recipe.sound || recipe.flash_frame >= 0) {
    const std::string from = std::to_string(recipe.flash_frame / fps);
    const std::string to = std::to_string(recipe.flash_frame / fps + 0.06);
    const std::string beep = recipe.flash_frame < 0
                                 ? std::string("0")
                                 : "if(between(t," + from + "," + to + "),0.8*sin(6283*t),0)";
    command += "-f lavfi -i \"aevalsrc='" + beep +
               "+0.01*random(0)':s=44100:d=" + std::to_string(recipe.frames / fps) +
               "\" -c:a aac -b:a 128k ";
  }
  command += recipe.video_arguments + " \"" + path.string() + "\"";
  std::FILE* pipe = ::popen(command.c_str(), "w");
  if (pipe == nullptr) {
    throw std::runtime_error("cannot start: " + command);
  }
  for (int i = 0; i < recipe.frames; ++i) {
    Frame frame = bar_code_frame(i, recipe.width, recipe.height);
    if (i == recipe.flash_frame) {
      std::fill(frame.row(recipe.height / 2),
                frame.pixels.data() + frame.pixels.size(),
                std::uint8_t{235});
    }
    std::fwrite(frame.pixels.data(), 1, frame.pixels.size(), pipe);
  }
  if (::pclose(pipe) != 0) {
    throw std::runtime_error("failed: " + command);
  }
}

}  // namespace hyportrait::test
