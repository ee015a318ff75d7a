// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace hyportrait::cli {

/// From now on the first SIGINT, SIGTERM or SIGHUP is only noted; a second one ends the program at
/// once. Where SIGHUP is ignored (nohup) it stays so.
void catch_interrupts();

/// From now on a write beyond the limit on a file's size (ulimit -f) fails with EFBIG, as one to a
/// full disk does; by default SIGXFSZ would end the program without a word.
void make_a_limit_on_files_an_error();

/// Whether an interruption has come.
bool interrupted();

}  // namespace hyportrait::cli
