// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "nn/device.h"

namespace hyportrait::bench {

/// Floating-point operations a second of a large square matrix product: the fastest of several.
/// What the device can do at most with the threads that torch uses.
double matmul_peak(nn::Device device, nn::Precision precision);

}  // namespace hyportrait::bench
