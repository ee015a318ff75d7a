// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <hyportrait/api.h>

#include <string>

namespace hyportrait::cli {

/// libhyportrait, loaded on the first call, with its log at `log_level`. Throws Error(failed) when
/// it or LibTorch cannot be loaded.
const Api& library(const std::string& log_level);

}  // namespace hyportrait::cli
