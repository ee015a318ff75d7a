// SPDX-License-Identifier: Apache-2.0
#include "output/targets.h"

#include "base/atomic_file.h"
#include "base/safetensors.h"
#include "output/sidecar.h"

#include <unistd.h>

#include <climits>
#include <string>

namespace hyportrait {
namespace {

namespace fs = std::filesystem;

/// Of the link itself, where there is one; "not found" where it cannot be looked at.
fs::file_status status_of_name(const fs::path& path) {
  std::error_code ignored;
  return fs::symlink_status(path, ignored);
}

[[noreturn]] void refuse(const fs::path& path, const std::string& why) {
  throw Error(ExitCode::usage, path.string() + ": " + why);
}

/// An ordinary file, or nothing: what follows a link or waits at a pipe is not written.
void check_ordinary_or_free(const fs::path& path) {
  const fs::file_status status = status_of_name(path);
  if (fs::exists(status) && !fs::is_regular_file(status)) {
    refuse(path,
           std::string(fs::is_symlink(status)     ? "is a link"
                       : fs::is_directory(status) ? "is a folder"
                                                  : "is not an ordinary file") +
               " in the place of a file that is to be written; remove it, or choose another name "
               "with -o");
  }
}

/// The longest names are those of the temporary files behind the state.
void check_length(const OutputPaths& paths) {
  const auto most = [&](int what, long usual) {
    const long limit = ::pathconf(paths.output.parent_path().c_str(), what);
    return static_cast<std::size_t>(limit > 0 ? limit : usual);
  };
  const std::size_t longest = temporary_name_size(paths.state);
  const std::size_t added = longest - paths.output.string().size();
  const std::size_t name = paths.output.filename().string().size();
  const std::size_t most_name = most(_PC_NAME_MAX, NAME_MAX) - added;
  if (name > most_name) {
    refuse(paths.output,
           "the name has " + std::to_string(name) + " bytes, and with what is added to it on the " +
               "way there is room for " + std::to_string(most_name) +
               "; choose a shorter one with -o");
  }
  if (longest >= PATH_MAX) {
    refuse(paths.output, "the path is too long; write elsewhere with -o");
  }
}

void check_folder(const fs::path& folder) {
  std::error_code ignored;
  if (!fs::is_directory(folder, ignored)) {
    throw Error(ExitCode::failed, folder.string() + ": there is no such folder to write into");
  }
  if (::access(folder.c_str(), W_OK | X_OK) != 0) {
    throw Error(ExitCode::failed, folder.string() + ": cannot be written to (read-only?)");
  }
}

bool is_state_of_ours(const fs::path& path) {
  try {
    return read_safetensors_header(path).metadata.contains("latents_hash");
  } catch (const Error&) {
    return false;
  }
}

/// Whether a sidecar of ours says that so many bytes were written: of a run that was killed before
/// they got the output's name.
bool is_told_of(const fs::path& output, std::uintmax_t bytes) {
  const std::optional<SidecarFacts> sidecar = read_sidecar(output);
  return sidecar && sidecar->written && sidecar->written->bytes == bytes;
}

}  // namespace

bool is_taken(const fs::path& path) {
  return fs::exists(status_of_name(path));
}

void check_part(const OutputPaths& paths, bool overwrite) {
  check_ordinary_or_free(paths.part);
  std::error_code error;
  const std::uintmax_t bytes = fs::file_size(paths.part, error);
  if (!error && bytes > 0 && !overwrite && !is_state_of_ours(paths.state) &&
      !is_told_of(paths.output, bytes)) {
    refuse(paths.part,
           "stands where the output is written and is not known to be this program's; move it "
           "away, choose another name with -o, or pass --overwrite to replace it");
  }
}

void check_target(const fs::path& path, bool overwrite) {
  std::error_code ignored;
  const fs::file_status status = fs::status(path, ignored);
  if (fs::is_directory(status)) {
    refuse(path, "is a folder; name the file to write");
  }
  if (fs::exists(status) && !fs::is_regular_file(status)) {
    refuse(path, "is not an ordinary file; choose another name");
  }
  if (is_taken(path) && !overwrite) {
    refuse(path,
           fs::exists(status) ? "exists already; pass --overwrite to replace it"
                              : "is a link that leads nowhere; pass --overwrite to replace it, or "
                                "choose another name");
  }
}

void check_sidecar(const OutputPaths& paths, bool overwrite) {
  std::error_code ignored;
  const fs::file_status status = fs::status(paths.sidecar, ignored);
  if (fs::exists(status) && !fs::is_regular_file(status)) {
    check_ordinary_or_free(paths.sidecar);
  }
  if (!overwrite && is_taken(paths.sidecar) && !read_sidecar(paths.output)) {
    refuse(paths.sidecar,
           "stands where the sidecar goes and is not one of this program; move it away, choose "
           "another name with -o, or pass --overwrite to replace it");
  }
}

void check_targets(const OutputPaths& paths, bool overwrite) {
  check_folder(paths.output.parent_path());
  check_length(paths);
  check_target(paths.output, overwrite);
  check_ordinary_or_free(paths.state);
  check_ordinary_or_free(paths.state_aside);
  check_sidecar(paths, overwrite);
  check_part(paths, overwrite);
}

}  // namespace hyportrait
