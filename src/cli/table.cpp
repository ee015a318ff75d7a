// SPDX-License-Identifier: Apache-2.0
#include "cli/table.h"

#include "base/shown_text.h"

#include <algorithm>
#include <ostream>

namespace hyportrait::cli {

void print_columns(std::ostream& out, std::vector<std::vector<std::string>> rows) {
  for (std::vector<std::string>& row : rows) {
    std::transform(row.begin(), row.end(), row.begin(), printable);
  }
  const std::size_t columns = rows.front().size();
  std::vector<std::size_t> widths(columns, 0);
  for (std::size_t column = 0; column < columns; ++column) {
    for (std::size_t row = 1; row < rows.size(); ++row) {
      widths[column] = std::max(widths[column], rows[row][column].size());
    }
    if (widths[column] > 0) {
      widths[column] = std::max(widths[column], rows.front()[column].size());
    }
  }
  for (const std::vector<std::string>& row : rows) {
    std::string line;
    for (std::size_t column = 0; column < columns; ++column) {
      if (widths[column] > 0) {
        line += row[column] + std::string(widths[column] - row[column].size() + 2, ' ');
      }
    }
    const std::size_t end = line.find_last_not_of(' ');
    out << line.substr(0, end == std::string::npos ? 0 : end + 1) << '\n';
  }
}

}  // namespace hyportrait::cli
