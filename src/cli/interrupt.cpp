// SPDX-License-Identifier: Apache-2.0
#include "cli/interrupt.h"

#include <csignal>

namespace hyportrait::cli {
namespace {

volatile std::sig_atomic_t g_interrupted = 0;

void note_signal(int signal) {
  g_interrupted = 1;
  std::signal(signal, SIG_DFL);
}

}  // namespace

void catch_interrupts() {
  std::signal(SIGINT, note_signal);
  std::signal(SIGTERM, note_signal);
  if (std::signal(SIGHUP, note_signal) == SIG_IGN) {
    std::signal(SIGHUP, SIG_IGN);  // nohup
  }
}

void make_a_limit_on_files_an_error() {
  std::signal(SIGXFSZ, SIG_IGN);
}

bool interrupted() {
  return g_interrupted != 0;
}

}  // namespace hyportrait::cli
