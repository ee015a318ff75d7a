// SPDX-License-Identifier: Apache-2.0
#include "nn/module.h"

#include "nn/bundle.h"
#include "support/expect_error.h"
#include "support/test_dir.h"
#include "unit/nn/script_bundle.h"

#include <gtest/gtest.h>
#include <torch/types.h>

#include <cstdlib>

namespace hyportrait::nn {
namespace {

using test::expect_error;
using test::tensor_entry;

/// A bundle's `identity` module with this forward.
Module module_of(const std::string& method,
                 const std::vector<nlohmann::json>& inputs,
                 const std::vector<nlohmann::json>& outputs,
                 Precision precision = Precision::fp32) {
  const auto folder = test::test_dir();
  ::setenv("XDG_CACHE_HOME", (folder / "cache").c_str(), 1);
  test::ScriptBundle files(folder / "b");
  files.set_module("identity", method, inputs, outputs);
  files.write();
  return Bundle::open(files.folder()).load("identity", {}, precision);
}

TEST(Module, CastsTensorsButNotScalars) {
  const Module module =
      module_of("def forward(self, x, t):\n  return x, t, self.weight\n",
                {tensor_entry("x", {-1}), tensor_entry("t", nlohmann::json::array())},
                {tensor_entry("x", {-1}),
                 tensor_entry("t", nlohmann::json::array()),
                 tensor_entry("w", {-1})},
                Precision::bf16);
  const auto outputs = module.outputs({torch::ones({3}), torch::tensor(1.5F)});
  ASSERT_EQ(outputs.size(), 3U);
  EXPECT_EQ(outputs[0].scalar_type(), torch::kBFloat16);
  EXPECT_EQ(outputs[1].scalar_type(), torch::kFloat);
  EXPECT_EQ(outputs[2].scalar_type(), torch::kBFloat16);
}

TEST(Module, RunsInInferenceMode) {
  const Module module = module_of("def forward(self, x):\n  return x * self.weight\n",
                                  {tensor_entry("x", {-1})},
                                  {tensor_entry("y", {-1})});
  EXPECT_TRUE(module({torch::ones({3}).requires_grad_()}).is_inference());
}

TEST(Module, RefusesInputsThatTheManifestDoesNotAllow) {
  const Module module = module_of("def forward(self, x):\n  return x\n",
                                  {tensor_entry("image", {-1, 3})},
                                  {tensor_entry("y", {-1})});
  EXPECT_NO_THROW(module({torch::ones({5, 3})}));
  expect_error(ExitCode::bundle, {"identity", "image", "float32[*,3]", "Float[5,4]"}, [&] {
    module({torch::ones({5, 4})});
  });
  expect_error(ExitCode::bundle, {"image", "Long[5,3]"}, [&] {
    module({torch::ones({5, 3}, torch::kLong)});
  });
  expect_error(ExitCode::bundle, {"image", "Float[3]"}, [&] { module({torch::ones({3})}); });
}

TEST(Module, NamesModuleAndShapesWhenTheNetworkFails) {
  const Module module = module_of("def forward(self, x):\n  return x.view([7])\n",
                                  {tensor_entry("x", {-1})},
                                  {tensor_entry("y", {-1})});
  expect_error(ExitCode::bundle,
               {"identity", "identity.pt", "Float[3]", "invalid for input of size 3"},
               [&] { module({torch::ones({3})}); });
}

TEST(Module, SaysWhatToLowerWhenMemoryRunsOut) {
  const Module module = module_of("def forward(self, x):\n  return torch.zeros([1 << 50]) + x\n",
                                  {tensor_entry("x", {-1})},
                                  {tensor_entry("y", {-1})});
  expect_error(ExitCode::device,
               {"identity", "on cpu", "not enough memory", "--window", "--decode-chunk", "--size"},
               [&] { module({torch::ones({1})}); });
}

TEST(Module, RefusesSeveralOutputsWhereOneIsExpected) {
  const Module module = module_of("def forward(self, x):\n  return x, x\n",
                                  {tensor_entry("x", {-1})},
                                  {tensor_entry("y", {-1}), tensor_entry("z", {-1})});
  expect_error(ExitCode::bundle, {"identity", "2 outputs"}, [&] { module({torch::ones({3})}); });
}

}  // namespace
}  // namespace hyportrait::nn
