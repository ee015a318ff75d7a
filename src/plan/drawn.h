// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/frame.h"
#include "nn/manifest.h"

#include <optional>
#include <string>

namespace hyportrait::plan {

/// Whether a picture is drawn in even areas, as what the demo bundle was trained on. Photographs
/// are not, however blurred and whatever lies behind the person; drawn pictures that were saved as
/// JPEG are often taken for photographs.
bool looks_drawn(const Frame& picture);

/// The warning for a portrait that the demo bundle cannot animate; nothing for another bundle.
std::optional<std::string> portrait_warning(const nn::Manifest& manifest,
                                            const Frame& portrait,
                                            const std::string& name);

}  // namespace hyportrait::plan
