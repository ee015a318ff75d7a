// SPDX-License-Identifier: Apache-2.0
#include "run/state.h"

#include <hyportrait/error.h>

#include "base/hashes.h"
#include "base/log.h"
#include "base/parse_text.h"
#include "base/safetensors.h"
#include "nn/tensor.h"
#include "options/animate_options.h"
#include "output/targets.h"

#include <torch/types.h>

#include <cstring>
#include <stdexcept>
#include <utility>

namespace hyportrait::run {
namespace {

namespace fs = std::filesystem;

constexpr int kMaxWindows = 1 << 20;  // of a batch: more is a damaged number
constexpr int kMaxSteps = 1000;

/// A state that a run cannot resume from; the text says why.
class Unusable final : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

SafeTensor stored(const torch::Tensor& tensor) {
  const torch::Tensor host = tensor.to(torch::kCPU, torch::kFloat).contiguous();
  const auto* bytes = static_cast<const std::uint8_t*>(host.const_data_ptr());
  return {"F32", host.sizes().vec(), {bytes, bytes + host.nbytes()}};
}

torch::Tensor loaded(const SafeTensors& arrays, const std::string& name, const StateKey& key) {
  const auto found = arrays.find(name);
  if (found == arrays.end()) {
    throw Unusable("its '" + name + "' is missing");
  }
  torch::Tensor tensor = torch::empty(key.shape, torch::kFloat);
  std::memcpy(tensor.mutable_data_ptr(), found->second.bytes.data(), found->second.bytes.size());
  return tensor.to(nn::torch_device(key.device));
}

/// SHA-256 of the arrays: a state that lost bytes must not become a picture.
std::string content_hash(const SafeTensors& arrays) {
  std::string hashes;
  for (const auto& [name, array] : arrays) {
    hashes +=
        name + sha256({reinterpret_cast<const char*>(array.bytes.data()), array.bytes.size()});
  }
  return sha256(hashes);
}

SafeTensorsMetadata key_metadata(const StateKey& key) {
  return {{"format", "1"},
          {"latents_hash", key.latents_hash},
          {"device", nn::device_text(key.device)},
          {"dtype", nn::precision_text(key.precision)},
          {"engine", engine_text(key.engine)}};
}

int number(const SafeTensorsMetadata& metadata, const std::string& name, int lowest, int highest) {
  const auto found = metadata.find(name);
  try {
    return static_cast<int>(
        parse_integer(found == metadata.end() ? "" : found->second, lowest, highest));
  } catch (const std::invalid_argument& error) {
    throw Unusable("its " + name + ": " + error.what());
  }
}

void check_metadata(const SafeTensorsMetadata& metadata, const StateKey& key) {
  for (const auto& [name, expected] : key_metadata(key)) {
    const auto found = metadata.find(name);
    // States of before there was a choice do not name their engine.
    const std::string absent = name == "engine" ? engine_text(EngineKind::torchscript) : "none";
    const std::string text = found == metadata.end() ? absent : found->second;
    if (text != expected) {
      throw Unusable(name == "latents_hash"
                         ? "it belongs to other inputs, options, bundle or version"
                         : "its " + name + " is " + text + ", this run's is " + expected);
    }
  }
}

/// Before the arrays are read.
void check_header(const SafeTensorsHeader& header, const StateKey& key) {
  check_metadata(header.metadata, key);
  for (const auto& [name, array] : header.arrays) {
    if (array.dtype != "F32" || c10::IntArrayRef(array.shape) != c10::IntArrayRef(key.shape)) {
      throw Unusable("its '" + name + "' is of another shape");
    }
  }
}

diffusion::DenoiseState read_state(const fs::path& path, const StateKey& key) {
  SafeTensorsMetadata metadata;
  const SafeTensors arrays = read_safetensors(path, [&](const SafeTensorsHeader& header) {
    check_header(header, key);
    metadata = header.metadata;
  });
  const auto hash = metadata.find("sha256");
  if (hash == metadata.end() || hash->second != content_hash(arrays)) {
    throw Unusable("it is damaged");
  }
  const int steps = key.options.schedule.steps();
  const auto windows = diffusion::windows_of_step(key.shape.at(0), key.options.window, 0).size();
  diffusion::DenoiseState state{.latents = loaded(arrays, "latents", key)};
  state.step = number(metadata, "step", 0, steps);
  state.windows =
      number(metadata, "windows", 0, state.step == steps ? 0 : static_cast<int>(windows) - 1);
  if (state.windows > 0) {
    state.sum = loaded(arrays, "sum", key);
  }
  state.batch.windows = number(metadata, "batch_windows", 1, kMaxWindows);
  state.batch.branches_apart = number(metadata, "branches_apart", 0, 1) == 1;
  return state;
}

}  // namespace

std::string folder_text(const fs::path& folder) {
  return folder.empty() ? "" : sha256(fs::absolute(folder).lexically_normal().string());
}

std::optional<SavedState> saved_state(const fs::path& state, const StateKey& key) {
  std::error_code ignored;
  if (!fs::exists(state, ignored)) {
    return std::nullopt;
  }
  try {
    const SafeTensorsMetadata metadata = read_safetensors_header(state).metadata;
    check_metadata(metadata, key);
    const auto folder = metadata.find("frames_dir");
    return SavedState{number(metadata, "step", 0, kMaxSteps),
                      folder == metadata.end() ? "" : folder->second};
  } catch (const Unusable&) {
    return std::nullopt;
  } catch (const Error&) {
    return std::nullopt;
  }
}

void take_over_state(const OutputPaths& paths, const StateKey& key) {
  std::error_code ignored;
  if (is_taken(paths.state)) {
    return;
  }
  const fs::path folder = paths.output.parent_path();
  const std::string stem = paths.output.stem().string() + ".";
  fs::directory_iterator files(folder, ignored);
  for (const fs::directory_iterator end; files != end; files.increment(ignored)) {
    const fs::path other = files->path().parent_path() / files->path().stem();
    if (files->path().extension() != ".state" || other.stem().string() + "." != stem ||
        !saved_state(files->path(), key)) {
      continue;
    }
    try {
      const OutputFile held(other, false);
      fs::rename(files->path(), paths.state);
      logger().info("{}: of the same job, so the run resumes from it", files->path().string());
      return;
    } catch (const std::exception& error) {
      logger().debug("{} is left alone: {}", files->path().string(), error.what());
    }
  }
}

StateFile::StateFile(const OutputPaths& paths, StateKey key, double interval_seconds)
    : path_(paths.state),
      aside_(paths.state_aside),
      key_(std::move(key)),
      interval_(interval_seconds),
      saved_(Clock::now()) {}

std::optional<diffusion::DenoiseState> StateFile::load() const {
  std::error_code ignored;
  if (!fs::exists(path_, ignored)) {
    return std::nullopt;
  }
  std::string why;
  try {
    diffusion::DenoiseState state = read_state(path_, key_);
    logger().info("resuming at step {} of {}{}",
                  state.step,
                  key_.options.schedule.steps(),
                  state.windows > 0 ? ", window " + std::to_string(state.windows) : "");
    return state;
  } catch (const Unusable& error) {
    why = path_.string() + ": " + error.what();
  } catch (const Error& error) {
    why = error.what();
  }
  fs::rename(path_, aside_, ignored);
  logger().warn("{}; it is renamed to {} and the job starts over", why, aside_.string());
  return std::nullopt;
}

void StateFile::adopt(const diffusion::DenoiseState& loaded) {
  const std::optional<SavedState> saved = saved_state(path_, key_);
  if (saved && saved->frames_dir != folder_text(key_.frames_dir)) {
    save(loaded);
  }
}

void StateFile::keep(const diffusion::DenoiseState& state) {
  if (Clock::now() - saved_ >= interval_ || state.step == key_.options.schedule.steps()) {
    save(state);
  }
}

void StateFile::save(const diffusion::DenoiseState& state) {
  SafeTensors arrays{{"latents", stored(state.latents)}};
  if (state.windows > 0) {
    arrays.emplace("sum", stored(state.sum));
  }
  SafeTensorsMetadata metadata = key_metadata(key_);
  metadata["step"] = std::to_string(state.step);
  metadata["windows"] = std::to_string(state.windows);
  metadata["batch_windows"] = std::to_string(state.batch.windows);
  metadata["branches_apart"] = state.batch.branches_apart ? "1" : "0";
  metadata["frames_dir"] = folder_text(key_.frames_dir);
  metadata["sha256"] = content_hash(arrays);
  try {
    write_safetensors(path_, arrays, metadata);
  } catch (const Error& error) {
    if (!std::exchange(warned_, true)) {
      logger().warn("{}; a run that is interrupted now would start over", error.what());
    }
  }
  saved_ = Clock::now();
}

}  // namespace hyportrait::run
