// SPDX-License-Identifier: Apache-2.0
#include "run/session.h"

#include "plan/default_bundle.h"

namespace hyportrait::run {
namespace {

// A portrait is 1 MB; a clip's tokens are 128 KB a frame in half precision.
constexpr std::uint64_t kPortraitBytes = std::uint64_t{64} << 20;
constexpr std::uint64_t kClipBytes = std::uint64_t{1} << 30;

}  // namespace

Session::Session(SessionKind kind)
    : portraits(kind == SessionKind::many_jobs ? kPortraitBytes : 0),
      clips(kind == SessionKind::many_jobs ? kClipBytes : 0),
      kind_(kind) {}

const nn::Bundle& Session::bundle(const std::filesystem::path& wish) {
  if (!bundle_ || wish != wish_) {
    bundle_.reset();  // before the next one: its networks may not fit beside these
    bundle_ = plan::open_bundle(wish);
    wish_ = wish;
    free_memory();
  }
  return *bundle_;
}

void Session::free_memory() {
  if (bundle_ && kind_ == SessionKind::many_jobs) {
    bundle_->keep_networks();
  }
  portraits.clear();
  clips.clear();
}

}  // namespace hyportrait::run
