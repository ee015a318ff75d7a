// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "nn/device.h"

#include <torch/types.h>

namespace hyportrait::nn {

torch::Device torch_device(Device device);
torch::ScalarType torch_dtype(Precision precision);

}  // namespace hyportrait::nn
