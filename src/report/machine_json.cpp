// SPDX-License-Identifier: Apache-2.0
#include "options/animate_options.h"
#include "report/report_json.h"

namespace hyportrait {
namespace {

Json json_of(const Diagnosis::Cpu& cpu) {
  return {{"name", cpu.name},
          {"threads", cpu.threads},
          {"capability", cpu.capability},
          {"memory_bytes", cpu.memory_bytes},
          {"available_bytes", cpu.available_bytes}};
}

Json json_of(const Diagnosis::Gpu& gpu) {
  Json json = {{"driver_supports_cuda", or_null(gpu.driver_supports_cuda)}};
  if (!gpu.device.empty()) {
    json["device"] = gpu.device;
    json["name"] = gpu.name;
    json["memory_bytes"] = gpu.memory_bytes;
    json["available_bytes"] = gpu.available_bytes;
  }
  json["libtorch_cuda"] = or_null(gpu.libtorch_cuda);
  return json;
}

Json json_of(const Diagnosis::BundleFound& bundle) {
  return {{"folder", bundle.folder.string()}, {"name", bundle.name}, {"sha256", bundle.sha256}};
}

Json json_of(const Diagnosis::SelfTest& test) {
  Json errors = Json::object();
  for (const Diagnosis::NetworkError& error : test.errors) {
    errors[error.dtype][error.module] = {{"mean", error.mean}, {"worst", error.worst}};
  }
  Json bounds = Json::object();
  for (const auto& [dtype, bound] : test.bounds) {
    bounds[dtype] = or_null(bound);
  }
  return {{"device", test.device}, {"errors", errors}, {"bounds", bounds}};
}

Json json_of(const TimedFigure& figure) {
  return {{"median_seconds", figure.median},
          {"fastest_seconds", figure.fastest},
          {"slowest_seconds", figure.slowest}};
}

Json json_of(const UnetFigures& unet) {
  return {{"window_step", json_of(unet.window_step)},
          {"window_step_tflop", or_null(unet.window_step_tflop)},
          {"tflop_per_second", or_null(unet.tflop_per_second)},
          {"matmul_tflop_per_second", unet.matmul_tflop_per_second},
          {"share_of_matmul", or_null(unet.share_of_matmul)},
          {"batch_windows", unet.batch.windows},
          {"branches", unet.batch.branches_apart ? "apart" : "together"}};
}

}  // namespace

Json json_of(const Diagnosis& diagnosis) {
  Json encoders = Json::object();
  for (const auto& [name, encoder] : diagnosis.encoders) {
    encoders[name] = or_null(encoder);
  }
  Json problems = Json::array();
  for (const Diagnosis::Problem& problem : diagnosis.problems) {
    problems.push_back({{"problem", problem.problem}, {"cure", problem.cure}});
  }
  return {{"versions", {{"hyportrait", diagnosis.version}, {"libtorch", diagnosis.libtorch}}},
          {"cpu", json_of(diagnosis.cpu)},
          {"gpu", diagnosis.gpu ? json_of(*diagnosis.gpu) : Json()},
          {"ffmpeg", {{"version", diagnosis.ffmpeg}, {"encoders", encoders}}},
          {"bundle", diagnosis.bundle ? json_of(*diagnosis.bundle) : Json()},
          {"self_test", diagnosis.self_test ? json_of(*diagnosis.self_test) : Json()},
          {"notes", diagnosis.notes},
          {"problems", problems},
          {"passed", diagnosis.passed()}};
}

Json json_of(const BenchReport& report) {
  Json stages = Json::object();
  for (const StageTime& stage : report.stages) {
    stages[stage.stage] = json_of(stage.seconds);
    stages[stage.stage]["load_seconds"] = stage.load_seconds;
  }
  return {{"hyportrait", report.version},
          {"libtorch", report.libtorch},
          {"bundle", {{"name", report.bundle_name}, {"sha256", report.bundle_sha256}}},
          {"device", report.device},
          {"device_name", report.device_name},
          {"threads", report.threads},
          {"dtype", report.dtype},
          {"engine", engine_text(report.engine)},
          {"image_size", report.image_size},
          {"frames", report.frames},
          {"padded_frames", report.padded_frames},
          {"steps", report.steps},
          {"windows_per_step", report.windows_per_step},
          {"window", report.window},
          {"branches", report.branches},
          {"warm_up", report.warm_up},
          {"repeat", report.repeat},
          {"stages", stages},
          {"unet", json_of(report.unet)},
          {"frames_per_second", report.frames_per_second},
          {"memory_plan",
           {{"budget_bytes", or_null(report.memory.budget_bytes)},
            {"denoise_bytes", or_null(report.memory.denoise_bytes)},
            {"decode_bytes", or_null(report.memory.decode_bytes)}}},
          {"peak_host_bytes", report.peak_host_bytes},
          {"peak_device_bytes", report.peak_device_bytes}};
}

Json json_of(const BundleInfo& info) {
  Json json = Json::parse(info.manifest_json);
  json["folder"] = info.folder.string();
  json["hash"] = info.hash;
  return json;
}

}  // namespace hyportrait
