// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>

namespace hyportrait::page {

/// The address of a file in a page that lies in `folder`: relative where the file is below it, so
/// that both can be moved together, else from the root (file:///...). Bytes that an address cannot
/// have, and those that are no UTF-8, are percent-encoded (RFC 3986, 2.1).
std::string url_of(const std::filesystem::path& file, const std::filesystem::path& folder);

/// JSON text that may stand in a script element: no "<" in it.
std::string script_text(std::string json);

}  // namespace hyportrait::page
