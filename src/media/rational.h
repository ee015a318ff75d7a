// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace hyportrait::media {

/// num / den, as libav's AVRational.
struct Rational {
  int num = 0;
  int den = 1;
  [[nodiscard]] double value() const { return static_cast<double>(num) / static_cast<double>(den); }
  friend bool operator==(const Rational&, const Rational&) = default;
};

}  // namespace hyportrait::media
