// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace hyportrait::media {

/// Why a picture cannot be decoded; image_io names the file.
class BadPicture final : public std::runtime_error {
 public:
  explicit BadPicture(const std::string& why) : std::runtime_error(why) {}
};

enum class Samples {
  grey,
  grey_alpha,
  rgb,
  rgba,
  cmyk  ///< as Adobe's JPEG has it: 255 is no ink
};

/// The chromaticities of red, green, blue and white (CIE xy).
using Primaries = std::array<std::array<double, 2>, 4>;

/// A picture as its file holds it: rows from the top, samples interleaved, alpha not multiplied in.
struct StoredPicture {
  int width = 0;   ///< px
  int height = 0;  ///< px
  Samples samples = Samples::rgb;
  int bytes = 1;                         ///< of a sample; 2 in the machine's order
  std::vector<std::uint8_t> data{};      ///< height * width * channels * bytes
  std::vector<std::uint8_t> profile{};   ///< ICC; empty: sRGB, unless there are primaries
  std::optional<Primaries> primaries{};  ///< with sRGB's curve
  std::string note{};                    ///< what has to be said of it; empty: nothing

  [[nodiscard]] int channels() const {
    switch (samples) {
      case Samples::grey:
        return 1;
      case Samples::grey_alpha:
        return 2;
      case Samples::rgb:
        return 3;
      case Samples::rgba:
      case Samples::cmyk:
        return 4;
    }
    return 0;
  }
  [[nodiscard]] bool has_alpha() const {
    return samples == Samples::grey_alpha || samples == Samples::rgba;
  }
  [[nodiscard]] std::size_t row_bytes() const {
    return static_cast<std::size_t>(width) * static_cast<std::size_t>(channels() * bytes);
  }
  [[nodiscard]] std::uint8_t* row(int y) {
    return data.data() + static_cast<std::size_t>(y) * row_bytes();
  }
  [[nodiscard]] const std::uint8_t* row(int y) const {
    return data.data() + static_cast<std::size_t>(y) * row_bytes();
  }
  /// Makes room for the pixels.
  void allocate() { data.resize(static_cast<std::size_t>(height) * row_bytes()); }
};

}  // namespace hyportrait::media
