// SPDX-License-Identifier: Apache-2.0
#include "nn/group_norm.h"

#include "nn/norm_rows.h"

#include <ATen/Parallel.h>
#include <torch/csrc/jit/passes/constant_propagation.h>
#include <torch/csrc/jit/passes/dead_code_elimination.h>
#include <torch/csrc/jit/passes/inliner.h>
#include <torch/library.h>
#include <torch/script.h>
#include <torch/types.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace hyportrait::nn {
namespace {

constexpr std::int64_t kBlockValues = 1 << 16;  // a thread's share at least
constexpr std::int64_t kWideRow = 64;           // values

/// A picture's pixels, several of them taken for one row where channels are few.
struct Rows {
  std::int64_t count, width, fold;
  [[nodiscard]] std::int64_t per_block() const {
    return std::max<std::int64_t>(1, kBlockValues / width);
  }
  [[nodiscard]] std::int64_t blocks() const { return (count + per_block() - 1) / per_block(); }
};

Rows rows_of(std::int64_t pixels, std::int64_t channels) {
  std::int64_t fold = 1;
  while (fold * channels < kWideRow && pixels % (2 * fold) == 0) {
    fold *= 2;
  }
  return {pixels / fold, channels * fold, fold};
}

using Doubles = std::vector<double>;

/// Sums and sums of squares about `pivot` [width] of every channel: [2*channels].
Doubles moments_of(const float* picture,
                   const Rows& rows,
                   std::int64_t channels,
                   const std::vector<float>& pivot) {
  const auto width = static_cast<std::size_t>(rows.width);
  Doubles parts(2 * width * static_cast<std::size_t>(rows.blocks()));
  at::parallel_for(0, rows.blocks(), 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t block = begin; block < end; ++block) {
      const std::int64_t first = block * rows.per_block();
      double* sums = parts.data() + static_cast<std::size_t>(block) * 2 * width;
      add_moments(picture + first * rows.width,
                  std::min(rows.per_block(), rows.count - first),
                  rows.width,
                  pivot.data(),
                  sums,
                  sums + width);
    }
  });
  Doubles moments(static_cast<std::size_t>(2 * channels));
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const std::size_t kind = i / width % 2;
    moments[kind * static_cast<std::size_t>(channels) +
            i % width % static_cast<std::size_t>(channels)] += parts[i];
  }
  return moments;
}

/// What is the same for all pictures of a batch.
struct Norm {
  std::int64_t pixels, channels, groups;
  const float* weight;
  const float* bias;
  double eps;
  bool silu;
};

/// What each value of a row is multiplied by and what is added to it.
struct Scales {
  std::vector<float> scale, shift;
};

Scales scales_of(const Norm& norm, const Doubles& moments, const std::vector<float>& pivot) {
  const std::size_t channels = moments.size() / 2;
  const std::size_t size = channels / static_cast<std::size_t>(norm.groups);
  const auto count = static_cast<double>(norm.pixels);
  Scales scales{std::vector<float>(pivot.size()), std::vector<float>(pivot.size())};
  for (std::size_t start = 0; start < channels; start += size) {
    double mean = 0.0;
    for (std::size_t c = start; c < start + size; ++c) {
      mean += static_cast<double>(pivot[c]) + moments[c] / count;
    }
    mean /= static_cast<double>(size);
    double variance = 0.0;
    for (std::size_t c = start; c < start + size; ++c) {
      const double about_pivot = moments[c] / count;
      const double apart = static_cast<double>(pivot[c]) + about_pivot - mean;
      variance += moments[channels + c] / count - about_pivot * about_pivot + apart * apart;
    }
    variance = std::max(0.0, variance / static_cast<double>(size));
    const double inverse = 1.0 / std::sqrt(variance + norm.eps);
    for (std::size_t at = 0; at < pivot.size(); at += channels) {
      for (std::size_t c = start; c < start + size; ++c) {
        const double factor =
            inverse * (norm.weight == nullptr ? 1.0 : static_cast<double>(norm.weight[c]));
        scales.scale[at + c] = static_cast<float>(factor);
        scales.shift[at + c] = static_cast<float>(
            (norm.bias == nullptr ? 0.0 : static_cast<double>(norm.bias[c])) - mean * factor);
      }
    }
  }
  return scales;
}

void norm_picture(const Norm& norm, const float* picture, float* out) {
  const Rows rows = rows_of(norm.pixels, norm.channels);
  std::vector<float> pivot(static_cast<std::size_t>(rows.width));
  for (std::int64_t at = 0; at < rows.width; at += norm.channels) {
    std::copy_n(picture, norm.channels, pivot.begin() + at);
  }
  const Scales scales = scales_of(norm, moments_of(picture, rows, norm.channels, pivot), pivot);
  at::parallel_for(0, rows.blocks(), 1, [&](std::int64_t begin, std::int64_t end) {
    const std::int64_t first = begin * rows.per_block();
    scale_rows(picture + first * rows.width,
               std::min(end * rows.per_block(), rows.count) - first,
               rows.width,
               scales.scale.data(),
               scales.shift.data(),
               norm.silu,
               out + first * rows.width);
  });
}

