// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <hyportrait/compare.h>

#include <nlohmann/json.hpp>

#include <optional>
#include <string>
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

  /// `figures` with `passed` and `failures` added.
  [[nodiscard]] CheckReport report(nlohmann::ordered_json figures) const;

 private:
  std::vector<std::string> failures_;
};

}  // namespace hyportrait::metrics
