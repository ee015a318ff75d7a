// SPDX-License-Identifier: Apache-2.0
#include "run/session.h"

#include "base/require.h"
#include "plan/default_bundle.h"

namespace hyportrait::run {
namespace {

// A portrait is 1 MB; a clip's motion 2.3 KB a frame.
constexpr std::uint64_t kPortraitBytes = std::uint64_t{64} << 20;
constexpr std::uint64_t kClipBytes = std::uint64_t{256} << 20;

}  // namespace

Session::Session(SessionKind kind)
    : portraits(kind == SessionKind::many_jobs ? kPortraitBytes : 0),
      clips(kind == SessionKind::many_jobs ? kClipBytes : 0),
      kind_(kind) {}

const nn::Bundle& Session::bundle(const std::filesystem::path& requested) {
  if (!bundle_ || requested != requested_) {
    bundle_.reset();  // before the next one: its networks may not fit beside these
    bundle_ = plan::open_bundle(requested);
    requested_ = requested;
    weights_.reset();
    free_memory();
  }
  return *bundle_;
}

const motion::ReaderWeights& Session::reader_weights(nn::Device device) {
  require(bundle_.has_value(), "a session has a bundle open");
  if (!weights_) {
    weights_ = motion::weights_of(*bundle_, device);
  }
  return *weights_;
}

void Session::free_memory() {
  if (bundle_ && kind_ == SessionKind::many_jobs) {
    bundle_->keep_networks();
  }
  portraits.clear();
  clips.clear();
}

}  // namespace hyportrait::run
