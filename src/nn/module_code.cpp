// SPDX-License-Identifier: Apache-2.0
#include "nn/module_code.h"

#include <hyportrait/error.h>

#include <caffe2/serialize/inline_container.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <set>

namespace hyportrait::nn {
namespace {

constexpr std::array<std::string_view, 8> kForbiddenWords{
    "save", "from_file", "print", "_print", "rpc_sync", "rpc_async", "rpc_remote", "__setstate__"};
constexpr std::array<std::string_view, 2> kNamespaces{"aten", "prim"};
// Members of an archive beside code and extra/, as torch.jit.save writes them.
constexpr std::array<std::string_view, 7> kFiles{"data.pkl",
                                                 "constants.pkl",
                                                 "traced_inputs.pkl",
                                                 "version",
                                                 "byteorder",
                                                 ".data/version",
                                                 ".data/serialization_id"};
constexpr std::array<std::string_view, 3> kTensorFolders{"data/", "constants/", "traced_inputs/"};

bool in_word(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

template <std::size_t N>
bool is_one_of(std::string_view word, const std::array<std::string_view, N>& words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

bool is_digit(char c) {
  return std::isdigit(static_cast<unsigned char>(c)) != 0;
}

std::string between_slashes(std::string_view path) {
  std::string text(1, '/');
  text += path;
  text += '/';
  return text;
}

/// Words of letters, digits and '_' between slashes.
bool is_path_of_words(std::string_view path) {
  return between_slashes(path).find("//") == std::string::npos &&
         std::all_of(path.begin(), path.end(), [](char c) { return in_word(c) || c == '/'; });
}

/// No '..' and the like, nothing absolute, no folder.
bool is_plain_path(std::string_view path) {
  const std::string padded = between_slashes(path);
  return padded.find("//") == std::string::npos && padded.find("/./") == std::string::npos &&
         padded.find("/../") == std::string::npos && padded.find('\\') == std::string::npos;
}

bool is_known_member(std::string_view name) {
  if (is_one_of(name, kFiles)) {
    return true;
  }
  for (const std::string_view folder : kTensorFolders) {
    if (name.starts_with(folder)) {
      const std::string_view number = name.substr(folder.size());
      return !number.empty() && std::all_of(number.begin(), number.end(), is_digit);
    }
  }
  constexpr std::string_view code = "code/";
  if (name.starts_with(code)) {
    name.remove_prefix(code.size());
    for (const std::string_view end : {".py", ".py.debug_pkl"}) {
      if (name.ends_with(end)) {
        return is_path_of_words(name.substr(0, name.size() - end.size()));
      }
    }
    return false;
  }
  return name.starts_with("extra/") && is_plain_path(name);
}

std::string text_of(caffe2::serialize::PyTorchStreamReader& archive, const std::string& record) {
  const auto [bytes, size] = archive.getRecord(record);
  return {static_cast<const char*>(bytes.get()), size};
}

/// Forbidden use in one member of an archive; empty when none.
std::string forbidden_in(caffe2::serialize::PyTorchStreamReader& archive,
                         const std::string& record) {
  if (record.starts_with("code/") && record.ends_with(".py")) {
    return forbidden_use(text_of(archive, record));
  }
  if (record == "data.pkl" || record == "constants.pkl") {
    return forbidden_class(text_of(archive, record));
  }
  return "";
}

}  // namespace

std::string forbidden_use(std::string_view code) {
  std::array<std::string_view, 2> before;  // the two words before this one, joined by dots
  for (std::size_t begin = 0; begin < code.size();) {
    if (!in_word(code[begin])) {
      const char c = code[begin];
      const bool joins = c == '.' || std::isspace(static_cast<unsigned char>(c)) != 0;
      before = joins ? before : std::array<std::string_view, 2>{};
      ++begin;
      continue;
    }
    std::size_t end = begin;
    while (end < code.size() && in_word(code[end])) {
      ++end;
    }
    const std::string_view word = code.substr(begin, end - begin);
    if (is_one_of(word, kForbiddenWords)) {
      return std::string(word);
    }
    if (before[1] == "ops" && !is_one_of(word, kNamespaces)) {
      return "ops." + std::string(word);
    }
    if (before[1] == "torch" && word == "classes") {
      return "torch.classes";
    }
    before = {before[1], word};
    begin = end;
  }
  return "";
}

std::string forbidden_class(std::string_view pickle) {
  for (const std::string_view name : {"torch.classes", "torch\nclasses"}) {
    if (pickle.find(name) != std::string_view::npos) {
      return "torch.classes";
    }
  }
  return "";
}

std::optional<std::string> strange_member(const std::vector<std::string>& names) {
  std::set<std::string> seen;
  for (const std::string& name : names) {
    std::string lower = name;
    std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char c) {
      return static_cast<char>(std::tolower(c));
    });
    if (!is_known_member(name) || !seen.insert(lower).second) {
      return name;
    }
  }
  return std::nullopt;
}

void check_archive_code(const std::filesystem::path& path) {
  try {
    caffe2::serialize::PyTorchStreamReader archive(path.string());
    const std::vector<std::string> records = archive.getAllRecords();
    if (const auto strange = strange_member(records)) {
      throw Error(ExitCode::bundle,
                  path.string() + ": the archive has a member '" + *strange +
                      "' that torch.jit.save does not write, or has it twice; export the bundle "
                      "again, and use bundles from sources that you trust");
    }
    for (const std::string& record : records) {
      const std::string use = forbidden_in(archive, record);
      if (!use.empty()) {
        throw Error(ExitCode::bundle,
                    path.string() + ": its code (" + record + ") uses '" + use +
                        "', which a bundle may not; use bundles from sources that you trust");
      }
    }
  } catch (const c10::Error& error) {
    throw Error(ExitCode::bundle,
                path.string() + ": not a TorchScript archive: " + error.what_without_backtrace());
  }
}

}  // namespace hyportrait::nn
