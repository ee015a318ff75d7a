// SPDX-License-Identifier: Apache-2.0
#include "bench/peak.h"

#include "nn/torch_types.h"

#include <torch/types.h>

#include <algorithm>
#include <chrono>

namespace hyportrait::bench {

double matmul_peak(nn::Device device, nn::Precision precision) {
  using Clock = std::chrono::steady_clock;
  constexpr int kTries = 8;  // the first warms up
  const c10::InferenceMode inference;
  const std::int64_t side = device.kind == nn::DeviceKind::cuda ? 8192 : 1024;
  const auto options =
      torch::TensorOptions(nn::torch_device(device)).dtype(nn::torch_dtype(precision));
  // Of random numbers: equal ones change fewer bits, and a GPU that draws less power runs faster.
  const torch::Tensor a = torch::randn({side, side}, options);
  const torch::Tensor b = torch::randn({side, side}, options);
  torch::Tensor product = torch::empty({side, side}, options);
  double fastest = 0.0;
  for (int i = 0; i < kTries; ++i) {
    nn::synchronize(device);
    const auto begin = Clock::now();
    torch::mm_out(product, a, b);
    nn::synchronize(device);
    const double seconds = std::chrono::duration<double>(Clock::now() - begin).count();
    fastest = i == 0 ? seconds : std::min(fastest, seconds);
  }
  return 2.0 * static_cast<double>(side * side * side) / fastest;
}

}  // namespace hyportrait::bench
