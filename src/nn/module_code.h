// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hyportrait::nn {

// Note [What a module may do]
// TorchScript is a program: torch runs it when it is called, and its __setstate__ already while it
// is loaded. A bundle's code may use only the operators of the namespaces aten and prim, and of
// those none that reads or writes files (aten::save, aten::from_file), prints (standard output
// carries results only), talks to other processes (rpc_*), or runs at load time (__setstate__); and
// no custom classes. The archive's code is searched as text before torch sees it. A word counts
// wherever it stands, even in a text constant: that refuses more than needed and leaves nothing to
// parse. Code is what the archive holds under code/; a member whose name torch.jit.save would not
// write is refused, because torch's reader ignores case in names, and so is a name that is there
// twice. The pickled data may name no custom class either. This keeps honest mistakes and simple
// attacks out; it is no sandbox.

/// The first thing in TorchScript source `code` that Note [What a module may do] forbids; empty
/// when none.
std::string forbidden_use(std::string_view code);

/// "torch.classes" if the pickled data of an archive names a custom class, else empty.
std::string forbidden_class(std::string_view pickle);

/// The first of an archive's members that torch.jit.save would not write, or whose name an earlier
/// one has but for its case.
std::optional<std::string> strange_member(const std::vector<std::string>& names);

/// Searches the archive `path` for all of that. Throws Error(bundle) naming `path` and the use or
/// member, also when it is no TorchScript archive.
void check_archive_code(const std::filesystem::path& path);

}  // namespace hyportrait::nn
