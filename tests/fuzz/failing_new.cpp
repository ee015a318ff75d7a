// SPDX-License-Identifier: Apache-2.0
#include "fuzz/failing_new.h"

#include <cstdlib>
#include <limits>
#include <new>

namespace hyportrait::test {
namespace {

constexpr std::uint64_t kNever = std::numeric_limits<std::uint64_t>::max();

thread_local std::uint64_t t_allocations = 0;
thread_local std::uint64_t t_failing = kNever;

}  // namespace

void count_allocations() {
  t_allocations = 0;
}

std::uint64_t allocations_counted() {
  return t_allocations;
}

void fail_allocation(std::uint64_t number) {
  t_allocations = 0;
  t_failing = number;
}

void fail_none() {
  t_failing = kNever;
}

namespace {

void* allocate(std::size_t size) {
  void* memory = t_allocations++ == t_failing ? nullptr : std::malloc(size == 0 ? 1 : size);
  if (memory == nullptr) {
    throw std::bad_alloc();
  }
  return memory;
}

}  // namespace
}  // namespace hyportrait::test

/// libFuzzer's own objects come from the sanitizer's aligned operator new, and go by these.
extern "C" const char* __asan_default_options() {
  return "alloc_dealloc_mismatch=0";
}

/// libheif loses objects half made when the other half fails (heif_context_alloc() for one).
extern "C" const char* __lsan_default_suppressions() {
  return "leak:libheif\n";
}

void* operator new(std::size_t size) {
  return hyportrait::test::allocate(size);
}
void* operator new[](std::size_t size) {
  return hyportrait::test::allocate(size);
}
void operator delete(void* memory) noexcept {
  std::free(memory);
}
void operator delete[](void* memory) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}
void operator delete[](void* memory, std::size_t) noexcept {
  std::free(memory);
}
