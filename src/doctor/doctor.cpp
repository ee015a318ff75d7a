// SPDX-License-Identifier: Apache-2.0
#include <hyportrait/doctor.h>
#include <hyportrait/error.h>
#include <hyportrait/version.h>

#include "base/atomic_file.h"
#include "doctor/self_test.h"
#include "media/ffmpeg_facts.h"
#include "nn/device.h"
#include "options/tool_options.h"
#include "plan/default_bundle.h"
#include "run/one_run.h"

#include <ATen/Version.h>
#include <dlfcn.h>
#include <torch/version.h>

#include <array>
#include <cstdio>
#include <functional>
#include <optional>
#include <thread>

namespace hyportrait {
namespace {

/// What cuDriverGetVersion and cudaRuntimeGetVersion give, such as 12040 for 12.4; 0 unknown.
int cuda_version(void* library, const char* function) {
  using Query = int (*)(int*);
  const auto query = reinterpret_cast<Query>(::dlsym(library, function));
  int version = 0;
  return query == nullptr || query(&version) != 0 ? 0 : version;
}

/// "12.4"; empty when unknown.
std::string version_text(int version) {
  return version <= 0 ? ""
                      : std::to_string(version / 1000) + "." + std::to_string(version % 1000 / 10);
}

/// What mends a GPU that cannot be used. `needed` is known once torch's CUDA part is loaded.
std::string gpu_cure(int supported, int needed) {
  if (needed == 0) {
    return "install a LibTorch with CUDA (the .venv of scripts/quickstart has one), or pass "
           "--device cpu";
  }
  if (supported < needed) {
    return "install an NVIDIA driver for CUDA " + version_text(needed) +
           " or newer (nvidia-smi shows what yours supports), or pass --device cpu";
  }
  return "make a GPU visible (nvidia-smi lists them; look at CUDA_VISIBLE_DEVICES, and start a "
         "container with its GPUs), or pass --device cpu";
}

void look_at_host(Diagnosis& diagnosis) {
  const nn::MemoryFacts memory = nn::memory_facts({});
  diagnosis.cpu = {.name = nn::device_name({}),
                   .threads = std::thread::hardware_concurrency(),
                   .capability = at::get_cpu_capability(),
                   .memory_bytes = memory.total,
                   .available_bytes = memory.available};
}

/// Without a driver nothing of CUDA is loaded.
void look_at_gpu(Diagnosis& diagnosis) {
  void* driver = ::dlopen("libcuda.so.1", RTLD_LAZY);
  if (driver == nullptr) {
    diagnosis.notes.emplace_back(
        "no NVIDIA driver (libcuda.so.1): the networks run on the CPU, which is for small bundles; "
        "with an NVIDIA GPU in the machine, install its driver");
    return;
  }
  const int supported = cuda_version(driver, "cuDriverGetVersion");
  Diagnosis::Gpu gpu{.driver_supports_cuda = version_text(supported)};
  try {
    const nn::Device device = nn::resolve_device("cuda");
    const nn::MemoryFacts memory = nn::memory_facts(device);
    gpu.device = nn::device_text(device);
    gpu.name = nn::device_name(device);
    gpu.memory_bytes = memory.total;
    gpu.available_bytes = memory.available;
  } catch (const Error& error) {
    diagnosis.problems.push_back(
        {error.what(), gpu_cure(supported, cuda_version(RTLD_DEFAULT, "cudaRuntimeGetVersion"))});
  }
  gpu.libtorch_cuda = version_text(cuda_version(RTLD_DEFAULT, "cudaRuntimeGetVersion"));
  diagnosis.gpu = gpu;
}

void look_at_ffmpeg(Diagnosis& diagnosis) {
  const media::FfmpegFacts ffmpeg = media::ffmpeg_facts();
  diagnosis.ffmpeg = ffmpeg.version;
  diagnosis.encoders = ffmpeg.encoders;
  const std::string& h264 = ffmpeg.encoders.front().second;
  if (h264 != "libx264" && h264 != "libopenh264") {
    diagnosis.problems.push_back(
        {"this FFmpeg cannot encode H.264 in software (no libx264)",
         "install one that can (Debian, Ubuntu: sudo apt-get install libavcodec-extra; or build "
         "FFmpeg with --enable-gpl --enable-libx264), or pass another encoder such as --codec vp9 "
         "-o out.webm"});
  }
}

void judge_network(Diagnosis& diagnosis,
                   const Diagnosis::NetworkError& error,
                   std::optional<double> bound) {
  if (!bound || error.worst <= *bound) {
    return;
  }
  std::array<char, 64> numbers{};
  std::snprintf(numbers.data(), numbers.size(), "%.3g, at most %.3g", error.worst, *bound);
  diagnosis.problems.push_back(
      {"self-test: " + error.module + " in " + error.dtype + " on " + diagnosis.self_test->device +
           " is off by " + numbers.data() + " of its numbers' deviation",
       error.dtype == nn::precision_text(nn::Precision::fp32)
           ? "run hyportrait bundle verify; if that passes, use --device cpu and report it with "
             "this table"
           : "pass --dtype fp32 (or bf16)"});
}

void test_networks(Diagnosis& diagnosis, const nn::Bundle& bundle, const std::string& wish) {
  const auto stored = doctor::read_self_test(bundle);
  if (!stored) {
    diagnosis.notes.emplace_back(
        "the bundle has no self-test; hyportrait doctor --write-self-test "
        "makes one on a machine that is known to work");
    return;
  }
  const nn::Device device = nn::resolve_device(wish);
  std::vector<nn::Precision> precisions{nn::Precision::fp32};
  if (device.kind == nn::DeviceKind::cuda) {
    precisions.insert(precisions.end(), {nn::Precision::fp16, nn::Precision::bf16});
  }
  Diagnosis::SelfTest& test =
      diagnosis.self_test.emplace(Diagnosis::SelfTest{.device = nn::device_text(device)});
  for (const nn::Precision precision : precisions) {
    const std::string dtype = nn::precision_text(precision);
    const auto found = stored->bounds.find(dtype);
    const std::optional<double> bound =
        found == stored->bounds.end() ? std::nullopt : std::optional(found->second);
    test.bounds.emplace_back(dtype, bound);
    for (const auto& error : doctor::run_self_test(bundle, *stored, device, precision)) {
      test.errors.push_back({dtype, error.module, error.mean, error.worst});
      judge_network(diagnosis, test.errors.back(), bound);
    }
  }
}

/// What throws becomes a problem, so that the rest is still looked at.
void guarded(Diagnosis& diagnosis, const std::string& cure, const std::function<void()>& look) {
  try {
    look();
  } catch (const Error& error) {
    diagnosis.problems.push_back({error.what(), cure});
  }
}

void look_at_bundle(Diagnosis& diagnosis, const DoctorOptions& options) {
  guarded(diagnosis,
          "copy or export the bundle again (docs/weights.md for the official weights; "
          "models/demo comes with the program), or name another with --bundle DIR",
          [&] {
            const nn::Bundle bundle = plan::open_bundle(options.bundle);
            bundle.verify();
            diagnosis.bundle = {
                .folder = bundle.folder(), .name = bundle.manifest().name, .sha256 = bundle.hash()};
            guarded(diagnosis, "see the lines about the GPU, or pass --device cpu", [&] {
              test_networks(diagnosis, bundle, options.device);
            });
          });
}

}  // namespace

Diagnosis diagnose(const DoctorOptions& options) {
  validate(options);
  const run::OneRun one("doctor");
  Diagnosis diagnosis{.version = HYPORTRAIT_VERSION, .libtorch = TORCH_VERSION};
  look_at_host(diagnosis);
  look_at_gpu(diagnosis);
  look_at_ffmpeg(diagnosis);
  look_at_bundle(diagnosis, options);
  return diagnosis;
}

void write_self_test(const std::filesystem::path& folder) {
  validate(DoctorOptions{.bundle = folder});
  const run::OneRun one("doctor --write-self-test");
  const nn::Bundle bundle = plan::open_bundle(folder);
  write_file_atomically(doctor::self_test_path(bundle),
                        doctor::make_self_test(bundle).dump(1) + "\n");
}

}  // namespace hyportrait
