// SPDX-License-Identifier: Apache-2.0
#include "core/output_lock.h"

#include "core/log.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace hyportrait {
namespace {

/// Whether the open file still has this name: its owner renames it to the output, or removes it.
bool has_name(int descriptor, const std::filesystem::path& path) {
  struct stat open_file {};
  struct stat named {};
  return ::fstat(descriptor, &open_file) == 0 && ::stat(path.c_str(), &named) == 0 &&
         open_file.st_ino == named.st_ino && open_file.st_dev == named.st_dev;
}

}  // namespace

OutputLock::OutputLock(const std::filesystem::path& output) : part_(output.string() + ".part") {
  while (true) {
    descriptor_ = ::open(part_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (descriptor_ < 0) {
      throw Error(ExitCode::failed,
                  output.string() + ": cannot be written: " + std::strerror(errno));
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
      logger().debug("{}: not locked ({}): start no second process for it",
                     part_.string(),
                     std::strerror(reason));
    }
    if (has_name(descriptor_, part_)) {
      return;
    }
    ::close(descriptor_);  // the last owner finished between open and flock
  }
}

OutputLock::~OutputLock() {
  if (has_name(descriptor_, part_)) {
    ::unlink(part_.c_str());
  }
  ::close(descriptor_);
}

}  // namespace hyportrait
