// SPDX-License-Identifier: Apache-2.0
#include "diffusion/unet_cost.h"

#include <algorithm>

namespace hyportrait::diffusion {

namespace {

constexpr double kAddedIds = 3;  // frame rate, motion bucket, noise augmentation

/// How often the weights of one call are applied.
struct Counts {
  double images = 0;  ///< frames of all windows, of one branch
  double windows = 0;
  double frames = 0;  ///< of a window
  double all = 0;     ///< branches
  double with_context = 0;
  std::vector<double> pixels{};  ///< of an image, by level
  double reference_tokens = 0;   ///< T, over the branches that have them
  double motion_tokens = 0;      ///< M, the same

  [[nodiscard]] double rows(std::size_t level) const { return all * images * pixels[level]; }
};

Counts counts(const nn::UnetSizes& unet, const UnetCallSize& call) {
  const auto branches = [&](auto&& has) {
    return static_cast<double>(std::ranges::count_if(call.branches, has));
  };
  Counts counts{
      .images = static_cast<double>(call.windows * call.frames),
      .windows = static_cast<double>(call.windows),
      .frames = static_cast<double>(call.frames),
      .all = static_cast<double>(call.branches.size()),
      .with_context = branches([](const Branch& b) { return b.has_reference || b.has_motion; })};
  counts.reference_tokens =
      branches(&Branch::has_reference) * static_cast<double>(call.appearance_tokens);
  counts.motion_tokens = branches(&Branch::has_motion) * static_cast<double>(call.motion_tokens);
  std::int64_t side = call.side;
  for (std::size_t level = 0; level < unet.channels.size(); ++level) {
    counts.pixels.push_back(static_cast<double>(side * side));
    side = (side + 1) / 2;
  }
  return counts;
}

/// A matrix of `in` times `out` numbers for each tap, applied to `rows` vectors.
double product(double in, double out, double rows, double taps = 1) {
  return 2 * in * out * taps * rows;
}

/// SpatioTemporalResBlock, or SpatialResBlock, of hyportrait.export.networks.blocks.
double resnet(const nn::UnetSizes& unet, double in, double out, double rows) {
  const double time = product(4.0 * unet.channels.front(), out, 1);
  const double spatial = product(in, out, rows, 9) + product(out, out, rows, 9) +
                         (in == out ? 0 : product(in, out, rows)) + time;
  const double temporal = 2 * product(out, out, rows, 3) + time;
  return spatial + (unet.temporal ? temporal : 0);
}

/// Transformer of hyportrait.export.networks.transformer: one block over pixels, and with
/// `temporal` one over frames. What a branch lacks is left out of its cross-attention.
double transformer(const nn::UnetSizes& unet, const Counts& counts, std::size_t level) {
  const double width = unet.channels[level];
  const double context = unet.context_width;
  const double rows = counts.rows(level);
  const double places = counts.images * counts.pixels[level];
  const auto attention = [&](double keys) { return 4 * width * places * keys; };
  const auto cross = [&](double contexts) {
    return 2 * product(width, width, counts.with_context * places) +
           2 * product(context, width, counts.reference_tokens) +
           2 * product(context, width, counts.motion_tokens * contexts) +
           attention(counts.reference_tokens + counts.motion_tokens);
  };
  const double self = 4 * product(width, width, rows);
  const double feed_forward = 12 * product(width, width, rows);
  const double spatial =
      self + attention(counts.all * counts.pixels[level]) + cross(counts.images) + feed_forward;
  const double temporal =
      self + attention(counts.all * counts.frames) + cross(counts.windows) + 2 * feed_forward;
  const double positions = 2 * product(width, 4 * width, counts.frames);
  return 2 * product(width, width, rows) + spatial + (unet.temporal ? positions + temporal : 0);
}

/// The convolutions at both ends and the embedding of time and added ids.
double ends(const nn::UnetSizes& unet, const Counts& counts) {
  const double width = unet.channels.front();
  const double time_width = 4 * width;
  const double latents = unet.latent_channels;
  // the first one reads noisy latents of one branch, and one reference
  return product(latents, width, (counts.images + 1) * counts.pixels[0], 9) +
         product(width, latents, counts.rows(0), 9) +
         product(width + kAddedIds * unet.added_width + 2 * time_width, time_width, 1);
}

}  // namespace

double unet_flops(const nn::UnetSizes& unet, const UnetCallSize& call) {
  const Counts counts = diffusion::counts(unet, call);
  const std::size_t last = unet.channels.size() - 1;
  const auto layer = [&](std::size_t level, double in) {
    return resnet(unet, in, unet.channels[level], counts.rows(level)) +
           (unet.attention[level] ? transformer(unet, counts, level) : 0);
  };
  double sum = ends(unet, counts);
  for (std::size_t level = 0; level <= last; ++level) {
    const double width = unet.channels[level];
    const double above = unet.channels[level > 0 ? level - 1 : 0];
    const double below = unet.channels[std::min(level + 1, last)];
    const int layers = unet.layers[level];
    sum += layer(level, above) + (layers - 1) * layer(level, width);  // down
    // up: one layer more, each with a skip connection; the last one's is of the level above
    sum += layer(level, below + width) + (layers - 1) * layer(level, 2 * width) +
           layer(level, width + above);
    if (level < last) {
      sum += product(width, width, counts.rows(level + 1), 9);  // downsampling
      // upsampling to this level: four phases of 2x2 taps in place of 3x3
      sum += product(below, below, counts.rows(level), 4);
    }
  }
  const double widest = unet.channels[last];
  return sum + 2 * resnet(unet, widest, widest, counts.rows(last)) +
         transformer(unet, counts, last);
}

namespace {

// Features of the first level that are alive together in its temporal feed-forward, in units of
// that level's own features: up to 29.3 with attention at that level, 15 without.
constexpr std::uint64_t kLiveFeatures = 30;

}  // namespace

std::uint64_t unet_call_bytes(const nn::UnetSizes& unet,
                              const UnetCallSize& call,
                              nn::Precision precision) {
  const std::int64_t images =
      call.windows * call.frames * static_cast<std::int64_t>(call.branches.size());
  return kLiveFeatures * static_cast<std::uint64_t>(images * call.side * call.side) *
         static_cast<std::uint64_t>(unet.channels.front()) * nn::value_bytes(precision);
}

}  // namespace hyportrait::diffusion
