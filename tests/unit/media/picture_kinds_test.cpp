// SPDX-License-Identifier: Apache-2.0
// Kinds of pictures, whole and damaged, and their colour profiles.
#include "media/image_io.h"
#include "support/expect_error.h"
#include "support/ffmpeg_tools.h"
#include "support/pixels.h"
#include "support/test_dir.h"

#include <gtest/gtest.h>
#include <jpeglib.h>
#include <lcms2.h>

#include <array>
#include <cmath>
#include <cstdio>  // jpeglib.h needs it before
#include <cstdlib>
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

constexpr Colour kWhite{255, 255, 255};

/// 64x48: left half red, right half blue, made by the ffmpeg program.
void make_small_picture(const fs::path& path, const std::string& arguments = "") {
  ffmpeg(
      "-f lavfi -i color=0xC81414:s=32x48:d=0.04 -f lavfi -i color=0x1414C8:s=32x48:d=0.04 "
      "-filter_complex [0][1]hstack -frames:v 1 " +
      arguments + " " + path.string());
}

std::string profile_bytes(cmsHPROFILE profile) {
  cmsUInt32Number size = 0;
  cmsSaveProfileToMem(profile, nullptr, &size);
  std::string bytes(size, '\0');
  cmsSaveProfileToMem(profile, bytes.data(), &size);
  cmsCloseProfile(profile);
  return bytes;
}

/// Linear light in the primaries of BT.2020: what it means is far from what its numbers look like.
std::string wide_profile() {
  const cmsCIExyY white{0.3127, 0.3290, 1.0};
  const cmsCIExyYTRIPLE primaries{{0.708, 0.292, 1.0}, {0.170, 0.797, 1.0}, {0.131, 0.046, 1.0}};
  cmsToneCurve* linear = cmsBuildGamma(nullptr, 1.0);
  std::array<cmsToneCurve*, 3> curves{linear, linear, linear};
  const std::string bytes = profile_bytes(cmsCreateRGBProfile(&white, &primaries, curves.data()));
  cmsFreeToneCurve(linear);
  return bytes;
}

std::string grey_profile() {
  const cmsCIExyY white{0.3127, 0.3290, 1.0};
  cmsToneCurve* linear = cmsBuildGamma(nullptr, 1.0);
  const std::string bytes = profile_bytes(cmsCreateGrayProfile(&white, linear));
  cmsFreeToneCurve(linear);
  return bytes;
}

/// 64x48 of one component, all 100.
std::string grey_jpeg() {
  jpeg_error_mgr errors{};
  jpeg_compress_struct info{};
  info.err = jpeg_std_error(&errors);
  jpeg_create_compress(&info);
  unsigned char* bytes = nullptr;
  unsigned long size = 0;
  jpeg_mem_dest(&info, &bytes, &size);
  info.image_width = 64;
  info.image_height = 48;
  info.input_components = 1;
  info.in_color_space = JCS_GRAYSCALE;
  jpeg_set_defaults(&info);
  jpeg_start_compress(&info, TRUE);
  std::array<JSAMPLE, 64> line{};
  line.fill(100);
  for (JSAMPROW row = line.data(); info.next_scanline < info.image_height;) {
    jpeg_write_scanlines(&info, &row, 1);
  }
  jpeg_finish_compress(&info);
  jpeg_destroy_compress(&info);
  std::string result(reinterpret_cast<const char*>(bytes), size);
  std::free(bytes);
  return result;
}

/// A JPEG with the profile in one APP2 segment (ICC.1:2022, annex B.4).
std::string with_profile(const std::string& jpeg, const std::string& profile) {
  const std::size_t size = profile.size() + 16;
  const std::string length{static_cast<char>(size >> 8), static_cast<char>(size & 0xFF)};
  return jpeg.substr(0, 2) + "\xFF\xE2" + length + std::string("ICC_PROFILE\0\1\1", 14) + profile +
         jpeg.substr(2);
}

/// 64x48, left half red, right half blue and, if there is alpha, half transparent. By a program of
/// its own, for a libheif that only reads has no encoder.
std::string make_heif(const std::string& format, bool alpha, const std::string& profile) {
  const fs::path dir = test_dir();
  write_bytes(dir / "profile", profile);
  test::run_command(test::tool("hyportrait-make-heif") + " " + format +
                    (alpha ? " alpha " : " opaque ") + (dir / "profile").string() + " " +
                    (dir / "made").string());
  return file_bytes(dir / "made");
}

