// SPDX-License-Identifier: Apache-2.0
#include "media/image_io.h"

#include "support/expect_error.h"
#include "support/ffmpeg_tools.h"
#include "support/pixels.h"
#include "support/test_dir.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <cstring>
#include <fstream>

namespace hyportrait::media {
namespace {

namespace fs = std::filesystem;
using test::expect_error;
using test::expect_near;
using test::ffmpeg;
using test::file_bytes;
using test::kBlack;
using test::pixel;
using test::test_dir;
using test::write_bytes;

constexpr Colour kGreen{0, 255, 0};

/// 40x24: left half red, right half blue, made by the ffmpeg program.
void make_picture(const fs::path& path,
                  const std::string& filter = "null",
                  const std::string& arguments = "") {
  ffmpeg(
      "-f lavfi -i color=0xC81414:s=20x24:d=0.04 -f lavfi -i color=0x1414C8:s=20x24:d=0.04 "
      "-filter_complex "
      "\"[0][1]hstack," +
      filter + "\" -frames:v 1 " + arguments + " " + path.string());
}

/// A TIFF block that holds nothing but the orientation.
std::string exif_block(char orientation) {
  std::string block("II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0", 18);
  block += orientation;
  return block + std::string(7, '\0');
}

std::string big_endian(std::size_t value, int bytes) {
  std::string text;
  for (int i = bytes - 1; i >= 0; --i) {
    text += static_cast<char>(value >> (8 * i) & 0xFF);
  }
  return text;
}

TEST(ReadImage, EveryFormatAndDepth) {
  const fs::path dir = test_dir();
  const std::vector<std::pair<std::string, std::string>> kinds = {
      {"a.jpg", "-pix_fmt yuvj444p -q:v 1"},
      {"a.png", "-pix_fmt rgb24"},
      {"deep.png", "-pix_fmt rgb48be"},
      {"palette.png", "-pix_fmt pal8"},
      {"a.webp", "-lossless 1"},
      {"a.tiff", "-pix_fmt rgb24"},
      {"deep.tiff", "-pix_fmt rgb48le"}};
  for (const auto& [name, arguments] : kinds) {
    SCOPED_TRACE(name);
    const bool palette = name == "palette.png";
    make_picture(
        dir / name, palette ? "split[a][b];[a]palettegen[p];[b][p]paletteuse" : "null", arguments);
    const Frame frame = read_image(dir / name, kBlack);
    ASSERT_EQ(frame.width, 40);
    ASSERT_EQ(frame.height, 24);
    expect_near(pixel(frame, 5, 12), {200, 20, 20}, 4);
    expect_near(pixel(frame, 35, 12), {20, 20, 200}, 4);
  }
}

TEST(ReadImage, GreyStaysGrey) {
  const fs::path dir = test_dir();
  for (const std::string format : {"gray", "gray16be"}) {
    make_picture(dir / "grey.png", "format=gray,lutyuv=y=150", "-pix_fmt " + format);
    expect_near(pixel(read_image(dir / "grey.png", kBlack), 3, 3), {150, 150, 150}, 1);
  }
}

TEST(ReadImage, GoesByContentNotByName) {
  const fs::path dir = test_dir();
  make_picture(dir / "a.jpg", "null", "-q:v 1");
  fs::rename(dir / "a.jpg", dir / "named.png");
  EXPECT_EQ(read_image(dir / "named.png", kBlack).width, 40);
}

TEST(ReadImage, TransparencyIsComposedOverTheBackground) {
  const fs::path dir = test_dir();
  make_picture(dir / "alpha.png", "format=rgba,colorchannelmixer=aa=0.5", "-pix_fmt rgba");
  make_picture(dir / "deep.png", "format=rgba,colorchannelmixer=aa=0.5", "-pix_fmt rgba64be");
  make_picture(
      dir / "alpha.webp", "format=rgba,colorchannelmixer=aa=0.5", "-lossless 1 -pix_fmt bgra");
  make_picture(
      dir / "grey.png", "format=gray,lutyuv=y=200,format=ya8,lutyuv=a=128", "-pix_fmt ya8");
  for (const std::string name : {"alpha.png", "deep.png", "alpha.webp"}) {
    SCOPED_TRACE(name);
    expect_near(pixel(read_image(dir / name, kGreen), 5, 12), {100, 138, 10}, 3);
    expect_near(pixel(read_image(dir / name, kBlack), 5, 12), {100, 10, 10}, 3);
  }
  expect_near(pixel(read_image(dir / "grey.png", kGreen), 5, 12), {100, 228, 100}, 3);
}

TEST(ReadImage, ExifOrientationIsHonoured) {
  const fs::path dir = test_dir();
  make_picture(dir / "plain.jpg", "null", "-q:v 1");
  make_picture(dir / "plain.png");
  make_picture(dir / "plain.webp", "null", "-lossless 1");
  const std::string jpeg = file_bytes(dir / "plain.jpg");
  const std::string png = file_bytes(dir / "plain.png");
  for (const char orientation : {'\1', '\3', '\6', '\10'}) {
    SCOPED_TRACE(static_cast<int>(orientation));
    const std::string block = exif_block(orientation);
    write_bytes(dir / "turned.jpg",
                jpeg.substr(0, 2) + "\xFF\xE1" + big_endian(block.size() + 8, 2) +
                    std::string("Exif\0\0", 6) + block + jpeg.substr(2));
    // After the signature and IHDR; libpng does not check this chunk's CRC unless told to.
    write_bytes(dir / "turned.png",
                png.substr(0, 33) + big_endian(block.size(), 4) + "eXIf" + block +
                    std::string(4, '\0') + png.substr(33));
    for (const std::string name : {"turned.jpg", "turned.png"}) {
      const Frame frame = read_image(dir / name, kBlack);
      const bool sideways = orientation >= 5;
      EXPECT_EQ(frame.width, sideways ? 24 : 40);
      // Stored left is: left, right, top, bottom.
      const bool red_first = orientation == 1 || orientation == 6;
      expect_near(
          pixel(frame, 3, 3), red_first ? std::array{200, 20, 20} : std::array{20, 20, 200}, 6);
    }
  }
}

TEST(ReadImage, RefusesWhatIsNoPicture) {
  const fs::path dir = test_dir();
  const auto read = [](const fs::path& path) { return [path] { read_image(path, kBlack); }; };
  expect_error(ExitCode::input, "no such file", read(dir / "missing.png"));
  expect_error(ExitCode::input, "is a folder", read(dir));
  write_bytes(dir / "empty.png", "");
  expect_error(ExitCode::input, "is empty", read(dir / "empty.png"));
  write_bytes(dir / "text.png", "not a picture");
  expect_error(ExitCode::input, "is not a picture", read(dir / "text.png"));
  make_picture(dir / "whole.png");
  write_bytes(dir / "cut.png", file_bytes(dir / "whole.png").substr(0, 60));
  expect_error(ExitCode::input, "cut.png: is damaged", read(dir / "cut.png"));
  write_bytes(dir / "head.webp", "RIFF\x10" + std::string(3, '\0') + "WEBPVP8 ");
  expect_error(ExitCode::input, "is damaged", read(dir / "head.webp"));
}

TEST(ReadImage, RefusesAbsurdSizesBeforeDecoding) {
  const fs::path dir = test_dir();
  make_picture(dir / "small.png");
  std::string png = file_bytes(dir / "small.png");
  png.replace(16, 8, big_endian(60000, 4) + big_endian(60000, 4));
  write_bytes(dir / "huge.png", png);
  expect_error(
      ExitCode::input, "60000x60000, too large", [&] { read_image(dir / "huge.png", kBlack); });
}

TEST(ReadImage, TestPortraits) {
  HYPORTRAIT_NEEDS_SHARED("testdata/portraits");
  for (const auto& entry : fs::directory_iterator(test::shared_path("testdata/portraits"))) {
    SCOPED_TRACE(entry.path().filename().string());
    const Frame ours = read_image(entry.path(), kBlack, Profiles::ignore);  // as ffmpeg does
    const std::string name = entry.path().filename().string();
    if (name.find("rgba") != std::string::npos) {
      continue;  // the ffmpeg program does not compose (but turns by EXIF as we do)
    }
    const std::string bytes = test::run_command(
        "ffmpeg -v error -nostdin -i " + entry.path().string() +
        " -sws_flags accurate_rnd+full_chroma_int -frames:v 1 -f rawvideo -pix_fmt rgb24 -");
    ASSERT_EQ(bytes.size(), ours.pixels.size());
    double sum = 0.0;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      sum += std::abs(static_cast<std::uint8_t>(bytes[i]) - ours.pixels[i]);
    }
    EXPECT_LT(sum / static_cast<double>(bytes.size()), 1.0);  // chroma is scaled in another way
  }
}

TEST(WritePng, RoundTripIsExactAndAtomic) {
  const fs::path dir = test_dir();
  Frame frame = Frame::black(31, 17);
  for (std::size_t i = 0; i < frame.pixels.size(); ++i) {
    frame.pixels[i] = static_cast<std::uint8_t>(i * 37);
  }
  write_png(dir / "a.png", frame);
  EXPECT_EQ(read_image(dir / "a.png", kBlack).pixels, frame.pixels);
  EXPECT_EQ(std::distance(fs::directory_iterator(dir), fs::directory_iterator()), 1);
  expect_error(
      ExitCode::failed, "cannot be written", [&] { write_png(dir / "missing" / "a.png", frame); });
}

}  // namespace
}  // namespace hyportrait::media
