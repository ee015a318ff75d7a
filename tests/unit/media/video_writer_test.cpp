// SPDX-License-Identifier: Apache-2.0
#include "media/video_writer.h"

#include "media/av_ptr.h"
#include "media/video_reader.h"
#include "support/expect_error.h"
#include "support/ffmpeg_tools.h"
#include "support/synthetic_clip.h"
#include "support/test_dir.h"

#include <gtest/gtest.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <random>

namespace hyportrait::media {
namespace {

namespace fs = std::filesystem;
using test::expect_error;
using test::test_dir;

WriterOptions small_options() {
  WriterOptions options;
  options.width = 192;
  options.height = 160;
  options.frame_rate = {25, 1};
  options.time_base = {1, 25};
  return options;
}

/// A bar-coded frame shown at `pts_seconds` for `duration_seconds`.
Frame coded_frame(int number,
                  const WriterOptions& options,
                  double pts_seconds,
                  double duration_seconds) {
  Frame frame = test::bar_code_frame(number, options.width, options.height);
  frame.pts_seconds = pts_seconds;
  frame.duration_seconds = duration_seconds;
  return frame;
}

/// `times` holds each frame's start and, last, the end of the last one.
WrittenFacts write_clip(const fs::path& path,
                        const WriterOptions& options,
                        const std::vector<double>& times) {
  VideoWriter writer(path, options);
  for (std::size_t i = 0; i + 1 < times.size(); ++i) {
    writer.write(coded_frame(static_cast<int>(i), options, times[i], times[i + 1] - times[i]));
  }
  return writer.finish();
}

std::vector<double> steady_times(int frames, double fps) {
  std::vector<double> times;
  for (int i = 0; i <= frames; ++i) {
    times.push_back(i / fps);
  }
  return times;
}

void expect_clip(const fs::path& path, const std::vector<double>& times) {
  const std::vector<double> probed = test::probe_frame_times(path);
  ASSERT_EQ(probed.size() + 1, times.size());
  VideoReader reader(path);
  for (std::size_t i = 0; i < probed.size(); ++i) {
    EXPECT_NEAR(probed[i], times[i], 0.001) << "frame " << i;
    EXPECT_EQ(test::read_bar_code(*reader.next()), static_cast<int>(i));
  }
}

double end_of(const fs::path& path) {
  VideoReader reader(path);
  double end = 0.0;
  while (const std::optional<Frame> frame = reader.next()) {
    end = frame->pts_seconds + frame->duration_seconds;
  }
  return end;
}

bool has_encoder(const char* name) {
  return avcodec_find_encoder_by_name(name) != nullptr;
}

TEST(VideoWriter, RoundTripKeepsFramesAndTags) {
  const fs::path path = test_dir() / "out.mp4";
  const std::vector<double> times = steady_times(70, 25.0);
  const WrittenFacts report = write_clip(path, small_options(), times);
  EXPECT_EQ(report.frames, 70);
  EXPECT_EQ(report.audio_packets, 0);
  EXPECT_EQ(report.encoder, has_encoder("libx264") ? "libx264" : "libopenh264");
  EXPECT_TRUE(report.notes.empty());
  expect_clip(path, times);
  EXPECT_NEAR(end_of(path), 70 / 25.0, 0.001);
  const auto stream = test::probe_video_stream(path);
  EXPECT_EQ(stream.at("codec_name"), "h264");
  EXPECT_EQ(stream.at("pix_fmt"), "yuv420p");
  EXPECT_EQ(stream.at("color_space"), "bt709");
  EXPECT_EQ(stream.at("color_range"), "tv");
  EXPECT_EQ(stream.at("color_primaries"), "bt709");
  EXPECT_EQ(stream.at("color_transfer"), "bt709");
  EXPECT_EQ(stream.at("avg_frame_rate"), "25/1");
  EXPECT_EQ(stream.at("nb_frames"), "70");
  EXPECT_FALSE(fs::exists(path.string() + ".part"));
}

TEST(VideoWriter, PutsTheIndexInFront) {
  const fs::path path = test_dir() / "out.mp4";
  write_clip(path, small_options(), steady_times(5, 25.0));
  const std::string bytes = test::run_command("cat " + path.string());
  EXPECT_LT(bytes.find("moov"), bytes.find("mdat"));
}

TEST(VideoWriter, KeepsVariableTimesLateStartsAndTheLastDuration) {
  const fs::path dir = test_dir();
  WriterOptions options = small_options();
  options.time_base = {1, 15360};
  std::vector<double> times = {0.852};
  for (int i = 0; i < 60; ++i) {
    times.push_back(times.back() + (i % 4 == 0 ? 0.2 : 0.0334) + (i == 59 ? 0.5 : 0.0));
  }
  for (const std::string name : {"out.mp4", "out.mov", "out.mkv"}) {
    SCOPED_TRACE(name);
    write_clip(dir / name, options, times);
    expect_clip(dir / name, times);
    if (name != "out.mkv") {  // Matroska states no duration for the last frame
      EXPECT_NEAR(end_of(dir / name), times.back(), 0.001);
    }
  }
}

TEST(VideoWriter, TimesOfOddRatesAreExact) {
  const fs::path dir = test_dir();
  for (const Rational rate :
       {Rational{30000, 1001}, Rational{2997, 100}, Rational{60, 1}, Rational{15, 2}}) {
    SCOPED_TRACE(rate.value());
    WriterOptions options = small_options();
    options.frame_rate = rate;
    options.time_base = {rate.den, rate.num};
    const std::vector<double> times = steady_times(40, rate.value());
    write_clip(dir / "out.mp4", options, times);
    expect_clip(dir / "out.mp4", times);
    const Rational probed = VideoReader(dir / "out.mp4").info().frame_rate;
    EXPECT_NEAR(probed.value(), rate.value(), 1e-3);
  }
}

TEST(VideoWriter, OneFrameIsAVideo) {
  const fs::path path = test_dir() / "out.mp4";
  write_clip(path, small_options(), {0.0, 0.04});
  expect_clip(path, {0.0, 0.04});
  EXPECT_NEAR(end_of(path), 0.04, 0.001);
}

TEST(VideoWriter, CutsOddSizesWithANote) {
  const fs::path path = test_dir() / "out.mp4";
  WriterOptions options = small_options();
  options.width = 193;
  options.height = 161;
  const WrittenFacts report = write_clip(path, options, steady_times(3, 25.0));
  EXPECT_EQ(test::probe_video_stream(path).at("width"), 192);
  EXPECT_EQ(test::probe_video_stream(path).at("height"), 160);
  EXPECT_EQ(report.notes.size(), 2U);
  options.pixel_format = "yuv444p";
  options.codec = "ffv1";
  const fs::path whole = test_dir() / "out.mkv";
  write_clip(whole, options, steady_times(3, 25.0));
  EXPECT_EQ(test::probe_video_stream(whole).at("width"), 193);
}

TEST(VideoWriter, ColourComesBackWithinTwoLevels) {
  const fs::path dir = test_dir();
  WriterOptions options = small_options();
  options.crf = 1;
  Frame frame = Frame::black(options.width, options.height);
  for (int y = 0; y < frame.height; ++y) {
    for (int x = 0; x < frame.width; ++x) {
      const int patch = x / 24 + 8 * (y / 40);  // 32 patches of 24x40
      frame.row(y)[x * 3] = static_cast<std::uint8_t>((patch & 1) * 200 + patch);
      frame.row(y)[x * 3 + 1] = static_cast<std::uint8_t>((patch >> 1 & 1) * 190 + patch);
      frame.row(y)[x * 3 + 2] = static_cast<std::uint8_t>((patch >> 2 & 1) * 180 + patch * 2);
    }
  }
  frame.duration_seconds = 0.04;
  const std::string deep = has_encoder("libx264") ? "h264" : "ffv1";  // openh264 knows 8 bit 4:2:0
  const std::vector<std::array<std::string, 3>> kinds = {{"eight.mp4", "h264", "yuv420p"},
                                                         {"ten.mkv", deep, "yuv420p10le"},
                                                         {"full.mkv", deep, "yuv444p"},
                                                         {"prores.mov", "prores", "yuv420p"}};
  for (const auto& [name, codec, format] : kinds) {
    SCOPED_TRACE(name);
    options.pixel_format = format;
    options.codec = codec;
    options.crf = codec == "h264" ? std::optional(1) : std::nullopt;
    VideoWriter writer(dir / name, options);
    writer.write(frame);
    writer.finish();
    const Frame theirs = test::ffmpeg_frames(dir / name, options.width, options.height, 1).at(0);
    int worst = 0;
    for (int y = 20; y < frame.height; y += 40) {
      for (int i = 0; i < frame.width * 3; ++i) {
        const int in_patch = i / 3 % 24;
        worst =
            in_patch == 12 ? std::max(worst, std::abs(theirs.row(y)[i] - frame.row(y)[i])) : worst;
      }
    }
    EXPECT_LE(worst, 2);
  }
}

TEST(VideoWriter, WritesOtherCodecs) {
  const fs::path dir = test_dir();
  std::vector<std::array<std::string, 3>> kinds = {{"vp9", "out.webm", "vp9"},
                                                   {"av1", "out.mkv", "av1"},
                                                   {"prores", "out.mov", "prores"},
                                                   {"ffv1", "out.mkv", "ffv1"},
                                                   {"mpeg4", "out.mp4", "mpeg4"}};
  if (has_encoder("libx265")) {
    kinds.push_back({"hevc", "out.mp4", "hevc"});
  } else {
    expect_error(ExitCode::usage, "this FFmpeg has no encoder libx265; it has h264, av1", [] {
      check_output("out.mp4", "hevc", "yuv420p");
    });
  }
  for (const auto& [codec, name, expected] : kinds) {
    SCOPED_TRACE(codec);
    WriterOptions options = small_options();
    options.codec = codec;
    options.time_base = {1, 12800};
    const std::vector<double> times = steady_times(20, 25.0);
    write_clip(dir / name, options, times);
    EXPECT_EQ(test::probe_video_stream(dir / name).at("codec_name"), expected);
    expect_clip(dir / name, times);
  }
}

TEST(VideoWriter, RefusesWhatCannotBeWritten) {
  const fs::path dir = test_dir();
  const auto open =
      [&](const std::string& name, const std::string& codec, const std::string& format) {
        return [=] {
          WriterOptions options = small_options();
          options.codec = codec;
          options.pixel_format = format;
          VideoWriter writer(dir / name, options);
        };
      };
  expect_error(ExitCode::usage,
               "use .mp4, .mov, .mkv, .webm, .gif or .webp",
               open("out.avi", "h264", "yuv420p"));
  expect_error(ExitCode::usage, "it has h264, ", open("out.mp4", "h265x", "yuv420p"));
  expect_error(ExitCode::usage, "cannot carry prores", open("out.mp4", "prores", "yuv420p"));
  expect_error(ExitCode::usage, "cannot carry h264", open("out.webm", "h264", "yuv420p"));
  expect_error(ExitCode::usage, "it takes yuv420p", open("out.mp4", "h264", "pal8"));
  expect_error(ExitCode::usage, "--codec libopus", open("out.mp4", "libopus", "yuv420p"));
  expect_error(ExitCode::failed, "there is no folder", open("missing/out.mp4", "h264", "yuv420p"));
  EXPECT_TRUE(fs::is_empty(dir));
}

TEST(VideoWriter, ChecksNamesAheadOfTheWork) {
  EXPECT_NO_THROW(check_output("a.mp4", "h264", "yuv420p"));
  EXPECT_NO_THROW(check_output("a.MOV", "prores", "yuv420p"));
  expect_error(
      ExitCode::usage, "cannot carry h264", [] { check_output("a.webm", "h264", "yuv420p"); });
}

TEST(VideoWriter, RefusesAFolderThatCannotBeWritten) {
  if (geteuid() == 0) {
    GTEST_SKIP() << "SKIPPED: root may write everywhere";
  }
  const fs::path dir = test_dir();
  fs::permissions(dir, fs::perms::owner_read | fs::perms::owner_exec);
  expect_error(ExitCode::failed, "cannot be written: Permission denied", [&] {
    VideoWriter writer(dir / "out.mp4", small_options());
  });
  fs::permissions(dir, fs::perms::owner_all);
}

TEST(VideoWriter, TheNameThatComesLaterChoosesTheKindAndStandsInMessages) {
  const fs::path dir = test_dir();
  WriterOptions options = small_options();
  options.name = dir / "out.mov";
  VideoWriter writer(dir / "out.mov.part", options);
  writer.write(coded_frame(0, options, 0.0, 0.04));
  EXPECT_EQ(writer.finish().frames, 1);
  EXPECT_EQ(test::ffprobe("-f mov -show_streams", dir / "out.mov.part").at("streams").size(), 1U);
  options.name = dir / "out.avi";
  expect_error(
      ExitCode::usage, "out.avi: the name", [&] { VideoWriter(dir / "out.avi.part", options); });
}

/// A file system of 256 KB, unmounted at the end.
class SmallDisk {
 public:
  explicit SmallDisk(fs::path folder) : folder_(std::move(folder)) {
    fs::create_directories(folder_);
    mounted_ = ::mount("tmpfs", folder_.c_str(), "tmpfs", 0, "size=256k") == 0;
  }
  ~SmallDisk() {
    if (mounted_) {
      ::umount(folder_.c_str());
    }
  }
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;
  [[nodiscard]] bool mounted() const { return mounted_; }

 private:
  fs::path folder_;
  bool mounted_ = false;
};

TEST(VideoWriter, FullDiskIsAnError) {
  const fs::path dir = test_dir();
  const SmallDisk disk(dir / "small");
  if (!disk.mounted()) {
    GTEST_SKIP() << "SKIPPED: needs the right to mount a small tmpfs";
  }
  WriterOptions options = small_options();
  options.crf = 0;
  std::mt19937 noise(1);
  for (const int frames : {8, 60}) {  // the disk fills in the trailer, and while frames are written
    expect_error(ExitCode::failed, "the disk is full", [&] {
      VideoWriter writer(dir / "small" / "out.mp4", options);
      for (int i = 0; i < frames; ++i) {
        Frame frame = coded_frame(i, options, i * 0.04, 0.04);
        std::generate(frame.pixels.begin(), frame.pixels.end(), [&] {
          return static_cast<std::uint8_t>(noise());
        });
        writer.write(frame);
      }
      writer.finish();
    });
    fs::remove(dir / "small" / "out.mp4");
  }
}

}  // namespace
}  // namespace hyportrait::media