TEST(PictureKinds, HeicAndAvifWithAlphaAndProfile) {
  const fs::path dir = test_dir();
  for (const auto& [name, format] : {std::pair{"a.heic", "hevc"}, std::pair{"a.avif", "av1"}}) {
    SCOPED_TRACE(name);
    write_bytes(dir / name, make_heif(format, false, ""));
    const Frame plain = read_image(dir / name, kBlack);
    ASSERT_EQ(plain.width, 64);
    ASSERT_EQ(plain.height, 48);
    expect_near(pixel(plain, 10, 24), {200, 20, 20}, 8);
    expect_near(pixel(plain, 50, 24), {20, 20, 200}, 8);
    EXPECT_TRUE(is_still_picture(dir / name));
    write_bytes(dir / name, make_heif(format, true, ""));
    expect_near(pixel(read_image(dir / name, kWhite), 10, 24), {227, 137, 137}, 8);
    write_bytes(dir / name, make_heif(format, false, wide_profile()));
    const std::array<int, 3> red = pixel(read_image(dir / name, kBlack), 10, 24);
    EXPECT_EQ(red[0], 255);  // outside of sRGB
    EXPECT_EQ(red[1], 0);
  }
}

TEST(PictureKinds, CutHeicAndAvifAreRefused) {
  const fs::path dir = test_dir();
  for (const char* format : {"hevc", "av1"}) {
    const std::string whole = make_heif(format, false, "");
    for (const double part : {0.1, 0.5, 0.9, 0.98}) {
      SCOPED_TRACE(part);
      write_bytes(
          dir / "cut",
          whole.substr(0, static_cast<std::size_t>(part * static_cast<double>(whole.size()))));
      expect_error(ExitCode::input, "cut: ", [&] { read_image(dir / "cut", kBlack); });
    }
  }
}

TEST(PictureKinds, BmpAndTheFirstFrameOfAGif) {
  const fs::path dir = test_dir();
  make_small_picture(dir / "a.bmp");
  expect_near(pixel(read_image(dir / "a.bmp", kBlack), 10, 24), {200, 20, 20}, 4);
  make_small_picture(dir / "still.gif");
  EXPECT_TRUE(is_still_picture(dir / "still.gif"));
  expect_near(pixel(read_image(dir / "still.gif", kBlack), 50, 24), {20, 20, 200}, 40);
  ffmpeg(
      "-f lavfi -i color=0xC81414:s=64x48:r=5:d=1 -f lavfi -i color=0x1414C8:s=64x48:r=5:d=1 "
      "-filter_complex [0][1]concat " +
      (dir / "moving.gif").string());
  EXPECT_FALSE(is_still_picture(dir / "moving.gif"));
  ffmpeg("-i " + (dir / "moving.gif").string() + " -f apng " + (dir / "moving.png").string());
  EXPECT_FALSE(is_still_picture(dir / "moving.png"));
  EXPECT_EQ(read_image(dir / "moving.png", kBlack).width, 64);
  expect_near(pixel(read_image(dir / "moving.gif", kBlack), 10, 24), {200, 20, 20}, 40);
}

TEST(PictureKinds, CutFilesOfEveryKindAreRefused) {
  const fs::path dir = test_dir();
  // Noise, so that the data fills the file evenly.
  ffmpeg("-f lavfi -i \"nullsrc=s=64x48:d=0.04,geq=random(1)*255:128:128\" -frames:v 1 " +
         (dir / "a.bmp").string());
  ffmpeg("-f lavfi -i \"nullsrc=s=64x48:d=0.04,geq=random(1)*255:128:128\" -frames:v 1 " +
         (dir / "a.gif").string());
  for (const std::string name : {"a.tiff", "lzw.tiff", "a.webp", "lossless.webp", "a.png"}) {
    const std::string how = name == "lossless.webp" ? "-lossless 1 "
                            : name == "a.tiff"      ? "-compression_algo raw "
                            : name == "lzw.tiff"    ? "-compression_algo lzw "
                                                    : "";
    ffmpeg("-f lavfi -i testsrc2=s=320x240:d=0.04 -frames:v 1 " + how + (dir / name).string());
    EXPECT_EQ(read_image(dir / name, kBlack).width, 320);
  }
  for (const std::string name :
       {"a.bmp", "a.gif", "a.tiff", "lzw.tiff", "a.webp", "lossless.webp", "a.png"}) {
    const std::string whole = file_bytes(dir / name);
    for (const double part : {0.3, 0.6, 0.9}) {
      SCOPED_TRACE(name + " " + std::to_string(part));
      write_bytes(
          dir / "cut",
          whole.substr(0, static_cast<std::size_t>(part * static_cast<double>(whole.size()))));
      expect_error(ExitCode::input, "cut: is damaged", [&] { read_image(dir / "cut", kBlack); });
    }
  }
}

