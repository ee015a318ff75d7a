// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "nn/bundle.h"
#include "nn/device.h"

#include <nlohmann/json.hpp>

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace hyportrait::doctor {

/// How far a network is from its stored numbers, as a share of their standard deviation.
struct SelfTestError {
  std::string module;
  double mean = 0.0;
  double worst = 0.0;
};

/// `selftest.json` of a bundle (docs/model-bundle.md).
struct SelfTest {
  std::map<std::string, std::vector<double>> values;  ///< by module: numbers of its output
  std::map<std::string, double> bounds;               ///< by dtype: largest error allowed
};

std::filesystem::path self_test_path(const nn::Bundle& bundle);

/// Nothing when the bundle has none. Throws Error(bundle) for a broken one.
std::optional<SelfTest> read_self_test(const nn::Bundle& bundle);

/// Runs the networks that are used in this precision for fixed inputs and compares. On the CPU,
/// full-size networks (over 1 GiB) are left out: they take minutes.
std::vector<SelfTestError> run_self_test(const nn::Bundle& bundle,
                                         const SelfTest& stored,
                                         nn::Device device,
                                         nn::Precision precision);

/// The file's text: numbers of the CPU in fp32; bounds from what the CPU's other precisions give.
nlohmann::ordered_json make_self_test(const nn::Bundle& bundle);

}  // namespace hyportrait::doctor
