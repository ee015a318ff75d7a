// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <optional>
#include <utility>

namespace hyportrait {

/// Values on their way from one thread to another, in order. At most `max` of them wait in it;
/// then the sender waits. Thread-safe.
template <class T>
class BoundedQueue final {
 public:
  explicit BoundedQueue(std::size_t max) : max_(max) {}

  /// Waits for room. False, without the value, once the queue is closed.
  bool push(T value) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return closed_ || waiting_.size() < max_; });
    if (closed_) {
      return false;
    }
    waiting_.push_back(std::move(value));
    changed_.notify_all();
    return true;
  }

  /// Waits for a value. Nothing once the queue is closed and empty.
  std::optional<T> pop() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return closed_ || !waiting_.empty(); });
    if (waiting_.empty()) {
      return std::nullopt;
    }
    std::optional<T> value(std::move(waiting_.front()));
    waiting_.pop_front();
    changed_.notify_all();
    return value;
  }

  /// No more values: neither side waits from now on.
  void close() {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    changed_.notify_all();
  }

  /// Closes the queue and drops what waits in it.
  void abandon() {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    waiting_.clear();
    changed_.notify_all();
  }

 private:
  const std::size_t max_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<T> waiting_;
  bool closed_ = false;
};

}  // namespace hyportrait
