// SPDX-License-Identifier: Apache-2.0
#include "unit/motion/made_motion.h"

#include <torch/types.h>

namespace hyportrait::test {

motion::Motion turning(const std::vector<double>& yaws) {
  const auto frames = static_cast<std::int64_t>(yaws.size());
  const torch::Tensor yaw = torch::tensor(yaws, torch::kDouble);
  motion::Motion made;
  made.expression = torch::stack({yaw / 10.0, torch::arange(frames, torch::kDouble)}, 1)
                        .to(torch::kFloat)
                        .contiguous();
  made.head_pose = torch::zeros({frames, 6});
  made.head_pose.select(1, 0).copy_(yaw);
  made.head_pose.select(1, 1).copy_(yaw / 2.0);
  for (std::size_t i = 0; i < yaws.size(); ++i) {
    made.times.push_back({0.1 * static_cast<double>(i), 0.1});
    const double x = 100.0 + yaws[i] / 2.0;
    made.landmarks.push_back({{{x, 80}, {x + 40, 80}, {x + 20, 105}, {x + 5, 125}, {x + 35, 125}}});
    made.detected.push_back(true);
  }
  made.square = {.x1 = 0, .y1 = 0, .x2 = 200, .y2 = 200};
  return made;
}

std::vector<double> column(const torch::Tensor& rows, std::int64_t index) {
  std::vector<double> values;
  for (std::int64_t i = 0; i < rows.size(0); ++i) {
    values.push_back(rows[i][index].item<double>());
  }
  return values;
}

}  // namespace hyportrait::test
