// SPDX-License-Identifier: Apache-2.0
#include "face/detector.h"

#include "base/require.h"
#include "face/detect.h"
#include "nn/tensor_frame.h"

#include <torch/types.h>

#include <cstdint>
#include <utility>

namespace hyportrait::face {
namespace {

Candidates to_candidates(const std::vector<torch::Tensor>& outputs) {
  require(outputs.size() == 3, "face_detector gives boxes, scores and landmarks");
  const auto on_cpu = [](const torch::Tensor& tensor) {
    return tensor.to(torch::kCPU, torch::kFloat32).contiguous();
  };
  const torch::Tensor boxes = on_cpu(outputs[0]);      // [N, 4] float32, px of the network's image
  const torch::Tensor scores = on_cpu(outputs[1]);     // [N] float32
  const torch::Tensor landmarks = on_cpu(outputs[2]);  // [N, 5, 2] float32, px of that image
  const std::int64_t count = scores.size(0);
  require(boxes.numel() == 4 * count && landmarks.numel() == 10 * count,
          "as many boxes and landmarks as scores");
  Candidates candidates;
  const float* box = boxes.const_data_ptr<float>();
  const float* score = scores.const_data_ptr<float>();
  const float* point = landmarks.const_data_ptr<float>();
  for (std::int64_t i = 0; i < count; ++i, box += 4, ++score) {
    candidates.boxes.push_back({.x1 = box[0], .y1 = box[1], .x2 = box[2], .y2 = box[3]});
    candidates.scores.push_back(*score);
    Landmarks& five = candidates.landmarks.emplace_back();
    for (Point& p : five) {
      p = {.x = point[0], .y = point[1]};
      point += 2;
    }
  }
  return candidates;
}

}  // namespace

Detector::Detector(nn::Module module, const nn::DetectorConfig& config)
    : module_(std::move(module)), config_(config) {}

std::vector<Face> Detector::operator()(const Frame& frame) {
  const Frame image = resize_for_network(frame, config_);
  const Candidates candidates = to_candidates(module_.outputs({nn::to_tensor(image)}));
  return faces_from_candidates(candidates, {.width = frame.width, .height = frame.height}, config_);
}

}  // namespace hyportrait::face
