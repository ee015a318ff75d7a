// SPDX-License-Identifier: Apache-2.0
#include "run/beside.h"

#include <utility>

namespace hyportrait::run {

ReadAhead::ReadAhead(NextFrame source, std::size_t most) : queue_(most) {
  reader_ = std::thread([this, source = std::move(source)] {
    try {
      while (std::optional<Frame> frame = source()) {
        if (!queue_.push(std::move(*frame))) {
          return;
        }
      }
    } catch (...) {
      error_ = std::current_exception();
    }
    queue_.close();
  });
}

ReadAhead::~ReadAhead() {
  queue_.abandon();
  if (reader_.joinable()) {
    reader_.join();
  }
}

std::optional<Frame> ReadAhead::next() {
  std::optional<Frame> frame = queue_.pop();
  if (!frame && reader_.joinable()) {
    reader_.join();
    if (error_) {
      std::rethrow_exception(std::exchange(error_, nullptr));
    }
  }
  return frame;
}

WriteBehind::WriteBehind(Write write, std::size_t most) : queue_(most) {
  writer_ = std::thread([this, write = std::move(write)] {
    try {
      while (std::optional<Frame> frame = queue_.pop()) {
        write(std::move(*frame));
        ++written_;
      }
    } catch (...) {
      error_ = std::current_exception();
      queue_.abandon();
    }
  });
}

WriteBehind::~WriteBehind() {
  queue_.abandon();
  if (writer_.joinable()) {
    writer_.join();
  }
}

void WriteBehind::push(Frame&& frame) {
  if (!queue_.push(std::move(frame))) {
    end();
  }
}

void WriteBehind::finish() {
  queue_.close();
  end();
}

void WriteBehind::end() {
  if (writer_.joinable()) {
    writer_.join();
  }
  if (error_) {
    std::rethrow_exception(std::exchange(error_, nullptr));
  }
}

}  // namespace hyportrait::run
