// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <hyportrait/motion.h>

#include "motion/motion_file.h"

#include <filesystem>

namespace hyportrait::motion {

/// What `file` holds, for people.
MotionInfo describe(const MotionFile& file, const std::filesystem::path& path);

}  // namespace hyportrait::motion
