// SPDX-License-Identifier: Apache-2.0
#include "cli/style.h"

#include "base/shown_text.h"
#include "cli/printable_stream.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <iostream>
#include <memory>
#include <system_error>

namespace hyportrait::cli {
namespace {

constexpr std::array<std::string_view, 5> kInks{
    "\x1b[1m", "\x1b[2m", "\x1b[32m", "\x1b[33m", "\x1b[31m"};
constexpr std::string_view kInkEnd = "\x1b[0m";
constexpr const char* kColorWords = "auto|always|never";
constexpr std::size_t kUsualWidth = 80;
constexpr std::size_t kWidestText = 100;  // longer lines are hard to read

std::string g_color = "auto";  // of --color

/// Bytes of the colour that begins at `i`; 0 for anything else.
std::size_t ink_length(std::string_view text, std::size_t i) {
  const std::string_view rest = text.substr(i);
  for (const std::string_view ink : kInks) {
    if (rest.starts_with(ink)) {
      return ink.size();
    }
  }
  return rest.starts_with(kInkEnd) ? kInkEnd.size() : 0;
}

/// Control characters escaped, but for colours, which are kept or dropped.
std::string escaped_text(std::string_view text, bool colours) {
  std::string result;
  std::size_t begin = 0;
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t length = ink_length(text, i);
    if (length == 0) {
      ++i;
      continue;
    }
    result += printable(text.substr(begin, i - begin));
    result += colours ? text.substr(i, length) : "";
    i += length;
    begin = i;
  }
  return result + printable(text.substr(begin));
}

int descriptor_of(const std::ostream& out) {
  return &out == &std::cerr ? STDERR_FILENO : STDOUT_FILENO;
}

bool shows_colours(const std::ostream& out) {
  if (g_color != "auto") {
    return g_color == "always";
  }
  const char* no_color = std::getenv("NO_COLOR");  // https://no-color.org
  return (no_color == nullptr || *no_color == '\0') && ::isatty(descriptor_of(out)) == 1 &&
         knows_escape_codes(std::getenv("TERM"));
}

std::string padded(const std::string& text, std::size_t width, bool right = false) {
  const std::size_t shown = shown_width(text);
  const std::string blanks(width > shown ? width - shown : 0, ' ');
  return right ? blanks + text : text + blanks;
}

using Rows = std::vector<std::vector<std::string>>;

/// By column; 0 for one without text below its heading.
std::vector<std::size_t> widths_of(const Rows& rows) {
  std::vector<std::size_t> widths(rows.front().size(), 0);
  for (std::size_t column = 0; column < widths.size(); ++column) {
    for (std::size_t row = 1; row < rows.size(); ++row) {
      widths[column] = std::max(widths[column], shown_width(rows[row][column]));
    }
    if (widths[column] > 0) {
      widths[column] = std::max(widths[column], shown_width(rows.front()[column]));
    }
  }
  return widths;
}

/// Columns of all cells but the last, with the gaps between.
std::size_t columns_before_last(const std::vector<std::size_t>& widths) {
  std::size_t columns = 0;
  for (std::size_t column = 0; column + 1 < widths.size(); ++column) {
    columns += widths[column] > 0 ? widths[column] + 2 : 0;
  }
  return columns;
}

/// All cells of a row but the last, padded.
std::string joined_cells(const std::vector<std::string>& row,
                         const std::vector<std::size_t>& widths,
                         const std::vector<std::size_t>& right) {
  std::string text;
  for (std::size_t column = 0; column + 1 < row.size(); ++column) {
    const bool to_right = std::find(right.begin(), right.end(), column) != right.end();
    text += widths[column] == 0 ? "" : padded(row[column], widths[column], to_right) + "  ";
  }
  return text;
}

}  // namespace

std::string paint(Ink ink, std::string_view text) {
  return std::string(kInks.at(static_cast<std::size_t>(ink))) + printable(text) +
         std::string(kInkEnd);
}

void choose_colours(const std::vector<std::string>& arguments) {
  constexpr std::string_view kOption = "--color";
  for (std::size_t i = 0; i < arguments.size() && arguments[i] != "--"; ++i) {
    const std::string_view word = arguments[i];
    if (word == kOption && i + 1 < arguments.size()) {
      g_color = arguments[++i];
    } else if (word.starts_with(kOption) && word.substr(kOption.size()).starts_with("=")) {
      g_color = word.substr(kOption.size() + 1);
    }
  }
  if (g_color != "always" && g_color != "never") {
    g_color = "auto";
  }
}

void add_color_option(CLI::App& app) {
  const auto text = std::make_shared<std::string>();
  const std::string run_group = app.get_name() == "animate" ? "Run"
                                : app.get_name() == "batch" ? "Batch"
                                                            : "Options";
  app.add_option_function<std::string>(
         "--color",
         [](const std::string& given) {
           const std::array<std::string, 3> words{"auto", "always", "never"};
           if (std::find(words.begin(), words.end(), given) == words.end()) {
             throw CLI::ValidationError("--color " + given + ": use " + kColorWords);
           }
         },
         "Colours in text for people; auto: on a terminal, unless NO_COLOR is set [auto]")
      ->type_name(kColorWords)
      ->group(run_group);
  for (CLI::App* command : app.get_subcommands([](CLI::App*) { return true; })) {
    add_color_option(*command);
  }
}

