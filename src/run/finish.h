// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <hyportrait/run_report.h>

#include "base/frame.h"
#include "detail/transfer.h"
#include "face/paste_back.h"
#include "nn/module.h"
#include "plan/plan.h"
#include "run/portrait.h"

#include <torch/types.h>

#include <optional>

namespace hyportrait::run {

/// The portrait's low version for the detail, image_size x image_size: through the bundle's VAE.
/// `latent`: the portrait's, as conditions/appearance has it.
Frame low_version(const nn::Module& vae_decoder, const torch::Tensor& latent);

/// Makes of generated frames, in order of time, the pictures that are written: scaled, their
/// colours matched, with the portrait's detail, pasted into the portrait where that is asked for.
/// Not thread-safe.
class Finish final {
 public:
  /// `low`: of low_version(), where the detail is wanted.
  Finish(const plan::Plan& plan,
         const Frame& portrait,
         const face::CropBox& box,
         const std::optional<Frame>& low);

  /// The picture is this object's, and good until the next one.
  Frame& operator()(const Frame& generated);
  /// What of the picture may differ from the one before; nothing: all of it.
  [[nodiscard]] std::optional<FrameArea> changed() const;
  [[nodiscard]] DetailFacts facts() const;

 private:
  Frame with_detail(const Frame& generated);

  int side_;
  std::optional<face::PasteBack> paste_;  ///< unset: the square is the picture
  std::optional<detail::DetailTransfer> detail_;
  Frame square_;        ///< the last picture where nothing is pasted
  face::Size drawn_{};  ///< of generated frames as the detail takes them
  double seconds_ = 0.0;
};

}  // namespace hyportrait::run
