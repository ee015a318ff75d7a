// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/bounded_queue.h"
#include "base/frame.h"

#include <atomic>
#include <cstdint>
#include <exception>
#include <functional>
#include <optional>
#include <thread>

namespace hyportrait::run {

// Note [Two stages beside one another]
// Reading a clip beside the networks that look at it, and writing pictures beside the decoder that
// makes them, each take one thread more (ADR 0014). Frames pass in order through a bounded queue,
// so the result and the peak of memory do not depend on who is faster. What fails on the other
// thread is thrown on the caller's; the caller's hooks are only called from its own.

/// The next frame of a clip, or nothing at its end.
using NextFrame = std::function<std::optional<Frame>()>;

/// Reads frames on a thread of its own, a few before they are asked for.
class ReadAhead final {
 public:
  /// `source` is used by the other thread until next() has said that the clip is over, or this is
  /// destroyed. At most `most` frames wait.
  ReadAhead(NextFrame source, std::size_t most);
  ~ReadAhead();
  ReadAhead(const ReadAhead&) = delete;
  ReadAhead& operator=(const ReadAhead&) = delete;

  /// Throws what the source threw, after the frames before it. Not again after the end.
  std::optional<Frame> next();

 private:
  BoundedQueue<Frame> queue_;
  std::exception_ptr error_;  // read after the thread has ended
  std::thread reader_;
};

/// Hands frames to a function on a thread of its own, in order.
class WriteBehind final {
 public:
  using Write = std::function<void(Frame&&)>;

  /// At most `most` frames wait.
  WriteBehind(Write write, std::size_t most);
  ~WriteBehind();  ///< without finish(), what waits is dropped
  WriteBehind(const WriteBehind&) = delete;
  WriteBehind& operator=(const WriteBehind&) = delete;

  /// Throws what the function has thrown since.
  void push(Frame&& frame);
  /// Waits until everything is written. Throws what the function has thrown.
  void finish();
  /// How many frames have been written.
  [[nodiscard]] std::int64_t written() const { return written_.load(); }

 private:
  void end();

  BoundedQueue<Frame> queue_;
  std::exception_ptr error_;  // read after the thread has ended
  std::atomic<std::int64_t> written_ = 0;
  std::thread writer_;
};

}  // namespace hyportrait::run
