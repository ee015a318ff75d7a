// SPDX-License-Identifier: Apache-2.0
#include "base/out_of_memory.h"

#include <hyportrait/error.h>

#include <unistd.h>

#include <cstring>
#include <exception>
#include <new>

namespace hyportrait {
namespace {

void print(const char* text) {
  [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, text, std::strlen(text));
}

std::terminate_handler g_default = nullptr;  // names the exception and aborts

void end_program() {
  try {
    if (const std::exception_ptr error = std::current_exception()) {
      std::rethrow_exception(error);
    }
  } catch (const std::bad_alloc&) {
    print("error: ");
    print(kOutOfMemory);
    print("\n");
    ::_exit(static_cast<int>(ExitCode::device));
  } catch (...) {
    g_default();
  }
  g_default();
}

}  // namespace

void end_on_out_of_memory() {
  g_default = std::set_terminate(end_program);
}

}  // namespace hyportrait
