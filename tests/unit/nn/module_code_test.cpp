// SPDX-License-Identifier: Apache-2.0
#include "nn/module_code.h"

#include "support/expect_error.h"
#include "support/test_dir.h"

#include <caffe2/serialize/inline_container.h>
#include <gtest/gtest.h>
#include <torch/script.h>

#include <algorithm>
#include <filesystem>
#include <functional>

namespace hyportrait::nn {
namespace {

namespace fs = std::filesystem;
using test::expect_error;

constexpr const char* kHarmless = "def forward(self, x):\n  return x\n";

fs::path archive_of(const std::string& code) {
  const fs::path path = test::test_dir() / "network.pt";
  torch::jit::Module module("__torch__.networks.Network");
  module.register_parameter("weight", torch::ones({1}), /*is_buffer=*/false);
  module.define(code);
  module.save(path.string(), {{"notes/author.txt", "nobody"}});
  return path;
}

struct Member {
  std::string name, bytes;
};

/// The archive written again, with members changed by `change` and one more.
void rewrite(const fs::path& path,
             const std::function<void(Member&)>& change,
             const Member& more = {"extra/more", ""}) {
  using caffe2::serialize::PyTorchStreamReader;
  using caffe2::serialize::PyTorchStreamWriter;
  const fs::path written = path.parent_path() / "written" / path.filename();
  fs::create_directories(written.parent_path());
  {
    PyTorchStreamReader reader(path.string());
    PyTorchStreamWriter writer(written.string());
    for (const std::string& name : reader.getAllRecords()) {
      if (name == "version" || name.starts_with(".data/")) {
        continue;  // the writer has its own
      }
      const auto [bytes, size] = reader.getRecord(name);
      Member member{name, {static_cast<const char*>(bytes.get()), size}};
      change(member);
      writer.writeRecord(member.name, member.bytes.data(), member.bytes.size());
    }
    writer.writeRecord(more.name, more.bytes.data(), more.bytes.size());
    writer.writeEndOfFile();
  }
  fs::rename(written, path);
}

/// Every `from` in the file becomes `to`, of the same length.
void patch(const fs::path& path, const std::string& from, const std::string& to) {
  std::string bytes = test::file_bytes(path);
  for (std::size_t at = bytes.find(from); at != std::string::npos; at = bytes.find(from, at)) {
    bytes.replace(at, from.size(), to);
  }
  test::write_bytes(path, bytes);
}

void keep(Member& /*member*/) {}

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

TEST(ModuleCode, AllowsWhatTorchWrites) {
  EXPECT_NO_THROW(check_archive_code(archive_of(kHarmless)));
  std::size_t count = 0;
  for (const auto& entry : fs::directory_iterator(test::source_dir() / "models" / "demo")) {
    if (entry.path().extension() == ".pt") {
      EXPECT_NO_THROW(check_archive_code(entry.path())) << entry.path();
      ++count;
    }
  }
  EXPECT_EQ(count, 10U);
  EXPECT_EQ(strange_member({"traced_inputs.pkl", "traced_inputs/0", "constants/12", "data/0"}),
            std::nullopt);
}

TEST(ModuleCode, FindsMembersThatTorchDoesNotWrite) {
  for (const std::string name : {"CODE/__torch__.py",
                                 "code/__torch__.pyc",
                                 "code/../evil.py",
                                 "code//evil.py",
                                 "code/a/./b.py",
                                 "code/.py",
                                 "code",
                                 "code/",
                                 "libs/evil.py",
                                 "model.json",
                                 "./code/__torch__.py",
                                 "bytecode.pkl",
                                 "Data.pkl",
                                 "data/x",
                                 "data/",
                                 "data/0/1",
                                 "extra/../code/a.py",
                                 "extra//etc/passwd",
                                 "extra/a\\..\\b.py",
                                 "extra/",
                                 ".data/ts_code/a.py",
                                 "code/a.debug_pkl",
                                 "code/a\\b.py",
                                 "code/a.PY",
                                 ""}) {
    EXPECT_EQ(strange_member({"data.pkl", name}), name);
  }
  EXPECT_EQ(strange_member({"data.pkl", "version", "data.pkl"}), "data.pkl");
  EXPECT_EQ(strange_member({"code/a/b.py", "code/A/b.py"}), "code/A/b.py");
}

TEST(ModuleCode, RefusesCodeUnderANameOfAnotherCase) {
  const fs::path path = archive_of("def forward(self, x):\n  torch.save(x, \"f\")\n  return x\n");
  expect_error(ExitCode::bundle, "'save'", [&] { check_archive_code(path); });
  rewrite(path, [](Member& member) {
    if (member.name.starts_with("code/")) {
      member.name.replace(0, 4, "CODE");
    }
  });
  EXPECT_NO_THROW(torch::jit::load(path.string()));  // for torch's reader it is the same
  expect_error(ExitCode::bundle, {path.string(), "CODE/__torch__/networks.py"}, [&] {
    check_archive_code(path);
  });
}

TEST(ModuleCode, RefusesAMemberThatIsThereTwice) {
  const fs::path path = archive_of(kHarmless);
  rewrite(path, keep, {"code/__torch__/networkz.py", "torch.save"});
  patch(path, "networkz.py", "networks.py");
  expect_error(ExitCode::bundle, {"'code/__torch__/networks.py'", "twice"}, [&] {
    check_archive_code(path);
  });
}

TEST(ModuleCode, RefusesMembersElsewhere) {
  const fs::path path = archive_of(kHarmless);
  rewrite(path, keep, {"hidden/evil.py", "torch.save"});
  expect_error(ExitCode::bundle, {path.string(), "'hidden/evil.py'", "torch.jit.save"}, [&] {
    check_archive_code(path);
  });
}

TEST(ModuleCode, RefusesDataOfCustomClasses) {
  const fs::path path = archive_of(kHarmless);
  rewrite(path, [](Member& member) {
    if (member.name == "data.pkl") {
      const std::string network = "__torch__.networks\nNetwork\n";
      const std::size_t at = member.bytes.find(network);
      ASSERT_NE(at, std::string::npos);
      member.bytes.replace(
          at, network.size(), "__torch__.torch.classes.quantized\nLinearPackedParamsBase\n");
    }
  });
  expect_error(ExitCode::bundle, {path.string(), "data.pkl", "torch.classes"}, [&] {
    check_archive_code(path);
  });
  EXPECT_EQ(forbidden_class("c__torch__.torch\nclasses.quantized.Conv2d\n"), "torch.classes");
}

}  // namespace
}  // namespace hyportrait::nn
