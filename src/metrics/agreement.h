// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace hyportrait::metrics {

/// How alike two series of vectors move about their own means, frame by frame, whatever the means
/// are: identity shifts an expression vector, motion moves it. Holds sums only.
class Agreement final {
 public:
  /// Vectors of one frame; the same length each time.
  void add(std::span<const float> result, std::span<const float> driver);

  /// Correlation over all frames and components: 1 the same motion, 0 unrelated. Nothing for fewer
  /// than two frames or where one of the two never moves.
  [[nodiscard]] std::optional<double> correlation() const;

  /// Root mean square of the difference of the motions as a share of the driver's own: 0 the same,
  /// 1 as bad as no motion. Nothing as above, but for a result that never moves.
  [[nodiscard]] std::optional<double> distance() const;

  /// The same of one frame of those that were added: its difference as a share of the root mean
  /// square of the driver's motion.
  [[nodiscard]] std::optional<double> distance_of(std::span<const float> result,
                                                  std::span<const float> driver) const;

 private:
  struct Moments {
    double result = 0.0;  ///< sums of squares about the mean
    double driver = 0.0;
    double both = 0.0;
  };
  [[nodiscard]] Moments moments() const;

  std::vector<double> result_sum_;
  std::vector<double> driver_sum_;
  double result_squares_ = 0.0;
  double driver_squares_ = 0.0;
  double products_ = 0.0;
  std::int64_t frames_ = 0;
};

}  // namespace hyportrait::metrics
