// SPDX-License-Identifier: Apache-2.0
#include "nn/group_norm.h"

#include <ATen/core/dispatch/Dispatcher.h>
#include <gtest/gtest.h>
#include <torch/script.h>
#include <torch/types.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

namespace hyportrait::nn {
namespace {

constexpr auto kLast = torch::MemoryFormat::ChannelsLast;

torch::Tensor plain(const torch::Tensor& x,
                    std::int64_t groups,
                    const torch::Tensor& weight,
                    const torch::Tensor& bias,
                    bool silu) {
  const auto normed = torch::group_norm(
      x.to(torch::kDouble), groups, weight.to(torch::kDouble), bias.to(torch::kDouble), 1e-5);
  return silu ? torch::silu(normed) : normed;
}

TEST(GroupNorm, EqualsThePlainFormInDoublePrecision) {
  const std::vector<std::vector<std::int64_t>> shapes{
      {2, 16, 5, 7}, {1, 64, 1, 1}, {3, 24, 8, 8}, {1, 16, 192, 190}, {1, 112, 25, 36}};
  for (const std::vector<std::int64_t>& shape : shapes) {
    for (const float mean : {0.0F, 3.0F, 30.0F}) {
      const torch::Tensor x = (torch::randn(shape) + mean).contiguous(kLast);
      const torch::Tensor weight = torch::randn({shape[1]});
      const torch::Tensor bias = torch::randn({shape[1]});
      for (const bool silu : {false, true}) {
        const torch::Tensor ours = group_norm_silu(x, 8, weight, bias, 1e-5, silu);
        EXPECT_TRUE(ours.is_contiguous(kLast));
        const auto error = (ours - plain(x, 8, weight, bias, silu)).abs().max().item<double>();
        EXPECT_LT(error, mean < 30 ? 4e-6 : 2e-5) << "mean " << mean << ", " << x.sizes();
      }
    }
  }
}

TEST(GroupNorm, OtherLayoutsAndNoWeightsGiveTheSame) {
  const torch::Tensor x = torch::randn({2, 16, 6, 6});
  const torch::Tensor expected = torch::silu(torch::group_norm(x, 4));
  for (const torch::Tensor& laid_out : {x, x.contiguous(kLast)}) {
    const torch::Tensor ours = group_norm_silu(laid_out, 4, std::nullopt, std::nullopt, 1e-5, true);
    EXPECT_TRUE(torch::allclose(ours, expected, 1e-5, 1e-6));
  }
}

TEST(GroupNorm, ExtremesComeThrough) {
  torch::Tensor x = torch::zeros({1, 8, 4, 4}).contiguous(kLast);
  const torch::Tensor same =
      group_norm_silu(x, 2, torch::ones({8}), torch::ones({8}) * -200, 1e-5, true);
  EXPECT_LT(same.abs().max().item<float>(), 1e-30F);
  x[0][5][1][2] = std::numeric_limits<float>::quiet_NaN();
  const torch::Tensor spoilt = group_norm_silu(x, 2, std::nullopt, std::nullopt, 1e-5, true);
  EXPECT_TRUE(std::isnan(spoilt[0][7][3][3].item<float>()));  // of the same group
  EXPECT_EQ(spoilt[0][0][0][0].item<float>(), 0.0F);
}

using Tensors = std::optional<torch::Tensor>;

/// The registered operator, as any code in this process can call it.
torch::Tensor call(const torch::Tensor& x,
                   std::int64_t groups,
                   const Tensors& w,
                   const Tensors& b) {
  return c10::Dispatcher::singleton()
      .findSchemaOrThrow("hyportrait::group_norm_silu", "")
      .typed<torch::Tensor(
          const torch::Tensor&, std::int64_t, const Tensors&, const Tensors&, double, bool)>()
      .call(x, groups, w, b, 1e-5, false);
}

/// What the call is refused with; empty if it is not.
template <class Action>
std::string refusal(Action&& action) {
  try {
    action();
  } catch (const c10::Error& error) {
    return error.what_without_backtrace();
  }
  return "";
}

TEST(GroupNorm, RefusesInLibTorchsWordsWhatDoesNotFitTogether) {
  struct Call {
    std::int64_t groups;
    Tensors weight, bias;
  };
  const std::vector<Call> calls{{0, {}, {}},
                                {-2, {}, {}},
                                {3, {}, {}},
                                {2, torch::ones({7}), {}},
                                {2, torch::ones({9}), torch::ones({8})},
                                {2, {}, torch::ones({2})},
                                {2, torch::ones({8}), torch::ones({0})},
                                {2, torch::ones({8, 1}), {}},
                                {2, torch::ones({8}, torch::kDouble), {}},
                                {2, {}, torch::ones({8}, torch::kHalf)},
                                {2, torch::ones({8}, torch::kLong), {}},
                                {2, torch::ones({8}, torch::kMeta), {}},
                                {2, {}, torch::ones({8}).to_sparse()}};
  const torch::Tensor x = torch::randn({1, 8, 4, 4}).contiguous(kLast);
  for (std::size_t i = 0; i < calls.size(); ++i) {
    const auto& [groups, weight, bias] = calls[i];
    const std::string expected = refusal([&] { torch::group_norm(x, groups, weight, bias); });
    EXPECT_NE(expected, "") << i;
    EXPECT_EQ(refusal([&] { call(x, groups, weight, bias); }), expected) << i;
  }
  EXPECT_NE(refusal([&] { call({}, 2, {}, {}); }), "");
}

TEST(GroupNorm, DoesWhatLibTorchDoesWithWhatIsNoPlainMemory) {
  const torch::Tensor x = torch::randn({1, 8, 4, 4}).contiguous(kLast);
  const torch::Tensor weight = torch::randn({8});
  const torch::Tensor one_given = torch::group_norm(x, 2, weight);
  EXPECT_TRUE(torch::allclose(call(x, 2, weight, torch::Tensor()), one_given, 1e-5, 1e-5));
  // Two ways of summing: what is near zero differs by more than allclose's 1e-8.
  const torch::Tensor negated = call(torch::_neg_view(x), 2, {}, {});
  EXPECT_LT((negated + call(x, 2, {}, {})).abs().max().item<float>(), 1e-5F);
  const torch::Tensor no_memory = torch::_efficientzerotensor({8});
  EXPECT_EQ(call(x, 2, no_memory, {}).sizes(), x.sizes());
  torch::Tensor learnt = torch::randn({8}).requires_grad_();
  EXPECT_TRUE(call(x, 2, learnt, {}).requires_grad());
}

TEST(GroupNorm, ReplacesThoseOfANetworkWithTheSiluBehindThem) {
  torch::jit::Module module("Network");
  module.define(
      "def norm(self, x):\n"
      "  return torch.group_norm(x, 2)\n"
      "def silu(self, x, inplace: bool = False):\n"
      "  if inplace:\n"
      "    return torch.silu_(x)\n"
      "  return torch.silu(x)\n"
      "def forward(self, x, deep: bool):\n"
      "  y = self.silu(self.norm(x))\n"
      "  if deep:\n"
      "    y = self.norm(y) + y\n"
      "  return y\n");
  torch::jit::Module replaced = module.deepcopy();
  EXPECT_EQ(replace_group_norms(replaced), 2U);
  const std::string code = replaced.get_method("forward").graph()->toString();
  EXPECT_EQ(code.find("aten::group_norm"), std::string::npos) << code;
  EXPECT_EQ(code.find("aten::silu"), std::string::npos) << code;
  const torch::Tensor x = torch::randn({1, 4, 6, 6}).contiguous(kLast);
  for (const bool deep : {false, true}) {
    const torch::Tensor expected = module.forward({x, deep}).toTensor();
    EXPECT_TRUE(torch::allclose(replaced.forward({x, deep}).toTensor(), expected, 1e-5, 1e-5));
  }
}

}  // namespace
}  // namespace hyportrait::nn