std::string styled(const std::ostream& out, std::string_view text) {
  return escaped_text(text, shows_colours(out));
}

int text_width(const std::ostream& out) {
  constexpr int kNarrowest = 20;
  if (const char* columns = std::getenv("COLUMNS")) {
    if (const int width = std::atoi(columns); width > 0) {
      return std::max(width, kNarrowest);
    }
  }
  winsize size{};
  const bool known = ::ioctl(descriptor_of(out), TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  return known ? std::max<int>(size.ws_col, kNarrowest) : static_cast<int>(kUsualWidth);
}

std::string shown_path(const std::string& path) {
  std::error_code reason;
  const std::string folder = std::filesystem::current_path(reason).string() + "/";
  const bool inside = !reason && folder != "//" && path.starts_with(folder) && path != folder;
  return printable(inside ? path.substr(folder.size()) : path);
}

std::size_t shown_width(std::string_view text) {
  std::size_t width = 0;
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t length = ink_length(text, i);
    width += length == 0 && (static_cast<unsigned char>(text[i]) & 0xC0U) != 0x80U ? 1 : 0;
    i += length == 0 ? 1 : length;
  }
  return width;
}

std::vector<std::string> wrapped_lines(const std::string& text, std::size_t width) {
  std::vector<std::string> lines{""};
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find(' ', begin), text.size());
    const std::string word = text.substr(begin, end - begin);
    const bool first = lines.back().empty();
    if (first || shown_width(lines.back()) + 1 + shown_width(word) <= width) {
      lines.back() += (first ? "" : " ") + word;
    } else {
      lines.push_back(word);
    }
    begin = end + 1;
  }
  return lines;
}

Page::Page(std::ostream& out, std::size_t labels)
    : out_(out), labels_(labels), width_(static_cast<std::size_t>(text_width(out))) {}

void Page::line(const std::string& text) {
  std::string shown = styled(out_, text);
  shown.erase(shown.find_last_not_of(' ') + 1);
  PrintableStream::print_escaped(out_, shown + "\n");
  ++lines_;
}

void Page::sentence(const std::string& text, std::size_t indent) {
  const std::size_t room = std::min(width_, kWidestText) - std::min(indent, width_ / 2);
  for (const std::string& part : wrapped_lines(escaped_text(text, true), room)) {
    line(std::string(indent, ' ') + part);
  }
}

void Page::field(const std::string& label, const std::string& text, std::size_t max_lines) {
  const std::size_t room = std::min(width_, kWidestText) - std::min(labels_, width_ / 2);
  std::string before = padded(label, labels_);
  std::vector<std::string> parts = wrapped_lines(escaped_text(text, true), room);
  const std::size_t most =
      std::max<std::size_t>(width_ < kUsualWidth ? 3 * max_lines : max_lines, 1);
  if (parts.size() > most) {
    parts.resize(most);
    std::string& end = parts.back();
    while (shown_width(end) + 4 > room && end.find(' ') != std::string::npos) {
      end.erase(end.rfind(' '));
    }
    end += " ...";
  }
  for (const std::string& part : parts) {
    line(before + part);
    before = std::string(labels_, ' ');
  }
}

void Page::cells_below(const Rows& rows) {
  for (std::size_t row = 1; row < rows.size(); ++row) {
    line(rows[row].front());
    for (std::size_t column = 1; column < rows[row].size(); ++column) {
      const std::string& heading = rows.front()[column];
      if (!rows[row][column].empty()) {
        sentence((heading.empty() ? "" : heading + " ") + rows[row][column], 2);
      }
    }
  }
}

void Page::table(Rows rows, const std::vector<std::size_t>& right) {
  constexpr std::size_t kNarrowColumn = 24;
  constexpr std::size_t kBelow = 4;  // columns that text below its row is indented
  if (rows.size() < 2) {
    return;
  }
  for (std::vector<std::string>& row : rows) {
    for (std::string& cell : row) {
      cell = escaped_text(cell, true);
    }
  }
  const std::vector<std::size_t> widths = widths_of(rows);
  if (columns_before_last(widths) > width_ + 2) {
    cells_below(rows);
    return;
  }
  for (std::string& heading : rows.front()) {
    heading = heading.empty() ? "" : paint(Ink::faint, heading);
  }
  const std::size_t last = widths.size() - 1;
  const bool last_right = std::find(right.begin(), right.end(), last) != right.end();
  const std::size_t before = columns_before_last(widths);
  const bool beside = before + std::min(widths[last], kNarrowColumn) <= width_;
  for (std::size_t row = 0; row < rows.size(); ++row) {
    std::string head = joined_cells(rows[row], widths, right);
    const std::string& text = rows[row][last];
    if (widths[last] == 0 || text.empty() || last_right) {
      line(head + (widths[last] == 0 ? "" : padded(text, widths[last], last_right)));
      continue;
    }
    if (!beside) {
      line(head);
      head = std::string(kBelow, ' ');
    }
    const std::size_t indent = beside ? before : kBelow;
    const std::size_t room = std::max(width_, indent + kNarrowColumn) - indent;
    for (const std::string& part : wrapped_lines(text, room)) {
      line(head + part);
      head = std::string(indent, ' ');
    }
  }
}

}  // namespace hyportrait::cli
