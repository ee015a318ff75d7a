// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/frame.h"
#include "face/face.h"

#include <torch/types.h>

#include <filesystem>
#include <string>
#include <vector>

namespace hyportrait::parity {

/// U8 [h,w,3] -> frame; [n,h,w,3] -> frames; and back to [n,h,w,3].
Frame frame_of(const torch::Tensor& array);
std::vector<Frame> frames_of(const torch::Tensor& array);
torch::Tensor array_of(const std::vector<Frame>& frames);

/// F64 boxes [m,4] (x y w h) and landmarks [m,5,2] -> faces of score 1.
std::vector<face::Face> faces_of(const torch::Tensor& boxes_xywh, const torch::Tensor& landmarks);

/// A name in a temporary folder of this process; folder and file go with the object.
class ScratchFile final {
 public:
  explicit ScratchFile(const std::string& name);
  ~ScratchFile();
  ScratchFile(const ScratchFile&) = delete;
  ScratchFile& operator=(const ScratchFile&) = delete;
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace hyportrait::parity
