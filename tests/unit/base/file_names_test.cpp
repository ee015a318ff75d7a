// SPDX-License-Identifier: Apache-2.0
#include "base/file_names.h"

#include "support/expect_error.h"
#include "support/test_dir.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <string>
#include <vector>

namespace hyportrait {
namespace {

namespace fs = std::filesystem;
using test::expect_error;
using test::test_dir;

TEST(FileNames, NumbersCountAsNumbers) {
  std::vector<std::string> names{
      "b10", "b9", "b010", "a", "b", "b9x", "b99999999999999999999", "B1"};
  std::sort(names.begin(), names.end(), natural_less);
  EXPECT_EQ(names,
            (std::vector<std::string>{
                "B1", "a", "b", "b9", "b9x", "b010", "b10", "b99999999999999999999"}));
  for (const std::string& name : names) {
    EXPECT_FALSE(natural_less(name, name));
  }
}

TEST(FileNames, OfAFolderOnlyWhatIsMeant) {
  const fs::path dir = test_dir();
  for (const char* name : {"2.PNG", "10.jpeg", "1.heic", "clip.mp4", ".3.png", "list.txt"}) {
    std::ofstream(dir / name) << "x";
  }
  fs::create_directory(dir / "4.png");
  EXPECT_EQ(files_in(dir, has_picture_ending),
            (std::vector<fs::path>{dir / "1.heic", dir / "2.PNG", dir / "10.jpeg"}));
  EXPECT_EQ(files_in(dir, has_clip_ending), std::vector<fs::path>{dir / "clip.mp4"});
  expect_error(
      ExitCode::input, "cannot be read", [&] { files_in(dir / "missing", has_clip_ending); });
}

TEST(FileNames, OnlyOneNumberMakesANumberedName) {
  EXPECT_TRUE(is_numbered_name("a/f_%04d.png"));
  EXPECT_TRUE(is_numbered_name("%d"));
  for (const char* name :
       {"a.png", "%s.png", "%d_%d.png", "100%", "%0d.png", "%4d.png", "%04.png"}) {
    EXPECT_FALSE(is_numbered_name(name)) << name;
  }
}

TEST(FileNames, NumberedFilesInOrderWithoutGaps) {
  const fs::path dir = test_dir();
  for (const char* name : {"f8", "f9", "f10", "f010", "fx", "f", "f-3"}) {
    std::ofstream(dir / name) << "x";
  }
  EXPECT_EQ(numbered_files(dir / "f%d"),
            (std::vector<fs::path>{dir / "f8", dir / "f9", dir / "f10"}));
  fs::remove(dir / "f9");
  expect_error(
      ExitCode::input, "number 9 is missing before f10", [&] { numbered_files(dir / "f%d"); });
}

}  // namespace
}  // namespace hyportrait
