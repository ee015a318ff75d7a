// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace hyportrait::cli {

/// From now on the first SIGINT, SIGTERM or SIGHUP is only noted; a second one ends the program at
/// once. Where SIGHUP is ignored (nohup) it stays so.
void catch_interrupts();

/// Whether one has come.
bool interrupted();

}  // namespace hyportrait::cli
