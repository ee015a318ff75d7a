// SPDX-License-Identifier: Apache-2.0
#include "face/colour_match.h"

#include "base/median.h"

#include <opencv2/core.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace hyportrait::face {
namespace {

constexpr int kCells = 32;             // along a side
constexpr int kRing = 2;               // cells deep: 6 % of the side
constexpr double kSlopeWeight = 0.02;  // pulls slopes to 0 where the border does not determine them
constexpr int kFitSteps = 8;
constexpr double kMinSpread = 1.5;  // levels; below it every cell counts fully
// Share of a new frame once the plain mean of the first frames is over: 1 s at 25 frames a second.
constexpr double kNewShare = 0.04;

std::array<double, 3> mean_levels(const Frame& frame, const CropBox& box) {
  std::array<std::int64_t, 3> sums{};
  for (int y = box.y1; y < box.y2; ++y) {
    const std::uint8_t* pixel = frame.at(box.x1, y);
    for (int x = box.x1; x < box.x2; ++x, pixel += 3) {
      sums[0] += pixel[0];
      sums[1] += pixel[1];
      sums[2] += pixel[2];
    }
  }
  const double count = static_cast<double>(box.width()) * box.height();
  return {static_cast<double>(sums[0]) / count,
          static_cast<double>(sums[1]) / count,
          static_cast<double>(sums[2]) / count};
}

double dot(const std::array<double, 4>& a, const std::array<double, 4>& b) {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2] + a[3] * b[3];
}

/// Weighted least squares with small slopes preferred.
std::array<double, 4> solve(const std::vector<std::array<double, 4>>& basis,
                            const std::vector<double>& values,
                            const std::vector<double>& weights) {
  cv::Matx44d normal = cv::Matx44d::zeros();
  cv::Vec4d right = cv::Vec4d::zeros();
  double total = 0.0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const cv::Vec4d b(basis[i][0], basis[i][1], basis[i][2], basis[i][3]);
    normal += weights[i] * b * b.t();
    right += weights[i] * values[i] * b;
    total += weights[i];
  }
  for (int k = 1; k < 4; ++k) {
    normal(k, k) += kSlopeWeight * total;
  }
  const cv::Vec4d solution = normal.solve(right, cv::DECOMP_CHOLESKY);
  return {solution[0], solution[1], solution[2], solution[3]};
}

/// Tukey's biweight with the spread taken from the median residual, begun at the median.
std::array<double, 4> robust_fit(const std::vector<std::array<double, 4>>& basis,
                                 const std::vector<double>& values) {
  std::array<double, 4> fitted{upper_median(values), 0.0, 0.0, 0.0};
  std::vector<double> residuals(values.size());
  std::vector<double> weights(values.size());
  for (int step = 0; step < kFitSteps; ++step) {
    for (std::size_t i = 0; i < values.size(); ++i) {
      residuals[i] = std::abs(values[i] - dot(fitted, basis[i]));
    }
    const double spread = std::max(1.4826 * upper_median(residuals), kMinSpread);
    for (std::size_t i = 0; i < values.size(); ++i) {
      const double t = std::min(residuals[i] / (4.685 * spread), 1.0);
      weights[i] = (1 - t * t) * (1 - t * t);
    }
    fitted = solve(basis, values, weights);
  }
  return fitted;
}

/// Along a row the correction is a straight line; rounded to the nearest level. `v`: of the row.
void correct_row(const std::array<std::array<double, 4>, 3>& coefficients,
                 double v,
                 int width,
                 std::uint8_t* row) {
  std::array<float, 3> first{};
  std::array<float, 3> step{};
  for (std::size_t c = 0; c < 3; ++c) {
    const std::array<double, 4>& k = coefficients[c];
    step[c] = static_cast<float>((k[1] + k[3] * v) * 2 / width);
    first[c] = static_cast<float>(k[0] + k[2] * v + (k[1] + k[3] * v) * (1.0 / width - 1));
  }
  for (int x = 0; x < width; ++x, row += 3) {
    const auto place = static_cast<float>(x);
    for (std::size_t c = 0; c < 3; ++c) {
      const float corrected = static_cast<float>(row[c]) + first[c] + step[c] * place + 0.5F;
      row[c] = static_cast<std::uint8_t>(std::min(std::max(corrected, 0.0F), 255.0F));
    }
  }
}

}  // namespace

ColourMatch::ColourMatch(const Frame& target, EdgeSides edges) {
  const int columns = std::min(kCells, target.width);
  const int rows = std::min(kCells, target.height);
  for (int j = 0; j < rows; ++j) {
    for (int i = 0; i < columns; ++i) {
      const bool at_seam = (i < kRing && !edges.left) || (i >= columns - kRing && !edges.right) ||
                           (j < kRing && !edges.top) || (j >= rows - kRing && !edges.bottom);
      if (!at_seam) {
        continue;
      }
      const CropBox box{.x1 = i * target.width / columns,
                        .y1 = j * target.height / rows,
                        .x2 = (i + 1) * target.width / columns,
                        .y2 = (j + 1) * target.height / rows};
      const double u = static_cast<double>(box.x1 + box.x2) / target.width - 1;
      const double v = static_cast<double>(box.y1 + box.y2) / target.height - 1;
      cells_.push_back(
          {.box = box, .basis = {1.0, u, v, u * v}, .target = mean_levels(target, box)});
    }
  }
}

ColourMatch::Coefficients ColourMatch::fit(const Frame& generated) const {
  std::vector<std::array<double, 4>> basis;
  std::array<std::vector<double>, 3> differences;
  for (const Cell& cell : cells_) {
    const Channels level = mean_levels(generated, cell.box);
    basis.push_back(cell.basis);
    for (std::size_t c = 0; c < 3; ++c) {
      differences[c].push_back(cell.target[c] - level[c]);
    }
  }
  return {robust_fit(basis, differences[0]),
          robust_fit(basis, differences[1]),
          robust_fit(basis, differences[2])};
}

void ColourMatch::operator()(Frame& generated) {
  if (cells_.empty()) {
    return;
  }
  const Coefficients now = fit(generated);
  const double share = std::max(1.0 / (frames_seen_ + 1), kNewShare);
  ++frames_seen_;
  for (std::size_t c = 0; c < 3; ++c) {
    for (std::size_t k = 0; k < 4; ++k) {
      coefficients_[c][k] += share * (now[c][k] - coefficients_[c][k]);
    }
  }
  for (int y = 0; y < generated.height; ++y) {
    correct_row(
        coefficients_, (2.0 * y + 1) / generated.height - 1, generated.width, generated.row(y));
  }
}

}  // namespace hyportrait::face
