// SPDX-License-Identifier: Apache-2.0
#include "output/output_list.h"

#include <hyportrait/error.h>

#include "base/file_hashes.h"
#include "base/log.h"
#include "output/output_check.h"
#include "output/targets.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>
#include <utility>

namespace hyportrait {
namespace {

namespace fs = std::filesystem;

/// The endings of what animate writes.
bool is_video_name(const fs::path& output) {
  constexpr std::array<std::string_view, 6> kEndings{
      ".mp4", ".mov", ".mkv", ".webm", ".gif", ".webp"};
  std::string ending = output.extension().string();
  std::transform(ending.begin(), ending.end(), ending.begin(), [](unsigned char c) {
    return static_cast<char>(std::tolower(c));
  });
  return std::find(kEndings.begin(), kEndings.end(), ending) != kEndings.end();
}

ListedOutput listed_sidecar(const fs::path& output, SidecarFacts facts, FileHashes& hashes) {
  if (facts.status == RunStatus::failed) {
    std::string error = facts.error;
    return {output, ListedStatus::failed, std::move(facts), std::move(error)};
  }
  OutputCheck check = check_output(output_paths(output), facts, hashes);
  const auto status = [&] {
    switch (check.condition) {
      case OutputCondition::whole:
        return ListedStatus::done;
      case OutputCondition::missing:
      case OutputCondition::unfinished:
        return ListedStatus::missing;
      case OutputCondition::shorter:
      case OutputCondition::changed:
        break;
    }
    return ListedStatus::damaged;
  }();
  return {output, status, std::move(facts), std::move(check.why)};
}

/// What a file of that name stands for; nothing where it is no sidecar, and no state of its own.
std::optional<ListedOutput> listed(const fs::path& file, FileHashes& hashes) {
  const fs::path output = file.parent_path() / file.stem();
  const OutputPaths paths = output_paths(output);
  if (file == paths.sidecar) {
    std::optional<SidecarFacts> facts = read_sidecar(output);
    if (facts) {
      return listed_sidecar(output, std::move(*facts), hashes);
    }
    return is_video_name(output)
               ? std::optional(ListedOutput{
                     output, ListedStatus::unreadable, std::nullopt, why_no_sidecar(output)})
               : std::nullopt;
  }
  if (file == paths.state && !is_taken(paths.sidecar)) {
    return ListedOutput{output, ListedStatus::unfinished, std::nullopt};
  }
  return std::nullopt;
}

}  // namespace

const char* status_text(ListedStatus status) {
  switch (status) {
    case ListedStatus::done:
      return "done";
    case ListedStatus::failed:
      return "failed";
    case ListedStatus::missing:
      return "missing";
    case ListedStatus::damaged:
      return "damaged";
    case ListedStatus::unreadable:
      return "unreadable";
    case ListedStatus::unfinished:
      break;
  }
  return "unfinished";
}

bool is_failure(ListedStatus status) {
  return status != ListedStatus::done && status != ListedStatus::unfinished;
}

std::vector<ListedOutput> list_outputs(const fs::path& folder) {
  std::error_code error;
  fs::recursive_directory_iterator files(
      folder, fs::directory_options::skip_permission_denied, error);
  if (error) {
    throw Error(ExitCode::usage, folder.string() + ": cannot be read: " + error.message());
  }
  FileHashes hashes;
  std::vector<ListedOutput> outputs;
  for (const fs::recursive_directory_iterator end; files != end; files.increment(error)) {
    if (std::optional<ListedOutput> found = listed(files->path(), hashes)) {
      found->output = found->output.lexically_relative(folder);
      outputs.push_back(std::move(*found));
    }
  }
  if (error) {
    logger().warn("{}: not all of it could be read: {}", folder.string(), error.message());
  }
  std::sort(outputs.begin(), outputs.end(), [](const ListedOutput& a, const ListedOutput& b) {
    return a.output < b.output;
  });
  return outputs;
}

}  // namespace hyportrait
