// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <torch/types.h>

#include <cstddef>
#include <cstdint>
#include <optional>

namespace torch::jit {
struct Module;
}

namespace hyportrait::nn {

// Note [Group norm]
// With the channels last, LibTorch's group norm on a CPU takes four times as long as in the plain
// layout, and takes the variance as the mean square less the squared mean, which loses digits where
// the mean is large: 20 times the rounding error at a mean of 3 deviations, 300 times at 30. Ours
// sums about a value of the channel, in double beyond a few rows, and does the SiLU that follows in
// the same pass over memory.

/// Group norm of x [N,C,H,W], then SiLU if asked for. Float32 on a CPU with the channels last is
/// done here, everything else by LibTorch, which also refuses what does not fit together: any
/// arguments are safe, from a bundle's code too. weight and bias [C] or nothing.
torch::Tensor group_norm_silu(const torch::Tensor& x,
                              std::int64_t groups,
                              const std::optional<torch::Tensor>& weight,
                              const std::optional<torch::Tensor>& bias,
                              double eps,
                              bool silu);

/// Makes a loaded network use it, before its first call. The number of group norms found.
std::size_t replace_group_norms(torch::jit::Module& module);

}  // namespace hyportrait::nn
