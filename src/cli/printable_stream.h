// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ostream>
#include <streambuf>
#include <string>

namespace hyportrait::cli {

/// While it lives, what is printed to `stream` goes out line by line with control characters
/// escaped (base/shown_text.h): names of files and texts from them reach terminals here.
class PrintableStream final : public std::streambuf {
 public:
  explicit PrintableStream(std::ostream& stream);
  ~PrintableStream() override;
  PrintableStream(const PrintableStream&) = delete;
  PrintableStream& operator=(const PrintableStream&) = delete;

  /// Prints text as it is: what is escaped already, and has escape codes of this program for the
  /// colours (cli/style.h).
  static void print_escaped(std::ostream& stream, const std::string& text);

 private:
  int_type overflow(int_type c) override;
  int sync() override;
  bool write_out();

  std::ostream& stream_;
  std::streambuf* target_;
  std::string line_;
};

}  // namespace hyportrait::cli
