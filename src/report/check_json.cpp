// SPDX-License-Identifier: Apache-2.0
#include "report/report_json.h"

#include <array>

namespace hyportrait {
namespace {

Json json_of(const FrameFigure& figure) {
  return {{"mean", figure.mean}, {"worst", figure.worst}, {"worst_frame", figure.worst_frame}};
}

Json json_of(const Comparison::Side& side) {
  return {{"path", side.path.string()}, {"frames", side.frames}};
}

Json json_of(const Range& range) {
  return Json::array({range.lowest, range.highest});
}

Json json_of(const std::vector<FrameRun>& runs) {
  Json json = Json::array();
  for (const FrameRun& run : runs) {
    json.push_back(
        {{"frames", {run.first, run.last}}, {"seconds", {run.start_seconds, run.end_seconds}}});
  }
  return json;
}

Json json_of(const PixelBox& box) {
  return {{"x", box.x}, {"y", box.y}, {"width", box.width}, {"height", box.height}};
}

Json json_of(const SeenFace& face) {
  Json landmarks = Json::array();
  for (const PixelPoint& point : face.landmarks) {
    landmarks.push_back({point.x, point.y});
  }
  return {{"score", face.score},
          {"box", json_of(face.box)},
          {"landmarks", landmarks},
          {"pose", {{"yaw", face.pose.yaw}, {"pitch", face.pose.pitch}, {"roll", face.pose.roll}}},
          {"sharpness", face.sharpness}};
}

void add(Json& json, const PictureFindings& findings) {
  Json faces = Json::array();
  for (const SeenFace& face : findings.faces) {
    faces.push_back(json_of(face));
  }
  json["faces"] = faces;
  json["chosen"] = findings.chosen ? json_of(*findings.chosen) : Json();
  json["crop"] = findings.crop ? json_of(*findings.crop) : Json();
}

Json json_of(const HeadFindings& head) {
  return {{"first_box", json_of(head.first_box)},
          {"crop", json_of(head.crop)},
          {"frames_outside_crop", head.frames_outside_crop},
          {"size_px", json_of(head.size_px)},
          {"yaw", json_of(head.yaw)},
          {"pitch", json_of(head.pitch)},
          {"roll", json_of(head.roll)},
          {"sharpness", head.sharpness}};
}

void add(Json& json, const ClipFindings& findings) {
  const ClipFacts& stream = findings.stream;
  json["frames"] = findings.frames;
  json["seconds"] = findings.seconds;
  json["frame_rate"] = stream.frame_rate;
  json["variable_frame_rate"] = stream.variable_frame_rate;
  json["codec"] = stream.codec;
  json["pixel_format"] = stream.pixel_format;
  json["colour"] = stream.colour;
  json["rotation_degrees"] = stream.rotation_degrees;
  json["audio"] = stream.has_audio;
  json["faces"] = {{"max", findings.max_faces},
                   {"frames_with_several", findings.frames_with_several}};
  json["frames_without_face"] = findings.frames_without_face();
  json["without_face"] = json_of(findings.without_face);
  json["found_elsewhere"] = findings.found_elsewhere;
  json["head"] = findings.head ? json_of(*findings.head) : Json();
  Json per_frame = Json::array();
  for (const HeadFrame& frame : findings.per_frame) {
    const std::optional<HeadPose>& pose = frame.pose;
    per_frame.push_back({{"seconds", frame.seconds},
                         {"yaw", pose ? Json(pose->yaw) : Json()},
                         {"pitch", pose ? Json(pose->pitch) : Json()},
                         {"roll", pose ? Json(pose->roll) : Json()},
                         {"size_px", or_null(frame.size_px)},
                         {"sharpness", or_null(frame.sharpness)}});
  }
  json["per_frame"] = per_frame;
}

}  // namespace

Json json_of(const Comparison& comparison) {
  Json json = {{"a", json_of(comparison.a)},
               {"b", json_of(comparison.b)},
               {"width", comparison.size.width},
               {"height", comparison.size.height},
               {"compared_frames", comparison.compared_frames},
               {"psnr", json_of(comparison.psnr)},
               {"ssim", json_of(comparison.ssim)},
               {"times", nullptr},
               {"passed", comparison.passed()},
               {"failures", comparison.failures}};
  if (comparison.times) {
    json["times"] = {{"largest_difference_seconds", comparison.times->seconds},
                     {"frame", comparison.times->frame}};
  }
  return json;
}

namespace {

Json json_of(const MetricsFrame& frame) {
  const auto pose = [](const std::optional<std::array<double, 3>>& angles) {
    return angles ? Json(*angles) : Json();
  };
  return {{"seconds", frame.seconds},
          {"driver_seconds", or_null(frame.driver_seconds)},
          {"identity", or_null(frame.identity)},
          {"expression", or_null(frame.expression)},
          {"pose", pose(frame.pose)},
          {"driver_pose", pose(frame.driver_pose)},
          {"flicker", or_null(frame.flicker)},
          {"flicker_driver", or_null(frame.flicker_driver)},
          {"driver_psnr", or_null(frame.driver_psnr)}};
}

}  // namespace

Json json_of(const Metrics& metrics) {
  Json per_frame = Json::array();
  for (const MetricsFrame& frame : metrics.per_frame) {
    per_frame.push_back(json_of(frame));
  }
  return {{"result", metrics.result.string()},
          {"frames", metrics.frames},
          {"frames_with_faces", metrics.frames_with_faces},
          {"identity",
           {{"mean", or_null(metrics.identity_mean)}, {"worst", or_null(metrics.identity_worst)}}},
          {"expression",
           {{"distance", or_null(metrics.expression_distance)},
            {"correlation", or_null(metrics.expression_correlation)}}},
          {"pose",
           {{"degrees", or_null(metrics.pose_degrees)},
            {"correlation", or_null(metrics.pose_correlation)}}},
          {"flicker",
           {{"face", or_null(metrics.flicker_face)},
            {"driver_face", or_null(metrics.flicker_driver_face)},
            {"face_ratio", or_null(metrics.flicker_face_ratio)},
            {"background", or_null(metrics.flicker_background)}}},
          {"seam",
           {{"windows", or_null(metrics.seam_windows)}, {"chunks", or_null(metrics.seam_chunks)}}},
          {"background_psnr", or_null(metrics.background_psnr)},
          {"against_driver",
           {{"psnr", or_null(metrics.driver_psnr)}, {"ssim", or_null(metrics.driver_ssim)}}},
          {"passed", metrics.passed()},
          {"failures", metrics.failures},
          {"notes", metrics.notes},
          {"rotation_order", metrics.rotation_order},
          {"window_borders", metrics.window_borders},
          {"chunk_borders", metrics.chunk_borders},
          {"per_frame", per_frame}};
}

Json json_of(const MotionInfo& info) {
  constexpr std::array<const char*, 4> kPolicies{"hold", "interpolate", "skip", "error"};
  Json angles = Json::object();
  for (const auto& [name, range] : info.angles) {
    angles[name] = json_of(range);
  }
  return {{"path", info.path.string()},
          {"source", info.picture ? "picture" : "clip"},
          {"frames", info.frames},
          {"seconds", info.seconds},
          {"frame_rate", info.frame_rate},
          {"variable_frame_rate", info.variable_frame_rate},
          {"width", info.size.width},
          {"height", info.size.height},
          {"image_size", info.image_size},
          {"no_face", kPolicies.at(static_cast<std::size_t>(info.no_face))},
          {"drive_crop", info.drive_crop == DriveCrop::follow ? "follow" : "fixed"},
          {"without_face", json_of(info.without_face)},
          {"skipped_seconds", info.skipped_seconds},
          {"angles", angles},
          {"face_movement_percent", info.face_movement},
          {"head_movement_percent", info.head_movement},
          {"warnings", info.warnings}};
}

Json json_of(const Inspection& inspection) {
  const bool picture = std::holds_alternative<PictureFindings>(inspection.findings);
  Json json = {{"kind", picture ? "picture" : "clip"},
               {"path", inspection.path.string()},
               {"width", inspection.size.width},
               {"height", inspection.size.height}};
  std::visit([&](const auto& findings) { add(json, findings); }, inspection.findings);
  json["advice"] = inspection.advice;
  return json;
}

}  // namespace hyportrait
