// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

namespace hyportrait::cli {

/// Rows of the same number of cells, the first the heading, in aligned columns; the last column is
/// as long as its text. A column without any text but its heading is left out. Control characters
/// are escaped (base/shown_text.h).
void print_columns(std::ostream& out, std::vector<std::vector<std::string>> rows);

}  // namespace hyportrait::cli
