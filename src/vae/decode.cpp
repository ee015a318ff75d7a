// SPDX-License-Identifier: Apache-2.0
#include "vae/decode.h"

#include <hyportrait/error.h>

#include "nn/tensor_frame.h"

#include <torch/types.h>

#include <algorithm>

namespace hyportrait::vae {
namespace {

/// `first`: the clip's frame that images[0] is.
void check_finite(const torch::Tensor& images, std::int64_t first) {
  const torch::Tensor finite = torch::isfinite(images).flatten(1).all(1);  // [n]
  if (!finite.all().item<bool>()) {
    const auto bad = finite.logical_not().nonzero()[0].item<std::int64_t>();
    throw Error(ExitCode::device,
                "decode: frame " + std::to_string(first + bad) +
                    " is not finite (NaN or infinite) when it is decoded; numbers too large for "
                    "fp16 do this: pass --dtype bf16 or fp32, and where it was one of these run "
                    "hyportrait bundle verify");
  }
}

}  // namespace

void decode_chunks(const nn::Module& vae_decoder,
                   const torch::Tensor& latents,
                   const DecodeOptions& options,
                   const std::function<void(const torch::Tensor&)>& sink) {
  const std::int64_t end = options.first + options.count;
  for (std::int64_t start = 0; start < end; start += options.chunk) {
    const std::int64_t stop = std::min(start + options.chunk, latents.size(0));
    if (stop <= options.first) {
      continue;
    }
    const torch::Tensor images =
        vae_decoder({latents.slice(0, start, stop) / options.latent_scale});
    const std::int64_t skipped = std::max(options.first - start, std::int64_t{0});
    const torch::Tensor kept = images.slice(0, skipped, std::min(end, stop) - start);
    check_finite(kept, start + skipped - options.first);
    sink(kept);
  }
}

void decode(const nn::Module& vae_decoder,
            const torch::Tensor& latents,
            const DecodeOptions& options,
            const std::function<void(Frame&&)>& sink) {
  decode_chunks(vae_decoder, latents, options, [&](const torch::Tensor& images) {
    for (const torch::Tensor& image : images.unbind(0)) {
      sink(nn::to_frame(image));
    }
  });
}

std::uint64_t decode_bytes(const nn::VaeSizes& vae,
                           const DecodeSize& size,
                           nn::Precision precision) {
  // Features of full size that are alive together in the last resnet, in units of their own.
  constexpr std::int64_t kLiveFeatures = 8;
  const std::int64_t values =
      kLiveFeatures * vae.channels.front() * size.frames * size.side * size.side;
  return static_cast<std::uint64_t>(values) * nn::value_bytes(precision);
}

}  // namespace hyportrait::vae
