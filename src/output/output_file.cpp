// SPDX-License-Identifier: Apache-2.0
#include "output/output_file.h"

#include "core/atomic_file.h"
#include "core/log.h"
#include "output/sidecar.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace hyportrait {
namespace {

namespace fs = std::filesystem;

/// Whether the open file still has this name: its owner renames it to the output, or removes it.
bool has_name(int descriptor, const fs::path& path) {
  struct stat open_file {};
  struct stat named {};
  return ::fstat(descriptor, &open_file) == 0 && ::stat(path.c_str(), &named) == 0 &&
         open_file.st_ino == named.st_ino && open_file.st_dev == named.st_dev;
}

[[noreturn]] void fail(const fs::path& output, int reason) {
  const bool full = reason == ENOSPC || reason == EDQUOT;
  throw Error(
      ExitCode::failed,
      output.string() + ": cannot be written: " +
          (full ? "the disk is full; free some space or write elsewhere" : std::strerror(reason)));
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

OutputFile::OutputFile(const fs::path& output) : paths_(output_paths(output)) {
  while (true) {
    descriptor_ = ::open(paths_.part.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (descriptor_ < 0) {
      fail(output, errno);
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
  remove_unfinished_writes(paths_.sidecar);
  remove_unfinished_writes(paths_.state);
}

OutputFile::~OutputFile() {
  if (has_name(descriptor_, paths_.part)) {
    ::unlink(paths_.part.c_str());
  }
  ::close(descriptor_);
}

void OutputFile::sync_part() const {
  if (::fsync(descriptor_) != 0) {
    fail(paths_.output, errno);
  }
}

void OutputFile::take_name() {
  if (::rename(paths_.part.c_str(), paths_.output.c_str()) != 0) {
    fail(paths_.output, errno);
  }
  sync_folder(paths_.output.parent_path());
}

void OutputFile::commit() {
  sync_part();
  take_name();
}

void OutputFile::commit(const RunReport& report) {
  sync_part();
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
