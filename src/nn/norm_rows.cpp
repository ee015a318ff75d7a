// SPDX-License-Identifier: Apache-2.0
#include "nn/norm_rows.h"

#include <algorithm>
#include <bit>
#include <vector>

#if defined(__x86_64__)
#define HYPORTRAIT_AVX2 __attribute__((target("avx2,fma")))
#else
#define HYPORTRAIT_AVX2
#endif
#define HYPORTRAIT_INLINE __attribute__((always_inline)) inline

namespace hyportrait::nn {
namespace {

constexpr std::int64_t kRowsAtOnce = 4;
constexpr std::int64_t kRowsInFloat = 64;  // summed in float before they are added in double

bool has_avx2() {
#if defined(__x86_64__)
  static const bool has = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  return has;
#else
  return false;
#endif
}

/// e to the x within 2 units in the last place, for x from -87 to 88 (else of the nearest of
/// these); NaN stays NaN. Without calls and branches, so that loops over it are vectorised.
/// Coefficients: Cephes, expf.c.
HYPORTRAIT_INLINE float exponential(float x) {
  constexpr float kRounding = 12582912.0F;  // 1.5 * 2^23: adding it rounds to an integer
  x = std::max(-87.0F, x);
  x = std::min(88.0F, x);
  const float shifted = x * 1.44269504F + kRounding;
  const float power = shifted - kRounding;
  const float r = (x - power * 0.693359375F) + power * 2.12194440e-4F;
  float sum = 1.9875691500e-4F;
  sum = sum * r + 1.3981999507e-3F;
  sum = sum * r + 8.3334519073e-3F;
  sum = sum * r + 4.1665795894e-2F;
  sum = sum * r + 1.6666665459e-1F;
  sum = sum * r + 5.0000001201e-1F;
  sum = sum * (r * r) + r + 1.0F;
  const std::uint32_t exponent = (std::bit_cast<std::uint32_t>(shifted) << 23U) + 0x3f800000U;
  return sum * std::bit_cast<float>(exponent);
}

HYPORTRAIT_INLINE void add_few(const float* rows,
                               std::int64_t count,
                               std::int64_t channels,
                               const float* pivot,
                               float* sums,
                               float* squares) {
  std::int64_t row = 0;
  for (; row + kRowsAtOnce <= count; row += kRowsAtOnce) {
    const float* first = rows + row * channels;
    const float* second = first + channels;
    const float* third = second + channels;
    const float* fourth = third + channels;
    for (std::int64_t c = 0; c < channels; ++c) {
      const float a = first[c] - pivot[c];
      const float b = second[c] - pivot[c];
      const float d = third[c] - pivot[c];
      const float e = fourth[c] - pivot[c];
      sums[c] += (a + b) + (d + e);
      squares[c] += (a * a + b * b) + (d * d + e * e);
    }
  }
  for (; row < count; ++row) {
    for (std::int64_t c = 0; c < channels; ++c) {
      const float a = rows[row * channels + c] - pivot[c];
      sums[c] += a;
      squares[c] += a * a;
    }
  }
}

HYPORTRAIT_INLINE void moments(const float* rows,
                               std::int64_t count,
                               std::int64_t channels,
                               const float* pivot,
                               double* sums,
                               double* squares) {
  std::vector<float> few(static_cast<std::size_t>(2 * channels));
  for (std::int64_t row = 0; row < count; row += kRowsInFloat) {
    std::fill(few.begin(), few.end(), 0.0F);
    add_few(rows + row * channels,
            std::min(kRowsInFloat, count - row),
            channels,
            pivot,
            few.data(),
            few.data() + channels);
    for (std::int64_t c = 0; c < channels; ++c) {
      sums[c] += static_cast<double>(few[static_cast<std::size_t>(c)]);
      squares[c] += static_cast<double>(few[static_cast<std::size_t>(channels + c)]);
    }
  }
}

HYPORTRAIT_INLINE void scaled(const float* __restrict rows,
                              std::int64_t count,
                              std::int64_t channels,
                              const float* __restrict scale,
                              const float* __restrict shift,
                              bool silu,
                              float* __restrict out) {
  for (std::int64_t row = 0; row < count; ++row) {
    const float* from = rows + row * channels;
    float* to = out + row * channels;
    if (silu) {
      for (std::int64_t c = 0; c < channels; ++c) {
        const float y = from[c] * scale[c] + shift[c];
        to[c] = y / (1.0F + exponential(-y));
      }
    } else {
      for (std::int64_t c = 0; c < channels; ++c) {
        to[c] = from[c] * scale[c] + shift[c];
      }
    }
  }
}

HYPORTRAIT_AVX2 void moments_avx2(const float* rows,
                                  std::int64_t count,
                                  std::int64_t channels,
                                  const float* pivot,
                                  double* sums,
                                  double* squares) {
  moments(rows, count, channels, pivot, sums, squares);
}

HYPORTRAIT_AVX2 void scaled_avx2(const float* rows,
                                 std::int64_t count,
                                 std::int64_t channels,
                                 const float* scale,
                                 const float* shift,
                                 bool silu,
                                 float* out) {
  scaled(rows, count, channels, scale, shift, silu, out);
}

}  // namespace

void add_moments(const float* rows,
                 std::int64_t count,
                 std::int64_t channels,
                 const float* pivot,
                 double* sums,
                 double* squares) {
  (has_avx2() ? moments_avx2 : moments)(rows, count, channels, pivot, sums, squares);
}

void scale_rows(const float* rows,
                std::int64_t count,
                std::int64_t channels,
                const float* scale,
                const float* shift,
                bool silu,
                float* out) {
  (has_avx2() ? scaled_avx2 : scaled)(rows, count, channels, scale, shift, silu, out);
}

}  // namespace hyportrait::nn
