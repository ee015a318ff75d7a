// SPDX-License-Identifier: Apache-2.0
#include <hyportrait/doctor.h>
#include <hyportrait/error.h>
#include <hyportrait/version.h>

#include "core/atomic_file.h"
#include "core/json_strict.h"
#include "media/ffmpeg_facts.h"
#include "metrics/self_test.h"
#include "nn/device.h"
#include "pipeline/default_bundle.h"

#include <ATen/Version.h>
#include <dlfcn.h>
#include <torch/version.h>

#include <algorithm>
#include <functional>
#include <thread>

namespace hyportrait {
namespace {

using Json = nlohmann::ordered_json;

/// The report on the way: facts, and problems with what mends them.
struct Findings {
  Json facts = Json::object();
  Json problems = Json::array();
  Json notes = Json::array();
  std::vector<std::string> failures;

  void problem(const std::string& what, const std::string& cure) {
    problems.push_back({{"problem", what}, {"cure", cure}});
    failures.push_back(what + " -> " + cure);
  }
};

/// What cuDriverGetVersion and cudaRuntimeGetVersion give, such as 12040 for 12.4; 0 unknown.
int cuda_version(void* library, const char* function) {
  using Query = int (*)(int*);
  const auto query = reinterpret_cast<Query>(::dlsym(library, function));
  int version = 0;
  return query == nullptr || query(&version) != 0 ? 0 : version;
}

Json version_json(int version) {
  return version <= 0
             ? Json(nullptr)
             : Json(std::to_string(version / 1000) + "." + std::to_string(version % 1000 / 10));
}

/// What mends a GPU that cannot be used. `needed` is known once torch's CUDA part is loaded.
std::string gpu_cure(int supported, int needed) {
  if (needed == 0) {
    return "install a LibTorch with CUDA (the .venv of scripts/quickstart has one), or pass "
           "--device cpu";
  }
  if (supported < needed) {
    return "install an NVIDIA driver for CUDA " + version_json(needed).get<std::string>() +
           " or newer (nvidia-smi shows what yours supports), or pass --device cpu";
  }
  return "make a GPU visible (nvidia-smi lists them; look at CUDA_VISIBLE_DEVICES, and start a "
         "container with its GPUs), or pass --device cpu";
}

void look_at_host(Findings& findings) {
  const nn::MemoryFacts memory = nn::memory_facts({});
  findings.facts["cpu"] = {{"name", nn::device_name({})},
                           {"threads", std::thread::hardware_concurrency()},
                           {"capability", at::get_cpu_capability()},
                           {"memory_bytes", memory.total},
                           {"available_bytes", memory.available}};
}

/// Without a driver nothing of CUDA is loaded.
void look_at_gpu(Findings& findings) {
  void* driver = ::dlopen("libcuda.so.1", RTLD_LAZY);
  if (driver == nullptr) {
    findings.facts["gpu"] = nullptr;
    findings.notes.push_back(
        "no NVIDIA driver (libcuda.so.1): the networks run on the CPU, which is for small bundles; "
        "with an NVIDIA GPU in the machine, install its driver");
    return;
  }
  const int supported = cuda_version(driver, "cuDriverGetVersion");
  Json gpu = {{"driver_supports_cuda", version_json(supported)}};
  try {
    const nn::Device device = nn::resolve_device("cuda");
    const nn::MemoryFacts memory = nn::memory_facts(device);
    gpu["device"] = nn::device_text(device);
    gpu["name"] = nn::device_name(device);
    gpu["memory_bytes"] = memory.total;
    gpu["available_bytes"] = memory.available;
  } catch (const Error& error) {
    findings.problem(error.what(),
                     gpu_cure(supported, cuda_version(RTLD_DEFAULT, "cudaRuntimeGetVersion")));
  }
  gpu["libtorch_cuda"] = version_json(cuda_version(RTLD_DEFAULT, "cudaRuntimeGetVersion"));
  findings.facts["gpu"] = gpu;
}

void look_at_ffmpeg(Findings& findings) {
  const media::FfmpegFacts ffmpeg = media::ffmpeg_facts();
  Json encoders = Json::object();
  for (const auto& [name, encoder] : ffmpeg.encoders) {
    encoders[name] = encoder.empty() ? Json(nullptr) : Json(encoder);
  }
  findings.facts["ffmpeg"] = {{"version", ffmpeg.version}, {"encoders", encoders}};
  const std::string h264 = ffmpeg.encoders.front().second;
  if (h264 != "libx264" && h264 != "libopenh264") {
    findings.problem(
        "this FFmpeg cannot encode H.264 in software (no libx264)",
        "install one that can (Debian, Ubuntu: sudo apt-get install libavcodec-extra; or build "
        "FFmpeg with --enable-gpl --enable-libx264), or pass another encoder such as --codec vp9 "
        "-o out.webm");
  }
}

void test_networks(Findings& findings, const nn::Bundle& bundle, const std::string& wish) {
  const auto stored = metrics::read_self_test(bundle);
  if (!stored) {
    findings.facts["self_test"] = nullptr;
    findings.notes.push_back(
        "the bundle has no self-test; hyportrait doctor --write-self-test "
        "makes one on a machine that is known to work");
    return;
  }
  const nn::Device device = nn::resolve_device(wish);
  std::vector<nn::Precision> precisions{nn::Precision::fp32};
  if (device.kind == nn::DeviceKind::cuda) {
    precisions.insert(precisions.end(), {nn::Precision::fp16, nn::Precision::bf16});
  }
  Json report = {{"device", nn::device_text(device)}, {"errors", Json::object()}};
  for (const nn::Precision precision : precisions) {
    const std::string dtype = nn::precision_text(precision);
    const auto bound = stored->bounds.find(dtype);
    for (const auto& error : metrics::run_self_test(bundle, *stored, device, precision)) {
      report["errors"][dtype][error.module] = {{"mean", error.mean}, {"worst", error.worst}};
      if (bound != stored->bounds.end() && !(error.worst <= bound->second)) {
        char numbers[64];
        std::snprintf(numbers, sizeof numbers, "%.3g, at most %.3g", error.worst, bound->second);
        findings.problem(
            "self-test: " + error.module + " in " + dtype + " on " + nn::device_text(device) +
                " is off by " + numbers + " of its numbers' deviation",
            precision == nn::Precision::fp32
                ? "run hyportrait bundle verify; if that passes, use --device cpu and report it "
                  "with this table"
                : "pass --dtype fp32 (or bf16)");
      }
    }
    report["bounds"][dtype] = bound == stored->bounds.end() ? Json(nullptr) : Json(bound->second);
  }
  findings.facts["self_test"] = report;
}

/// What throws becomes a problem, so that the rest is still looked at.
void guarded(Findings& findings, const std::string& cure, const std::function<void()>& look) {
  try {
    look();
  } catch (const Error& error) {
    findings.problem(error.what(), cure);
  }
}

void look_at_bundle(Findings& findings, const DoctorOptions& options) {
  findings.facts["bundle"] = nullptr;
  guarded(findings,
          "copy or export the bundle again (docs/weights.md for the official weights; "
          "models/demo comes with the program), or name another with --bundle DIR",
          [&] {
            const nn::Bundle bundle = pipeline::open_bundle(options.bundle);
            bundle.verify();
            findings.facts["bundle"] = {{"folder", bundle.folder().string()},
                                        {"name", bundle.manifest().name},
                                        {"sha256", bundle.hash()}};
            guarded(findings, "see the lines about the GPU, or pass --device cpu", [&] {
              test_networks(findings, bundle, options.device);
            });
          });
}

}  // namespace

CheckReport doctor(const DoctorOptions& options) {
  Findings findings;
  findings.facts["versions"] = {{"hyportrait", HYPORTRAIT_VERSION}, {"libtorch", TORCH_VERSION}};
  look_at_host(findings);
  look_at_gpu(findings);
  look_at_ffmpeg(findings);
  look_at_bundle(findings, options);
  findings.facts["notes"] = findings.notes;
  findings.facts["problems"] = findings.problems;
  findings.facts["passed"] = findings.failures.empty();
  return {.passed = findings.failures.empty(),
          .failures = findings.failures,
          .report_json = json_text(findings.facts)};
}

void write_self_test(const std::filesystem::path& folder) {
  const nn::Bundle bundle = pipeline::open_bundle(folder);
  write_file_atomically(metrics::self_test_path(bundle),
                        metrics::make_self_test(bundle).dump(1) + "\n");
}

}  // namespace hyportrait
