// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace hyportrait::run {

/// Held by what runs networks on the whole device: one at a time in a process. (Two would share its
/// memory, which each plans for itself, and LibTorch's threads.)
class OneRun final {
 public:
  /// Throws Error(usage) while another one is held. `what`: the function that was called.
  explicit OneRun(const std::string& what);
  ~OneRun();
  OneRun(const OneRun&) = delete;
  OneRun& operator=(const OneRun&) = delete;
};

}  // namespace hyportrait::run
