// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "media/stored_picture.h"

#include <cstdint>
#include <memory>
#include <string>

namespace hyportrait::media {

/// From a picture's own colours to sRGB, where it says which they are and they are others. Relative
/// colorimetric with black point compensation. Not thread-safe.
class ToSrgb final {
 public:
  explicit ToSrgb(const StoredPicture& picture);
  ~ToSrgb();
  ToSrgb(const ToSrgb&) = delete;
  ToSrgb& operator=(const ToSrgb&) = delete;

  /// Whether colours change at all: false for sRGB itself, within a level, and where the profile
  /// is unusable.
  [[nodiscard]] bool changes() const { return transform_ != nullptr; }
  /// Why the profile is left out; empty when it is not.
  [[nodiscard]] const std::string& warning() const { return warning_; }

  /// A row of the picture as 8-bit RGB. Only when changes().
  void convert(const std::uint8_t* row, std::uint8_t* rgb, int pixels) const;

 private:
  void* transform_ = nullptr;  ///< lcms2's
  bool spread_grey_ = false;   ///< grey samples with a profile of three channels
  int channels_ = 0;           ///< of the picture
  int bytes_ = 1;              ///< of a sample
  std::string warning_;
};

}  // namespace hyportrait::media