TEST(PictureKinds, ACutOrDamagedJpegIsRefused) {
  const fs::path dir = test_dir();
  ffmpeg("-f lavfi -i testsrc2=s=320x240:d=0.04 -frames:v 1 -q:v 3 " + (dir / "a.jpg").string());
  const std::string whole = file_bytes(dir / "a.jpg");
  EXPECT_EQ(read_image(dir / "a.jpg", kBlack).width, 320);
  for (int percent = 10; percent < 100; percent += 10) {
    SCOPED_TRACE(percent);
    write_bytes(dir / "cut.jpg",
                whole.substr(0, whole.size() * static_cast<std::size_t>(percent) / 100));
    expect_error(
        ExitCode::input, "is damaged or cut off", [&] { read_image(dir / "cut.jpg", kBlack); });
  }
  std::string holed = whole;
  holed.replace(holed.size() / 2, 400, std::string(400, '\0'));
  write_bytes(dir / "holed.jpg", holed + "bytes after the end");
  expect_error(ExitCode::input, "is damaged", [&] { read_image(dir / "holed.jpg", kBlack); });
  write_bytes(dir / "longer.jpg", whole + "bytes after the end");  // cameras do that
  EXPECT_EQ(read_image(dir / "longer.jpg", kBlack).pixels,
            read_image(dir / "a.jpg", kBlack).pixels);
}

TEST(PictureKinds, AProfileIsConvertedToSrgb) {
  const fs::path dir = test_dir();
  make_small_picture(dir / "a.jpg", "-pix_fmt yuvj444p -q:v 1");
  const std::string plain = file_bytes(dir / "a.jpg");
  write_bytes(dir / "wide.jpg", with_profile(plain, wide_profile()));
  const std::array<int, 3> red = pixel(read_image(dir / "wide.jpg", kBlack), 10, 24);
  EXPECT_EQ(red[0], 255);
  EXPECT_EQ(red[1], 0);
  // sRGB's own profile leaves every level as it is.
  write_bytes(dir / "srgb.jpg", with_profile(plain, profile_bytes(cmsCreate_sRGBProfile())));
  EXPECT_EQ(read_image(dir / "srgb.jpg", kBlack).pixels, read_image(dir / "a.jpg", kBlack).pixels);
  EXPECT_EQ(read_image(dir / "wide.jpg", kBlack, Profiles::ignore).pixels,
            read_image(dir / "a.jpg", kBlack).pixels);
  // A damaged one is left out.
  write_bytes(dir / "bad.jpg", with_profile(plain, "no profile"));
  EXPECT_EQ(read_image(dir / "bad.jpg", kBlack).pixels, read_image(dir / "a.jpg", kBlack).pixels);
}

TEST(PictureKinds, AGreyProfileIsConvertedToo) {
  const fs::path dir = test_dir();
  write_bytes(dir / "a.jpg", grey_jpeg());
  write_bytes(dir / "linear.jpg", with_profile(file_bytes(dir / "a.jpg"), grey_profile()));
  const int before = pixel(read_image(dir / "a.jpg", kBlack), 3, 3)[0];
  // IEC 61966-2-1 of linear light.
  const double light = before / 255.0;
  const int expected =
      static_cast<int>(std::lround(255 * (1.055 * std::pow(light, 1 / 2.4) - 0.055)));
  expect_near(
      pixel(read_image(dir / "linear.jpg", kBlack), 3, 3), {expected, expected, expected}, 1);
  // One of three channels, linear too, is used as if the picture had three.
  write_bytes(dir / "odd.jpg", with_profile(file_bytes(dir / "a.jpg"), wide_profile()));
  expect_near(pixel(read_image(dir / "odd.jpg", kBlack), 3, 3), {expected, expected, expected}, 1);
}

}  // namespace
}  // namespace hyportrait::media
