// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

// The program's operator new, made to fail: failing_new.cpp replaces it in a fuzz target. Targets
// that link LibTorch or read JSON have none: torch does not survive that, and the destructor of
// nlohmann::json 3.11 allocates, which ends the process (with a message:
// tests/unit/base/out_of_memory_test.cpp). C libraries call malloc and are not reached.
namespace hyportrait::test {

#ifdef HYPORTRAIT_FAILING_NEW
/// Counts this thread's allocations from now on.
void count_allocations();
std::uint64_t allocations_counted();
/// Lets this thread's `number`-th allocation from now on, from 0, fail.
void fail_allocation(std::uint64_t number);
void fail_none();
#else
inline void count_allocations() {}
inline std::uint64_t allocations_counted() {
  return 0;
}
inline void fail_allocation(std::uint64_t) {}
inline void fail_none() {}
#endif

}  // namespace hyportrait::test
