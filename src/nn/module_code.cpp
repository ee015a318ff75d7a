// SPDX-License-Identifier: Apache-2.0
#include "nn/module_code.h"

#include <hyportrait/error.h>

#include <caffe2/serialize/inline_container.h>

#include <algorithm>
#include <array>
#include <cctype>

namespace hyportrait::nn {
namespace {

constexpr std::array<std::string_view, 8> kForbiddenWords{
    "save", "from_file", "print", "_print", "rpc_sync", "rpc_async", "rpc_remote", "__setstate__"};
constexpr std::array<std::string_view, 2> kNamespaces{"aten", "prim"};

bool in_word(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

template <std::size_t N>
bool is_one_of(std::string_view word, const std::array<std::string_view, N>& words) {
  return std::find(words.begin(), words.end(), word) != words.end();
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

void check_archive_code(const std::filesystem::path& path) {
  try {
    caffe2::serialize::PyTorchStreamReader archive(path.string());
    for (const std::string& record : archive.getAllRecords()) {
      if (!record.starts_with("code/") || record.ends_with(".debug_pkl")) {
        continue;
      }
      const auto [bytes, size] = archive.getRecord(record);
      const std::string use = forbidden_use({static_cast<const char*>(bytes.get()), size});
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
