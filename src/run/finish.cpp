// SPDX-License-Identifier: Apache-2.0
#include "run/finish.h"

#include "base/stage_timer.h"
#include "face/crop.h"
#include "face/resize.h"
#include "vae/vae.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace hyportrait::run {
Frame low_version(const nn::Module& vae_decoder, const torch::Tensor& latent) {
  Frame low;
  const vae::DecodeOptions alone{.latent_scale = 1.0, .chunk = 1, .first = 0, .count = 1};
  vae::decode(vae_decoder, latent, alone, [&low](Frame&& frame) { low = std::move(frame); });
  return low;
}

Finish::Finish(const plan::Plan& plan,
               const Frame& portrait,
               const face::CropBox& box,
               const std::optional<Frame>& low)
    : side_(plan::square_side(plan, box.width())) {
  if (!plan.options.crop_only) {
    paste_.emplace(
        portrait, box, face::PasteOptions{plan.options.blend, plan.options.colour_match});
  }
  if (low) {
    const auto begin = std::chrono::steady_clock::now();
    const Frame full = face::crop_resized(portrait, box, side_, face::ResizeFilter::bicubic);
    // A square smaller than the network's has no more detail, but what the VAE lost.
    drawn_ = {std::min(low->width, side_), std::min(low->height, side_)};
    const double sigma = plan.config.detail ? plan.config.detail->sigma : 0.0;
    detail_.emplace(full,
                    face::resize_antialiased(*low, drawn_, face::ResizeFilter::bicubic),
                    detail::DetailSettings{.strength = plan.options.detail_strength,
                                           .sigma = sigma * drawn_.width / low->width});
    seconds_ += seconds_since(begin);
  }
}

Frame Finish::with_detail(const Frame& generated) {
  auto begin = std::chrono::steady_clock::now();
  Frame front =
      detail_->find(face::resize_antialiased(generated, drawn_, face::ResizeFilter::bicubic));
  seconds_ += seconds_since(begin);
  if (paste_) {
    paste_->match(front);
  }
  begin = std::chrono::steady_clock::now();
  detail_->add(front);
  seconds_ += seconds_since(begin);
  return front;
}

Frame& Finish::operator()(const Frame& generated) {
  if (paste_) {
    return detail_ ? paste_->paste(with_detail(generated)) : (*paste_)(generated);
  }
  square_ = detail_
                ? with_detail(generated)
                : face::resize_antialiased(generated, {side_, side_}, face::ResizeFilter::bicubic);
  return square_;
}

std::optional<FrameArea> Finish::changed() const {
  return paste_ ? std::optional(paste_->changed()) : std::nullopt;
}

DetailFacts Finish::facts() const {
  return {.on = detail_.has_value(),
          .mean_weight = detail_ ? detail_->mean_weight() : 0.0,
          .seconds = seconds_};
}

}  // namespace hyportrait::run
