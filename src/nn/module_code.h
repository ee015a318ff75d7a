// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace hyportrait::nn {

// Note [What a module may do]
// TorchScript is a program: torch runs it when it is called, and its __setstate__ already while it
// is loaded. A bundle's code may use only the operators of the namespaces aten and prim, and of
// those none that reads or writes files (aten::save, aten::from_file), prints (standard output
// carries results only), talks to other processes (rpc_*), or runs at load time (__setstate__); and
// no custom classes. The archive's code is searched as text before torch sees it. A word counts
// wherever it stands, even in a text constant: that refuses more than needed and leaves nothing to
// parse. This keeps honest mistakes and simple attacks out; it is no sandbox.

/// The first thing in TorchScript source `code` that Note [What a module may do] forbids; empty
/// when none.
std::string forbidden_use(std::string_view code);

/// Searches all code of the archive `path`. Throws Error(bundle) naming `path` and the use, also
/// when it is no TorchScript archive.
void check_archive_code(const std::filesystem::path& path);

}  // namespace hyportrait::nn
