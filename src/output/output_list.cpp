// SPDX-License-Identifier: Apache-2.0
#include "output/output_list.h"

#include <hyportrait/error.h>

#include "core/log.h"

#include <algorithm>

namespace hyportrait {
namespace {

namespace fs = std::filesystem;

bool is_there(const fs::path& path) {
  std::error_code ignored;
  return fs::exists(path, ignored);
}

/// What a file of that name stands for; nothing where it is no sidecar, and no state of its own.
std::optional<ListedOutput> listed(const fs::path& file) {
  const fs::path output = file.parent_path() / file.stem();
  const OutputPaths paths = output_paths(output);
  if (file == paths.sidecar) {
    std::optional<SidecarFacts> facts = read_sidecar(output);
    if (!facts) {
      return std::nullopt;
    }
    const bool whole = is_there(paths.output) && !is_there(paths.part);
    const ListedStatus status = facts->status == RunStatus::failed ? ListedStatus::failed
                                : whole                            ? ListedStatus::done
                                                                   : ListedStatus::missing;
    return ListedOutput{output, status, std::move(facts)};
  }
  if (file == paths.state && !is_there(paths.sidecar)) {
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
    case ListedStatus::unfinished:
      break;
  }
  return "unfinished";
}

std::vector<ListedOutput> list_outputs(const fs::path& folder) {
  std::error_code error;
  fs::recursive_directory_iterator files(
      folder, fs::directory_options::skip_permission_denied, error);
  if (error) {
    throw Error(ExitCode::usage, folder.string() + ": cannot be read: " + error.message());
  }
  std::vector<ListedOutput> outputs;
  for (const fs::recursive_directory_iterator end; files != end; files.increment(error)) {
    std::error_code ignored;
    if (!files->is_regular_file(ignored)) {
      continue;
    }
    if (std::optional<ListedOutput> found = listed(files->path())) {
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
