// SPDX-License-Identifier: Apache-2.0
#include "conditions/appearance.h"
#include "face/align.h"
#include "face/crop.h"
#include "face/detect.h"
#include "face/motion_buckets.h"
#include "face/paste_back.h"
#include "nn/tensor_frame.h"
#include "parity/cases.h"
#include "parity/frames.h"
#include "run/portrait.h"

#include <torch/types.h>

#include <span>

namespace hyportrait::parity {
namespace {

using torch::Tensor;

Tensor to_array(const Frame& frame) {  // [h,w,3] uint8
  return array_of({frame})[0];
}

Tensor to_array(const face::CropBox& box) {
  return torch::tensor({box.x1, box.y1, box.x2, box.y2}, torch::kInt64);
}

face::Size size_of(const Frame& frame) {
  return {.width = frame.width, .height = frame.height};
}

/// Of (height, width).
face::Size to_size(const Tensor& size) {
  return {.width = size[1].item<int>(), .height = size[0].item<int>()};
}

face::Landmarks to_landmarks(const Tensor& points) {  // [5,2]
  const Tensor values = points.to(torch::kDouble).contiguous();
  const double* value = values.const_data_ptr<double>();
  face::Landmarks landmarks;
  for (face::Point& point : landmarks) {
    point = {.x = value[0], .y = value[1]};
    value += 2;
  }
  return landmarks;
}

std::vector<face::Landmarks> to_landmarks_list(const Tensor& points) {  // [n,5,2]
  std::vector<face::Landmarks> list;
  for (std::int64_t i = 0; i < points.size(0); ++i) {
    list.push_back(to_landmarks(points[i]));
  }
  return list;
}

face::Box to_box(const Tensor& corners) {  // x1 y1 x2 y2
  const Tensor values = corners.to(torch::kDouble).contiguous();
  const double* c = values.const_data_ptr<double>();
  return {.x1 = c[0], .y1 = c[1], .x2 = c[2], .y2 = c[3]};
}

face::CropBox to_crop_box(const Tensor& corners) {
  const face::Box box = to_box(corners);
  return {.x1 = static_cast<int>(box.x1),
          .y1 = static_cast<int>(box.y1),
          .x2 = static_cast<int>(box.x2),
          .y2 = static_cast<int>(box.y2)};
}

void add_scene(const Arrays& in, const std::string& scene, Arrays& out) {
  const Tensor boxes = in.at(scene + "_candidates_boxes");
  const Tensor scores = in.at(scene + "_candidates_scores").contiguous();
  face::Candidates candidates;
  candidates.landmarks = to_landmarks_list(in.at(scene + "_candidates_landmarks"));
  for (std::int64_t i = 0; i < scores.size(0); ++i) {
    candidates.boxes.push_back(to_box(boxes[i]));
    candidates.scores.push_back(scores.const_data_ptr<float>()[i]);
  }
  const std::vector<face::Face> faces = face::faces_from_candidates(
      candidates, to_size(in.at(scene + "_size")), nn::BundleConfig{}.detector);
  const auto count = static_cast<std::int64_t>(faces.size());
  const Tensor found_boxes = torch::empty({count, 4}, torch::kDouble);
  const Tensor found_scores = torch::empty({count}, torch::kDouble);
  const Tensor found_landmarks = torch::empty({count, 5, 2}, torch::kDouble);
  for (std::int64_t i = 0; i < count; ++i) {
    const face::Face& face = faces[static_cast<std::size_t>(i)];
    found_boxes[i] = torch::tensor({face.box.x1, face.box.y1, face.box.width(), face.box.height()},
                                   torch::kDouble);
    found_scores[i] = face.score;
    for (std::int64_t k = 0; k < 5; ++k) {
      const face::Point point = face.landmarks[static_cast<std::size_t>(k)];
      found_landmarks[i][k] = torch::tensor({point.x, point.y}, torch::kDouble);
    }
  }
  out[scene + "_boxes"] = found_boxes;
  out[scene + "_scores"] = found_scores;
  out[scene + "_landmarks"] = found_landmarks;
}

Arrays detector(const Arrays& in, const std::filesystem::path&) {
  const std::string scene_ending = "_candidates_scores";
  const std::string picture_beginning = "resize_";
  const nn::DetectorConfig config = nn::BundleConfig{}.detector;
  Arrays out;
  for (const auto& [name, array] : in) {
    if (name.ends_with(scene_ending)) {
      add_scene(in, name.substr(0, name.size() - scene_ending.size()), out);
    } else if (name.starts_with(picture_beginning)) {
      const Frame image = face::resize_for_network(frame_of(array), config);
      out["network_" + name.substr(picture_beginning.size())] =
          to_array(image).permute({2, 0, 1}).contiguous();
    }
  }
  const Tensor sizes = in.at("sizes");
  const Tensor network_sizes = torch::empty_like(sizes);
  for (std::int64_t i = 0; i < sizes.size(0); ++i) {
    const face::Size size = face::network_size(to_size(sizes[i]), config);
    network_sizes[i] = torch::tensor({size.height, size.width}, torch::kInt64);
  }
  out["network_sizes"] = network_sizes;
  return out;
}

void add_motion_crops(const Arrays& in, const nn::BundleConfig& config, Arrays& out) {
  const std::vector<Frame> frames = frames_of(in.at("frames"));
  const auto faces = faces_of(in.at("frame_boxes"), in.at("frame_landmarks"));
  const face::Box first_box = faces.at(0).box;
  const face::CropBox head_box =
      face::portrait_box(first_box, size_of(frames.at(0)), config.crop.portrait_expand);
  std::vector<Frame> face_crops;
  std::vector<Frame> head_crops;
  for (std::size_t i = 0; i < frames.size(); ++i) {
    face_crops.push_back(
        face::motion_face_crop(frames[i], faces.at(i).landmarks, first_box, config.crop));
    head_crops.push_back(face::motion_head_crop(frames[i], head_box, config));
  }
  out["motion_face_u8"] = array_of(face_crops).permute({0, 3, 1, 2}).contiguous();
  out["motion_pose_u8"] = array_of(head_crops).permute({0, 3, 1, 2}).contiguous();
}

Arrays crops(const Arrays& in, const std::filesystem::path&) {
  nn::BundleConfig config;
  config.image_size = in.at("image_size").item<int>();
  // The given detections stand for the detector's: first on the source, then on its crop.
  bool on_crop = false;
  const face::DetectFaces detect = [&](const Frame&) {
    const std::string name = on_crop ? "crop" : "source";
    on_crop = true;
    return faces_of(in.at(name + "_boxes"), in.at(name + "_landmarks"));
  };
  const run::PortraitRequest request{.name = "source", .selector = {}, .largest_on_crop = true};
  const run::PortraitCrop portrait =
      run::prepare_portrait(frame_of(in.at("source")), detect, request, config);
  Arrays out;
  out["crop_bbox"] = to_array(portrait.box);
  out["source_crop"] = to_array(portrait.crop);
  out["vae_input"] = nn::to_tensor(portrait.crop);
  out["dino_input"] = conditions::appearance_image(portrait.crop);
  out["arcface_input"] =
      torch::tensor(portrait.aligned_face).view({face::kAlignedSide, face::kAlignedSide, 3});
  add_motion_crops(in, config, out);
  return out;
}

Arrays crops_functions(const Arrays& in, const std::filesystem::path&) {
  Arrays out;
  const double expand = nn::BundleConfig{}.crop.portrait_expand;
  std::vector<Tensor> boxes;
  for (std::int64_t i = 0; i < in.at("process_bbox_boxes").size(0); ++i) {
    boxes.push_back(to_array(face::portrait_box(
        to_box(in.at("process_bbox_boxes")[i]), to_size(in.at("process_bbox_hw")[i]), expand)));
  }
  out["process_bbox_out"] = torch::stack(boxes);
  const Frame image = frame_of(in.at("center_crop_image"));
  std::vector<Tensor> sizes;
  std::vector<Tensor> pixels;
  for (std::int64_t i = 0; i < in.at("center_crop_boxes").size(0); ++i) {
    const Frame crop = face::center_crop(image, to_box(in.at("center_crop_boxes")[i]));
    sizes.push_back(torch::tensor({crop.height, crop.width}, torch::kInt64));
    pixels.push_back(to_array(crop).flatten());
  }
  out["center_crop_hw"] = torch::stack(sizes);
  out["center_crop_pixels"] = torch::cat(pixels);
  return out;
}

Arrays motion_bucket(const Arrays& in, const std::filesystem::path&) {
  const std::vector<face::Landmarks> landmarks = to_landmarks_list(in.at("landmarks"));
  const Tensor lengths = in.at("lengths");
  std::span<const face::Landmarks> rest = landmarks;
  std::vector<Tensor> intensities;
  for (std::int64_t i = 0; i < lengths.size(0); ++i) {
    const auto length = static_cast<std::size_t>(lengths[i].item<std::int64_t>());
    const face::MotionIntensity intensity =
        face::motion_intensity(rest.first(length), nn::BundleConfig{}.motion.buckets);
    intensities.push_back(torch::tensor({intensity.head, intensity.expression}, torch::kInt64));
    rest = rest.subspan(length);
  }
  return {{"head_exp", torch::stack(intensities)}};
}

Arrays paste_back(const Arrays& in, const std::filesystem::path&) {
  const Frame image = frame_of(in.at("image"));
  const Tensor boxes = in.at("boxes");
  Arrays out;
  for (const std::string name : {"small", "large"}) {
    const Frame generated = frame_of(in.at("generated_" + name));
    std::vector<Tensor> pasted;
    for (std::int64_t i = 0; i < boxes.size(0); ++i) {
      face::PasteBack paste(image, to_crop_box(boxes[i]), {.blend = BlendKind::original});
      pasted.push_back(to_array(paste(generated)));
    }
    out["pasted_" + name] = torch::stack(pasted);
  }
  const face::CropBox last = to_crop_box(boxes[boxes.size(0) - 1]);
  out["soft_mask_last"] =
      torch::tensor(face::original_mask({.width = last.width(), .height = last.height()}))
          .view({last.height(), last.width(), 1});
  return out;
}

}  // namespace

void add_face_cases(Cases& cases) {
  cases["detector"] = detector;
  cases["crops"] = crops;
  cases["crops_functions"] = crops_functions;
  cases["motion_bucket"] = motion_bucket;
  cases["paste_back"] = paste_back;
}

}  // namespace hyportrait::parity
