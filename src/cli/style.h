// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <CLI/CLI.hpp>

#include <cstddef>
#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

namespace hyportrait::cli {

// Note [Text for people]
// What a command prints for people goes through a Page: lines as wide as the terminal, colours on a
// terminal alone, ASCII apart from the names of files. Text is painted whatever it is for; a Page
// drops the colours where its stream shows none. Everything that a program reads is JSON.

/// What a piece of text is. On a terminal each has its colour.
enum class Ink { heading, faint, good, note, bad };

/// The text in that colour, its control characters escaped.
std::string paint(Ink ink, std::string_view text);

/// Looks for --color among the words of the command line, before they are parsed: errors of the
/// parser have colours too. The last one counts.
void choose_colours(const std::vector<std::string>& arguments);

/// Gives --color to `app` and all commands below it. choose_colours() has read it before; here it
/// is checked and gets its place in help.
void add_color_option(CLI::App& app);

/// The text as `out` shows it: its colours kept or dropped, control characters escaped.
std::string styled(const std::ostream& out, std::string_view text);

/// Columns that text for `out` has: COLUMNS, the terminal's, or 80.
int text_width(const std::ostream& out);

/// A file's name from the current folder where it is inside that, escaped.
std::string shown_path(const std::string& path);

/// Columns that the text takes: without colours, and a character of UTF-8 counted once.
std::size_t shown_width(std::string_view text);

/// The text's lines when no line may be wider than `width`. A longer word stays whole.
std::vector<std::string> wrapped_lines(const std::string& text, std::size_t width);

/// Text for people on its way to a stream (see Note [Text for people]).
class Page final {
 public:
  /// `labels`: columns of the labels of field().
  explicit Page(std::ostream& out, std::size_t labels = 11);

  /// A line without wrapping.
  void line(const std::string& text);
  /// A sentence, `indent` columns from the left.
  void sentence(const std::string& text, std::size_t indent = 0);
  /// "label      text", the text in lines of its own column, at most `max_lines` of them (three
  /// times as many where the terminal is narrower than 80). The label may be painted.
  void field(const std::string& label, const std::string& text, std::size_t max_lines = 1000);
  void blank() { line(""); }

  /// Rows of the same number of cells, the first the heading. Columns named in `right` are aligned
  /// to the right. A column without any text but its heading is left out. The last column is
  /// wrapped, below the row where beside it is no room. Where the other columns are wider than the
  /// terminal, each cell has a line of its own. Nothing for a heading without rows.
  void table(std::vector<std::vector<std::string>> rows,
             const std::vector<std::size_t>& right = {});

  /// The lines so far.
  [[nodiscard]] std::size_t lines() const { return lines_; }
  [[nodiscard]] std::size_t width() const { return width_; }

 private:
  void cells_below(const std::vector<std::vector<std::string>>& rows);

  std::ostream& out_;
  std::size_t labels_;
  std::size_t width_;
  std::size_t lines_ = 0;
};

}  // namespace hyportrait::cli
