// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <hyportrait/error.h>

#include <cstddef>
#include <filesystem>
#include <iosfwd>
#include <string>

namespace hyportrait {

/// The most that is read of a file with settings: manifest, config, sidecar, self-test. Bytes.
inline constexpr std::size_t kMaxSettings = std::size_t{16} << 20;

/// What may be read: an ordinary file (a link to one, too), or also a pipe or a device, which a
/// shell gives for `<(command)` and which may never end or never begin.
enum class FileKind { ordinary, any };

/// The rest of `stream`, at most `most` bytes. Throws Error(code) naming `name` when it cannot be
/// read or is larger: a device or a pipe without end is refused, not read until memory is full.
std::string read_text(std::istream& stream,
                      const std::string& name,
                      std::size_t most,
                      ExitCode code);

/// The same of a file.
std::string read_text_file(const std::filesystem::path& path,
                           std::size_t most,
                           ExitCode code,
                           FileKind kind = FileKind::ordinary);

/// Throws Error(code) for what is there and is no ordinary file: opening a pipe would wait for a
/// writer.
void check_ordinary(const std::filesystem::path& path, ExitCode code);

}  // namespace hyportrait
