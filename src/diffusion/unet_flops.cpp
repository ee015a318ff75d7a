// SPDX-License-Identifier: Apache-2.0
#include "diffusion/unet_flops.h"

#include <algorithm>
#include <functional>
#include <numeric>
#include <string_view>

namespace hyportrait::diffusion {
namespace {

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

/// The number after `prefix`, which `name` starts with; -1 for another name.
int block_index(std::string_view name, std::string_view prefix) {
  if (!name.starts_with(prefix)) {
    return -1;
  }
  return std::stoi(std::string(name.substr(prefix.size())));
}

class Counter {
 public:
  Counter(const UnetCallSize& size, int last_level) : size_(size), last_level_(last_level) {
    all_ = static_cast<double>(size.branches.size());
    with_reference_ = count(&Branch::has_reference);
    with_motion_ = count(&Branch::has_motion);
    with_context_ = static_cast<double>(std::ranges::count_if(
        size.branches, [](const Branch& b) { return b.has_reference || b.has_motion; }));
    images_ = static_cast<double>(size.windows * size.frames);
  }

  [[nodiscard]] double flops(const nn::NamedShape& parameter) const {
    const std::string_view name = parameter.name;
    if (!name.ends_with(".weight") || parameter.shape.size() < 2) {
      return 0;
    }
    const auto values = static_cast<double>(std::reduce(
        parameter.shape.begin(), parameter.shape.end(), std::int64_t{1}, std::multiplies<>()));
    double sum = 2 * values * rows(name);
    if (contains(name, ".upsamplers.")) {
      sum *= 4.0 / 9.0;  // four phases of 2x2 taps in place of 3x3
    }
    if (name.ends_with(".to_q.weight")) {
      sum += attention(name, static_cast<double>(parameter.shape.front()));
    }
    return sum;
  }

 private:
  [[nodiscard]] double count(bool Branch::*flag) const {
    return static_cast<double>(std::ranges::count(size_.branches, true, flag));
  }

  [[nodiscard]] int level(std::string_view name) const {
    const int down = block_index(name, "down_blocks.");
    const int up = block_index(name, "up_blocks.");
    if (down >= 0) {
      return down;
    }
    if (up >= 0) {
      return last_level_ - up;
    }
    return name.starts_with("mid_block.") ? last_level_ : 0;
  }

  [[nodiscard]] double pixels(int level) const {
    std::int64_t side = size_.side;
    for (int i = 0; i < level; ++i) {
      side = (side + 1) / 2;
    }
    return static_cast<double>(side * side);
  }

  /// How many vectors or pixels a weight is applied to.
  [[nodiscard]] double rows(std::string_view name) const {
    const int at = level(name);
    if (name == "conv_in.weight") {  // its halves read the noisy latents and one reference
      return (images_ + 1) * pixels(0) / 2;
    }
    if (name.starts_with("time_embedding.") || name.starts_with("add_embedding.") ||
        contains(name, ".time_emb_proj.")) {
      return 1;
    }
    if (contains(name, ".time_pos_embed.")) {
      return static_cast<double>(size_.frames);
    }
    if (contains(name, ".attn2.")) {
      return cross_attention_rows(name, at);
    }
    const int shift = contains(name, ".downsamplers.") ? 1
                      : contains(name, ".upsamplers.") ? -1
                                                       : 0;
    return all_ * images_ * pixels(at + shift);
  }

  [[nodiscard]] double cross_attention_rows(std::string_view name, int at) const {
    if (contains(name, ".processor.")) {
      const bool temporal = contains(name, ".temporal_transformer_blocks.");
      const double contexts = temporal ? static_cast<double>(size_.windows) : images_;
      return with_motion_ * contexts * static_cast<double>(size_.motion_tokens);
    }
    if (name.ends_with(".to_k.weight") || name.ends_with(".to_v.weight")) {
      return with_reference_ * static_cast<double>(size_.appearance_tokens);
    }
    return with_context_ * images_ * pixels(at);
  }

  /// The two products of query, key and value, for the attention whose query projection `name` is.
  [[nodiscard]] double attention(std::string_view name, double width) const {
    const double places = images_ * pixels(level(name));
    double keys = 0;  // of each place, over the branches
    if (contains(name, ".attn2.")) {
      keys = with_reference_ * static_cast<double>(size_.appearance_tokens) +
             with_motion_ * static_cast<double>(size_.motion_tokens);
    } else if (contains(name, ".temporal_transformer_blocks.")) {
      keys = all_ * static_cast<double>(size_.frames);
    } else {
      keys = all_ * pixels(level(name));
    }
    return 4 * width * places * keys;
  }

  const UnetCallSize& size_;
  int last_level_;
  double all_ = 0;
  double with_reference_ = 0;
  double with_motion_ = 0;
  double with_context_ = 0;
  double images_ = 0;
};

}  // namespace

double unet_flops(std::span<const nn::NamedShape> parameters, const UnetCallSize& size) {
  int last_level = 0;
  for (const nn::NamedShape& parameter : parameters) {
    last_level = std::max(last_level, block_index(parameter.name, "down_blocks."));
  }
  const Counter counter(size, last_level);
  double sum = 0;
  for (const nn::NamedShape& parameter : parameters) {
    sum += counter.flops(parameter);
  }
  return sum;
}

}  // namespace hyportrait::diffusion
