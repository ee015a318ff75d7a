// SPDX-License-Identifier: Apache-2.0
#include "doctor/self_test.h"

#include <hyportrait/error.h>
#include <hyportrait/version.h>

#include "base/json_strict.h"
#include "base/log.h"

#include <torch/types.h>
#include <torch/version.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <span>
#include <utility>

namespace hyportrait::doctor {
namespace {

constexpr int kKept = 32;  // numbers kept of an output, evenly spread
constexpr std::uint64_t kFullSize = std::uint64_t{1} << 30;

// All but the first, the detector: how many candidates it gives depends on rounding.
constexpr auto kTested = std::span(nn::kModuleNames).subspan<1>();
// What a precision loses at least; a bundle that loses more states it.
constexpr std::array<std::pair<nn::Precision, double>, 3> kMinBounds{
    {{nn::Precision::fp32, 1e-3}, {nn::Precision::fp16, 0.05}, {nn::Precision::bf16, 0.3}}};
constexpr double kMargin = 3.0;  // between what was measured and what is allowed

/// Numbers in [0,1) that look like noise and need no generator: the fraction of a large multiple of
/// a sine.
torch::Tensor noise(const std::vector<std::int64_t>& shape) {
  const torch::Tensor index = torch::arange(c10::multiply_integers(shape), torch::kDouble) + 1.0;
  const torch::Tensor large = torch::sin(index * 12.9898) * 43758.5453;
  return (large - torch::floor(large)).to(torch::kFloat).view(shape);
}

/// A size for each -1 of a network's input: one clip of two frames.
std::vector<std::int64_t> shape_of(const nn::TensorSpec& spec, const nn::BundleConfig& config) {
  std::vector<std::int64_t> shape = spec.shape;
  const std::size_t rank = shape.size();
  if (rank >= 4 && shape[rank - 1] < 0 && shape[rank - 2] < 0) {
    const bool picture = spec.name == "image";
    shape[rank - 1] = shape[rank - 2] =
        picture ? config.image_size : config.image_size / config.latent.downsample;
  }
  if (spec.name == "motion") {
    shape[2] = shape[2] < 0 ? config.tokens.count : shape[2];
  }
  if (spec.name == "motion" || (spec.name == "latents" && rank == 5)) {
    shape[1] = 2;
  }
  for (std::int64_t& size : shape) {
    size = size < 0 ? 1 : size;
  }
  return shape;
}

c10::IValue input_of(const nn::TensorSpec& spec, const nn::BundleConfig& config) {
  if (spec.dtype == "bool") {
    return c10::List<bool>({true});
  }
  if (spec.dtype == "int64") {
    return torch::tensor(3, torch::kLong);
  }
  if (spec.name == "added_ids") {
    const auto& ids = config.added_ids;
    return torch::tensor({ids[0], ids[1], ids[2]}, torch::kFloat);
  }
  if (spec.shape.empty()) {
    return torch::tensor(0.5F);
  }
  const torch::Tensor numbers = noise(shape_of(spec, config));
  const bool picture = spec.shape.size() == 4 && spec.shape[1] == 3;
  return picture ? numbers : (numbers - 0.5F) * std::sqrt(12.0F);  // unit variance
}

std::vector<double> numbers_of(const nn::Module& network, const nn::BundleConfig& config) {
  std::vector<c10::IValue> inputs;
  for (const nn::TensorSpec& spec : network.spec().inputs) {
    inputs.push_back(input_of(spec, config));
  }
  const torch::Tensor flat =
      network(std::move(inputs)).to(torch::kCPU, torch::kDouble).contiguous().view({-1});
  std::vector<double> numbers;
  numbers.reserve(kKept);
  for (std::int64_t i = 0; i < kKept; ++i) {
    numbers.push_back(flat[i * flat.numel() / kKept].item<double>());
  }
  return numbers;
}

double deviation(const std::vector<double>& values) {
  double sum = 0.0;
  double squares = 0.0;
  for (const double value : values) {
    sum += value;
    squares += value * value;
  }
  const double n = static_cast<double>(values.size());
  return std::sqrt(std::max(squares / n - sum / n * (sum / n), 1e-12));
}

SelfTestError difference(const std::string& module,
                         const std::vector<double>& stored,
                         const std::vector<double>& found) {
  SelfTestError error{.module = module};
  const double scale = deviation(stored);
  for (std::size_t i = 0; i < stored.size(); ++i) {
    double share = std::abs(found[i] - stored[i]) / scale;
    share = std::isfinite(share) ? share : 1e9;  // overflow of fp16
    error.mean += share / static_cast<double>(stored.size());
    error.worst = std::max(error.worst, share);
  }
  return error;
}

}  // namespace

std::filesystem::path self_test_path(const nn::Bundle& bundle) {
  return bundle.folder() / "selftest.json";
}

std::optional<SelfTest> read_self_test(const nn::Bundle& bundle) {
  const std::filesystem::path path = self_test_path(bundle);
  if (!std::filesystem::exists(path)) {
    return std::nullopt;
  }
  const nlohmann::json json = read_json(path, ExitCode::bundle);
  SelfTest test;
  try {
    for (const auto& [module, values] : json.at("modules").items()) {
      test.values[module] = values.get<std::vector<double>>();
    }
    test.bounds = json.at("bounds").get<std::map<std::string, double>>();
  } catch (const nlohmann::json::exception& error) {
    throw Error(ExitCode::bundle,
                path.string() + ": " + error.what() +
                    "; write it again with hyportrait doctor "
                    "--write-self-test");
  }
  return test;
}

std::vector<SelfTestError> run_self_test(const nn::Bundle& bundle,
                                         const SelfTest& stored,
                                         nn::Device device,
                                         nn::Precision precision) {
  std::vector<SelfTestError> errors;
  for (const char* name : kTested) {
    const auto values = stored.values.find(name);
    const bool used =
        precision == nn::Precision::fp32 ||
        std::find_if(nn::kHalfModules.begin(), nn::kHalfModules.end(), [&](auto other) {
          return std::string(other) == name;
        }) != nn::kHalfModules.end();
    const bool too_large =
        device.kind == nn::DeviceKind::cpu && bundle.manifest().modules.at(name).bytes >= kFullSize;
    if (values == stored.values.end() || values->second.size() != kKept || !used || too_large) {
      continue;
    }
    errors.push_back(
        difference(name,
                   values->second,
                   numbers_of(bundle.load(name, device, precision), bundle.manifest().config)));
  }
  return errors;
}

nlohmann::ordered_json make_self_test(const nn::Bundle& bundle) {
  SelfTest test;
  nlohmann::ordered_json json = {
      {"format", 1},
      {"made_with", {{"hyportrait", HYPORTRAIT_VERSION}, {"libtorch", TORCH_VERSION}}},
      {"modules", nlohmann::ordered_json::object()},
      {"errors", nlohmann::ordered_json::object()},
      {"bounds", nlohmann::ordered_json::object()}};
  for (const char* name : kTested) {
    test.values[name] =
        numbers_of(bundle.load(name, {}, nn::Precision::fp32), bundle.manifest().config);
    json["modules"][name] = test.values[name];
  }
  for (const auto& [precision, min] : kMinBounds) {
    const std::string dtype = nn::precision_text(precision);
    double worst = 0.0;
    try {
      for (const SelfTestError& error : run_self_test(bundle, test, {}, precision)) {
        json["errors"][dtype][error.module] = {{"mean", error.mean}, {"worst", error.worst}};
        worst = std::max(worst, error.worst);
      }
    } catch (const Error& error) {  // a CPU need not have every operator in fp16
      logger().warn("{} cannot be measured on this CPU: {}", dtype, error.what());
    }
    json["bounds"][dtype] = std::max(min, kMargin * worst);
  }
  return json;
}

}  // namespace hyportrait::doctor
