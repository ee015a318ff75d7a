// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

namespace hyportrait::cli {

/// Rows of the same number of cells, the first the heading, in aligned columns; the last column is
/// as long as its text. A column without any text but its heading is left out.
void print_columns(std::ostream& out, const std::vector<std::vector<std::string>>& rows);

}  // namespace hyportrait::cli
