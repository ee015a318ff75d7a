// SPDX-License-Identifier: Apache-2.0
#include "parity/frames.h"

#include <torch/types.h>
#include <unistd.h>

#include <algorithm>

namespace hyportrait::parity {

namespace fs = std::filesystem;

Frame frame_of(const torch::Tensor& array) {
  const torch::Tensor pixels = array.contiguous();
  Frame frame = Frame::black(static_cast<int>(pixels.size(1)), static_cast<int>(pixels.size(0)));
  std::copy_n(pixels.const_data_ptr<std::uint8_t>(), pixels.numel(), frame.pixels.begin());
  return frame;
}

std::vector<Frame> frames_of(const torch::Tensor& array) {
  std::vector<Frame> frames;
  for (const torch::Tensor& picture : array.unbind(0)) {
    frames.push_back(frame_of(picture));
  }
  return frames;
}

torch::Tensor array_of(const std::vector<Frame>& frames) {
  std::vector<torch::Tensor> pictures;
  for (const Frame& frame : frames) {
    torch::Tensor picture = torch::empty({frame.height, frame.width, 3}, torch::kByte);
    std::copy(frame.pixels.begin(), frame.pixels.end(), picture.mutable_data_ptr<std::uint8_t>());
    pictures.push_back(picture);
  }
  return torch::stack(pictures);
}

std::vector<face::Face> faces_of(const torch::Tensor& boxes_xywh, const torch::Tensor& landmarks) {
  const torch::Tensor boxes = boxes_xywh.to(torch::kDouble).contiguous();
  const torch::Tensor points = landmarks.to(torch::kDouble).contiguous();
  std::vector<face::Face> faces;
  for (std::int64_t i = 0; i < boxes.size(0); ++i) {
    const double* box = boxes.const_data_ptr<double>() + 4 * i;
    const double* point = points.const_data_ptr<double>() + 10 * i;
    face::Face& face = faces.emplace_back();
    face.box = {box[0], box[1], box[0] + box[2], box[1] + box[3]};
    face.score = 1.0;
    for (face::Point& landmark : face.landmarks) {
      landmark = {point[0], point[1]};
      point += 2;
    }
  }
  return faces;
}

ScratchFile::ScratchFile(const std::string& name)
    : path_(fs::temp_directory_path() / ("hyportrait-parity-" + std::to_string(::getpid())) /
            name) {
  fs::create_directories(path_.parent_path());
}

ScratchFile::~ScratchFile() {
  std::error_code ignored;
  fs::remove_all(path_.parent_path(), ignored);
}

}  // namespace hyportrait::parity
