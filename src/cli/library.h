// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <hyportrait/api.h>

namespace hyportrait::cli {

/// libhyportrait, loaded on the first call, with its log and FFmpeg's from `log_level` on. Throws
/// Error(failed) when it or LibTorch cannot be loaded.
const Api& library(LogLevel log_level);

}  // namespace hyportrait::cli
