// SPDX-License-Identifier: Apache-2.0
#include "output/output_file.h"

#include "base/atomic_file.h"
#include "base/log.h"
#include "base/sha256.h"
#include "output/sidecar.h"
#include "output/targets.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

namespace hyportrait {
namespace {

namespace fs = std::filesystem;

/// Whether the open file still has this name: its owner renames it to the output, or removes it.
bool has_name(int descriptor, const fs::path& path) {
  struct stat open_file {};
  struct stat named {};
  return ::fstat(descriptor, &open_file) == 0 && ::lstat(path.c_str(), &named) == 0 &&
         open_file.st_ino == named.st_ino && open_file.st_dev == named.st_dev;
}

/// Makes the file, or opens the ordinary one that is there; -1 when it went away in between. Links
/// are not followed, and a file with a second name is not written: that one is somebody's.
int open_part(const OutputPaths& paths) {
  const int made =
      ::open(paths.part.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
  if (made >= 0) {
    return made;
  }
  if (errno != EEXIST) {
    fail_to_write(paths.output, errno);
  }
  check_part(paths, true);
  const int found = ::open(paths.part.c_str(), O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
  if (found < 0) {
    if (errno == ENOENT) {
      return -1;
    }
    fail_to_write(paths.part, errno);
  }
  struct stat info {};
  if (::fstat(found, &info) == 0 && S_ISREG(info.st_mode) && info.st_nlink <= 1) {
    return found;
  }
  ::close(found);
  throw Error(ExitCode::usage,
              paths.part.string() +
                  ": has a second name (a hard link), and writing would change that file too; "
                  "remove it, or choose another name with -o");
}

/// Gives a file another name; without `overwrite` not that of something that is there. 0, or the
/// errno.
int rename_file(const fs::path& from, const fs::path& to, bool overwrite) {
  if (!overwrite) {
    if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0) {
      return 0;
    }
    if (errno != EINVAL && errno != ENOSYS) {  // else the file system cannot promise that
      return errno;
    }
    if (is_taken(to)) {
      return EEXIST;
    }
  }
  return ::rename(from.c_str(), to.c_str()) == 0 ? 0 : errno;
}

}  // namespace

OutputPaths output_paths(const fs::path& output) {
  const std::string name = output.string();
  return {.output = output,
          .part = name + ".part",
          .state = name + ".state",
          .state_aside = name + ".state.aside",
          .sidecar = name + ".json"};
}

OutputFile::OutputFile(const fs::path& output, bool overwrite)
    : paths_(output_paths(output)), overwrite_(overwrite) {
  while (true) {
    descriptor_ = open_part(paths_);
    if (descriptor_ < 0) {
      continue;
    }
    if (::flock(descriptor_, LOCK_EX | LOCK_NB) != 0) {
      const int reason = errno;
      if (reason == EINTR) {
        ::close(descriptor_);
        continue;
      }
      if (reason == EWOULDBLOCK) {
        ::close(descriptor_);
        throw OutputBusy(output.string() +
                         ": another process is writing it; wait for that one, or choose another "
                         "name with -o");
      }
      logger().warn(
          "{}: not locked, because the file system cannot ({}): start no second process "
          "for it",
          paths_.part.string(),
          std::strerror(reason));
    }
    if (has_name(descriptor_, paths_.part)) {
      break;
    }
    ::close(descriptor_);  // the last owner finished between open and flock
  }
  try {
    check_part(paths_, overwrite_);
  } catch (const Error&) {
    ::close(descriptor_);
    throw;
  }
  remove_unfinished_writes(paths_.sidecar);
  remove_unfinished_writes(paths_.state);
}

const fs::path& OutputFile::part() const {
  if (!has_name(descriptor_, paths_.part)) {
    throw Error(ExitCode::failed,
                paths_.part.string() +
                    ": was replaced or removed while the output was made; give the same command "
                    "again");
  }
  return paths_.part;
}

OutputFile::~OutputFile() {
  if (has_name(descriptor_, paths_.part)) {
    ::unlink(paths_.part.c_str());
  }
  ::close(descriptor_);
}

OutputFacts OutputFile::facts() const {
  sync_part();
  std::error_code error;
  const std::uintmax_t bytes = fs::file_size(part(), error);
  if (error) {
    throw Error(ExitCode::failed, paths_.part.string() + ": cannot be read: " + error.message());
  }
  return {bytes, sha256_file(part())};
}

void OutputFile::sync_part() const {
  if (::fsync(descriptor_) != 0) {
    fail_to_write(paths_.output, errno);
  }
}

void OutputFile::take_name() {
  const int error = rename_file(part(), paths_.output, overwrite_);
  if (error == EEXIST) {
    throw Error(ExitCode::failed,
                paths_.output.string() +
                    ": something got this name while the output was made; move it away and give "
                    "the same command again, or pass --overwrite to replace it");
  }
  if (error != 0) {
    fail_to_write(paths_.output, error);
  }
  sync_folder(paths_.output.parent_path());
}

void OutputFile::commit() {
  sync_part();
  take_name();
}

void OutputFile::commit(const RunReport& report) {
  sync_part();
  check_sidecar(paths_, overwrite_);
  write_sidecar(paths_, report);
  std::error_code ignored;
  fs::remove(paths_.state, ignored);
  take_name();
}

void remove_leftovers(const fs::path& output) {
  const OutputPaths paths = output_paths(output);
  std::error_code ignored;
  if (fs::exists(paths.part, ignored)) {
    return;
  }
  fs::remove(paths.state, ignored);
  remove_unfinished_writes(paths.state);
  remove_unfinished_writes(paths.sidecar);
}

}  // namespace hyportrait
