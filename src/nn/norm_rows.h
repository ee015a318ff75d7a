// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace hyportrait::nn {

// Rows of a picture with its channels last, [count,channels] in memory. Vectorised by the compiler,
// for AVX2 where the processor has it.

/// Adds the moments of each channel about `pivot` [channels]: the sum of x - pivot to sums
/// [channels], that of its square to squares [channels]. Any pivot near the values will do: without
/// one, squares of values that are all alike would cancel.
void add_moments(const float* rows,
                 std::int64_t count,
                 std::int64_t channels,
                 const float* pivot,
                 double* sums,
                 double* squares);

/// out = x * scale + shift, scale and shift [channels]; with `silu`, that times its sigmoid.
void scale_rows(const float* rows,
                std::int64_t count,
                std::int64_t channels,
                const float* scale,
                const float* shift,
                bool silu,
                float* out);

}  // namespace hyportrait::nn
