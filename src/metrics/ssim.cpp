// SPDX-License-Identifier: Apache-2.0
#include "metrics/ssim.h"

#include "base/require.h"

#include <cstdint>
#include <utility>
#include <vector>

namespace hyportrait::metrics {
namespace {

constexpr int kBlock = 4;  // px; a window is 2 x 2 blocks

/// Sums over one block of one channel; of a window when four are added.
struct Sums {
  std::int64_t a = 0;
  std::int64_t b = 0;
  std::int64_t squares = 0;   ///< a a + b b
  std::int64_t products = 0;  ///< a b

  Sums& operator+=(const Sums& other) {
    a += other.a;
    b += other.b;
    squares += other.squares;
    products += other.products;
    return *this;
  }
};

Sums block_sums(const Frame& a, const Frame& b, int x, int y, int channel) {
  Sums sums;
  const std::ptrdiff_t first = static_cast<std::ptrdiff_t>(x) * 3 + channel;
  for (int row = y; row < y + kBlock; ++row) {
    const std::uint8_t* of_a = a.row(row) + first;
    const std::uint8_t* of_b = b.row(row) + first;
    for (int i = 0; i < kBlock * 3; i += 3) {
      const std::int64_t p = of_a[i];
      const std::int64_t q = of_b[i];
      sums.a += p;
      sums.b += q;
      sums.squares += p * p + q * q;
      sums.products += p * q;
    }
  }
  return sums;
}

/// Equation 13 of the paper with K1 = 0.01 and K2 = 0.03, on the sums of n = 64 pixels: means are
/// sums / n, variances and covariance are unbiased.
double window_ssim(const Sums& sums) {
  constexpr double n = kSsimWindow * kSsimWindow;
  constexpr double c1 = 0.01 * 255 * 0.01 * 255;
  constexpr double c2 = 0.03 * 255 * 0.03 * 255;
  const double mean_a = static_cast<double>(sums.a) / n;
  const double mean_b = static_cast<double>(sums.b) / n;
  const double both = mean_a * mean_a + mean_b * mean_b;
  const double variances = (static_cast<double>(sums.squares) - n * both) / (n - 1);
  const double covariance = (static_cast<double>(sums.products) - n * mean_a * mean_b) / (n - 1);
  return (2 * mean_a * mean_b + c1) * (2 * covariance + c2) / ((both + c1) * (variances + c2));
}

}  // namespace

double ssim(const Frame& a, const Frame& b) {
  require(a.width == b.width && a.height == b.height, "pictures of one size are compared");
  require(a.width >= kSsimWindow && a.height >= kSsimWindow, "a window fits into the picture");
  const int columns = a.width / kBlock;
  const int rows = a.height / kBlock;
  std::vector<Sums> above(static_cast<std::size_t>(columns));
  std::vector<Sums> here(above.size());
  double total = 0.0;
  for (int channel = 0; channel < 3; ++channel) {
    for (int row = 0; row < rows; ++row) {
      for (std::size_t column = 0; column < here.size(); ++column) {
        here[column] = block_sums(a, b, static_cast<int>(column) * kBlock, row * kBlock, channel);
      }
      for (std::size_t column = 1; row > 0 && column < here.size(); ++column) {
        Sums window = above[column - 1];
        ((window += above[column]) += here[column - 1]) += here[column];
        total += window_ssim(window);
      }
      std::swap(above, here);
    }
  }
  return total / (3.0 * (rows - 1) * (columns - 1));
}

}  // namespace hyportrait::metrics
