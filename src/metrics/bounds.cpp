// SPDX-License-Identifier: Apache-2.0
#include "metrics/bounds.h"

#include <spdlog/fmt/fmt.h>

#include <utility>

namespace hyportrait::metrics {
namespace {

std::string text(double value) {
  return fmt::format("{:.6g}", value);
}

}  // namespace

void Bounds::fail(std::string sentence) {
  failures_.push_back(std::move(sentence));
}

void Bounds::at_least(const std::string& what,
                      std::optional<double> value,
                      std::optional<double> bound) {
  if (bound && !value) {
    fail(what + ": could not be measured, at least " + text(*bound) + " was asked for");
  } else if (bound && !(*value >= *bound)) {
    fail(what + ": " + text(*value) + " is below " + text(*bound));
  }
}

void Bounds::at_most(const std::string& what,
                     std::optional<double> value,
                     std::optional<double> bound) {
  if (bound && !value) {
    fail(what + ": could not be measured, at most " + text(*bound) + " was asked for");
  } else if (bound && !(*value <= *bound)) {
    fail(what + ": " + text(*value) + " is above " + text(*bound));
  }
}

}  // namespace hyportrait::metrics
