// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <hyportrait/export.h>

#include <filesystem>
#include <string>

namespace hyportrait {

/// The manifest's facts as JSON text: name, kind, licence, provenance, configuration, modules with
/// sizes. An empty `folder` means the default bundle. Throws Error(bundle).
HYPORTRAIT_API std::string bundle_info_json(const std::filesystem::path& folder);

/// Checks every file's hash, signature and code, whatever was checked before. Throws Error(bundle)
/// at the first fault.
HYPORTRAIT_API void bundle_verify(const std::filesystem::path& folder);

}  // namespace hyportrait
