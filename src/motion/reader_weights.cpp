// SPDX-License-Identifier: Apache-2.0
#include "motion/motion_file.h"

namespace hyportrait::motion {

ReaderWeights weights_of(const nn::Bundle& bundle, nn::Device device) {
  const auto hash = [&](const char* name) {
    return bundle.load(name, device, nn::Precision::fp32).weights_hash();
  };
  return {hash("face_detector"), hash("expression"), hash("head_pose")};
}

}  // namespace hyportrait::motion