/// Floats in plain memory of the CPU: not sparse, nested, negated by a flag or without memory.
bool is_plain(const torch::Tensor& tensor) {
  return c10::legacyExtractDispatchKey(tensor.key_set()) == c10::DispatchKey::CPU &&
         tensor.scalar_type() == torch::kFloat &&
         !(torch::GradMode::is_enabled() && tensor.requires_grad());
}

bool is_none(const std::optional<torch::Tensor>& tensor) {
  return !tensor || !tensor->defined();
}

bool fits(const std::optional<torch::Tensor>& tensor, std::int64_t channels) {
  return is_none(tensor) ||
         (is_plain(*tensor) && tensor->dim() == 1 && tensor->numel() == channels);
}

/// Whether the loops here may read it all. What they may not is LibTorch's to do or to refuse, in
/// its own words.
bool is_ours(const torch::Tensor& x,
             std::int64_t groups,
             const std::optional<torch::Tensor>& weight,
             const std::optional<torch::Tensor>& bias) {
  return is_plain(x) && x.dim() == 4 && x.numel() > 0 &&
         x.is_contiguous(torch::MemoryFormat::ChannelsLast) && groups > 0 &&
         x.size(1) % groups == 0 && fits(weight, x.size(1)) && fits(bias, x.size(1));
}

const float* values(const std::optional<torch::Tensor>& tensor, torch::Tensor& kept) {
  if (is_none(tensor)) {
    return nullptr;
  }
  kept = tensor->contiguous();
  return kept.const_data_ptr<float>();
}

}  // namespace

torch::Tensor group_norm_silu(const torch::Tensor& x,
                              std::int64_t groups,
                              const std::optional<torch::Tensor>& weight,
                              const std::optional<torch::Tensor>& bias,
                              double eps,
                              bool silu) {
  if (!is_ours(x, groups, weight, bias)) {
    const torch::Tensor normed = torch::group_norm(x, groups, weight, bias, eps);
    return silu ? torch::silu(normed) : normed;
  }
  torch::Tensor kept_weight;
  torch::Tensor kept_bias;
  const Norm norm{.pixels = x.size(2) * x.size(3),
                  .channels = x.size(1),
                  .groups = groups,
                  .weight = values(weight, kept_weight),
                  .bias = values(bias, kept_bias),
                  .eps = eps,
                  .silu = silu};
  torch::Tensor result = torch::empty_like(x);
  const auto* from = x.const_data_ptr<float>();
  auto* to = result.mutable_data_ptr<float>();
  const std::int64_t size = norm.pixels * norm.channels;
  // Over pictures where there are several, else over blocks of one: the inner loops see to that.
  at::parallel_for(0, x.size(0), 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t n = begin; n < end; ++n) {
      norm_picture(norm, from + n * size, to + n * size);
    }
  });
  return result;
}

namespace {

namespace jit = torch::jit;

TORCH_LIBRARY(hyportrait, library) {
  library.def(
      "group_norm_silu(Tensor x, int groups, Tensor? weight, Tensor? bias, float eps, bool silu) "
      "-> "
      "Tensor",
      &group_norm_silu);
}

void replace(jit::Graph& graph, jit::Node* norm) {
  const std::vector<jit::Use>& uses = norm->output()->uses();
  jit::Node* silu =
      uses.size() == 1 && uses[0].user->kind() == jit::aten::silu ? uses[0].user : nullptr;
  const jit::WithInsertPoint guard(norm);
  std::vector<jit::Value*> inputs(norm->inputs().begin(), norm->inputs().begin() + 5);
  inputs.push_back(graph.insertConstant(silu != nullptr));
  jit::Node* ours = graph.insertNode(
      graph.create(jit::Symbol::fromQualString("hyportrait::group_norm_silu"), inputs, 1));
  ours->output()->setType(c10::TensorType::get());
  (silu != nullptr ? silu : norm)->output()->replaceAllUsesWith(ours->output());
  if (silu != nullptr) {
    silu->destroy();
  }
}

std::size_t replace_in(jit::Graph& graph, jit::Block* block) {
  std::size_t count = 0;
  for (auto node = block->nodes().begin(); node != block->nodes().end();) {
    jit::Node* norm = *node;
    for (jit::Block* inner : norm->blocks()) {
      count += replace_in(graph, inner);
    }
    if (norm->kind() == jit::aten::group_norm) {
      replace(graph, norm);
      ++count;
      ++node;  // after its SiLU, if that was next, is gone
      norm->destroy();
    } else {
      ++node;
    }
  }
  return count;
}

}  // namespace

std::size_t replace_group_norms(jit::Module& module) {
  const auto method = module.find_method("forward");
  if (!method) {
    return 0;
  }
  std::shared_ptr<jit::Graph> graph = method->graph();
  jit::Inline(*graph);
  jit::ConstantPropagation(graph);  // which of its two forms silu() takes
  jit::EliminateDeadCode(graph);
  return replace_in(*graph, graph->block());
}

}  // namespace hyportrait::nn
