// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace hyportrait::metrics {

/// Collects the bounds that a check misses.
class Bounds final {
 public:
  void fail(std::string sentence);

  /// An unset bound always holds. A figure that could not be had (nothing) misses a bound that is
  /// set: a check must not pass because nothing was measured.
  void at_least(const std::string& what, std::optional<double> value, std::optional<double> bound);
  void at_most(const std::string& what, std::optional<double> value, std::optional<double> bound);

  [[nodiscard]] std::vector<std::string> take_failures() { return std::move(failures_); }

 private:
  std::vector<std::string> failures_;
};

}  // namespace hyportrait::metrics
