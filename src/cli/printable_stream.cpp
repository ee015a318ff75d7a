// SPDX-License-Identifier: Apache-2.0
#include "cli/printable_stream.h"

#include "base/shown_text.h"

namespace hyportrait::cli {

PrintableStream::PrintableStream(std::ostream& stream)
    : stream_(stream), target_(stream.rdbuf(this)) {}

PrintableStream::~PrintableStream() {
  write_out();
  stream_.rdbuf(target_);
}

void PrintableStream::print_escaped(std::ostream& stream, const std::string& text) {
  auto* escaping = dynamic_cast<PrintableStream*>(stream.rdbuf());
  if (escaping == nullptr) {
    stream << text;
    return;
  }
  const auto size = static_cast<std::streamsize>(text.size());
  if (!escaping->write_out() || escaping->target_->sputn(text.data(), size) != size) {
    stream.setstate(std::ios::badbit);
  }
}

PrintableStream::int_type PrintableStream::overflow(int_type c) {
  if (traits_type::eq_int_type(c, traits_type::eof())) {
    return traits_type::not_eof(c);
  }
  line_ += traits_type::to_char_type(c);
  return line_.back() != '\n' || write_out() ? c : traits_type::eof();
}

int PrintableStream::sync() {
  return write_out() && target_->pubsync() == 0 ? 0 : -1;
}

bool PrintableStream::write_out() {
  const std::string text = printable_lines(line_);
  line_.clear();
  const auto size = static_cast<std::streamsize>(text.size());
  return target_->sputn(text.data(), size) == size;
}

}  // namespace hyportrait::cli
