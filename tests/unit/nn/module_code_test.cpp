// SPDX-License-Identifier: Apache-2.0
#include "nn/module_code.h"

#include <gtest/gtest.h>

namespace hyportrait::nn {
namespace {

TEST(ModuleCode, AllowsTensorCode) {
  EXPECT_EQ(forbidden_use("def forward(self, x: Tensor) -> Tensor:\n"
                          "  y = torch.conv2d(x, self.weight)\n"
                          "  z = ops.prim.NumToTensor(torch.size(y, 0))\n"
                          "  saved = torch.add(y, z)\n"
                          "  return ops.aten.mul(saved, 2)\n"),
            "");
}

TEST(ModuleCode, FindsFileOperators) {
  EXPECT_EQ(forbidden_use("torch.save(x, \"f\")"), "save");
  EXPECT_EQ(forbidden_use("x.save(\"f\")"), "save");
  EXPECT_EQ(forbidden_use("ops.aten.from_file(\"f\")"), "from_file");
}

TEST(ModuleCode, FindsWhatRunsWhileLoading) {
  EXPECT_EQ(forbidden_use("def __setstate__(self, state: Tensor) -> None:"), "__setstate__");
}

TEST(ModuleCode, FindsOtherNamespaces) {
  EXPECT_EQ(forbidden_use("x = ops.quantized.add(x, y)"), "ops.quantized");
  EXPECT_EQ(forbidden_use("x = ops . evil\n.run(x)"), "ops.evil");
  EXPECT_EQ(forbidden_use("x : __torch__.torch.classes.fs.File"), "torch.classes");
}

TEST(ModuleCode, FindsPrinting) {
  EXPECT_EQ(forbidden_use("print(x)"), "print");
}

}  // namespace
}  // namespace hyportrait::nn
