// SPDX-License-Identifier: Apache-2.0
#include "media/video_reader.h"

#include "support/expect_error.h"
#include "support/ffmpeg_tools.h"
#include "support/synthetic_clip.h"
#include "support/test_dir.h"
#include "unit/media/read_all.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>

namespace hyportrait::media {
namespace {

namespace fs = std::filesystem;
using test::expect_error;
using test::test_dir;

std::vector<int> range(int from, int to) {
  std::vector<int> numbers;
  for (int i = from; i < to; ++i) {
    numbers.push_back(i);
  }
  return numbers;
}

void expect_times(const std::vector<Frame>& frames, const std::vector<double>& expected) {
  ASSERT_EQ(frames.size(), expected.size());
  for (std::size_t i = 0; i < frames.size(); ++i) {
    EXPECT_NEAR(frames[i].pts_seconds, expected[i], 1e-5) << "frame " << i;
  }
}

/// A copy of a clip's first `share`.
fs::path cut_off(const fs::path& clip, double share) {
  const fs::path cut = clip.parent_path() / ("cut_" + clip.filename().string());
  fs::copy_file(clip, cut);
  fs::resize_file(cut,
                  static_cast<std::uintmax_t>(static_cast<double>(fs::file_size(clip)) * share));
  return cut;
}

TEST(VideoReader, GivesEveryFrameInOrderWithItsTime) {
  const fs::path clip = test_dir() / "clip.mp4";
  test::make_clip(clip, {.frames = 50, .rate = "30000/1001", .sound = true});
  VideoReader reader(clip);
  EXPECT_EQ(reader.info().width, 192);
  EXPECT_EQ(reader.info().height, 160);
  EXPECT_EQ(reader.info().frame_rate, (Rational{30000, 1001}));
  EXPECT_EQ(reader.info().codec, "h264");
  EXPECT_EQ(reader.info().frame_count_hint, 50);
  EXPECT_TRUE(reader.info().has_audio);
  EXPECT_FALSE(reader.info().variable_frame_rate);
  const std::vector<Frame> frames = read_all(reader);
  EXPECT_EQ(codes_of(frames), range(0, 50));
  expect_times(frames, test::probe_frame_times(clip));
  EXPECT_NEAR(frames.back().duration_seconds, 1001.0 / 30000, 1e-5);
  EXPECT_FALSE(reader.ended_early());
  EXPECT_EQ(reader.next(), std::nullopt);
}

TEST(VideoReader, ReadsEveryContainer) {
  const fs::path dir = test_dir();
  const std::vector<std::pair<std::string, std::string>> kinds = {
      {"clip.mkv", "-c:v libx264 -preset veryfast -bf 3"},
      {"clip.mov", "-c:v prores_ks -pix_fmt yuv422p10le"},
      {"clip.webm", "-c:v libvpx-vp9 -deadline realtime -cpu-used 8 -crf 20 -b:v 0"},
      {"clip.gif", ""},
      {"clip.avi", "-c:v mpeg4 -q:v 2"},
      {"odd.mkv", "-c:v ffv1 -vf scale=191:159:flags=neighbor -pix_fmt bgr0"},
      {"ten.mp4", "-c:v libx265 -x265-params log-level=error -pix_fmt yuv420p10le"},
  };
  for (const auto& [name, arguments] : kinds) {
    SCOPED_TRACE(name);
    test::make_clip(dir / name, {.frames = 12, .rate = "25", .video_arguments = arguments});
    const std::vector<Frame> frames = read_all(dir / name);
    EXPECT_EQ(codes_of(frames), range(0, 12));
    expect_times(frames, test::probe_frame_times(dir / name));
  }
}

TEST(VideoReader, KeepsVariableTimes) {
  const fs::path dir = test_dir();
  test::make_clip(dir / "constant.mp4", {.frames = 40});
  test::ffmpeg("-i " + (dir / "constant.mp4").string() +
               " -vf \"select='not(mod(n,3))+not(mod(n,7))'\" -vsync vfr -c:v libx264 " +
               (dir / "variable.mp4").string());
  VideoReader reader(dir / "variable.mp4");
  const std::vector<Frame> frames = read_all(reader);
  EXPECT_TRUE(reader.info().variable_frame_rate);
  expect_times(frames, test::probe_frame_times(dir / "variable.mp4"));
  for (std::size_t i = 0; i + 1 < frames.size(); ++i) {
    EXPECT_NEAR(
        frames[i].duration_seconds, frames[i + 1].pts_seconds - frames[i].pts_seconds, 1e-9);
    EXPECT_EQ(test::read_bar_code(frames[i]), std::lround(frames[i].pts_seconds * 30));
  }
}

TEST(VideoReader, TurnsRotatedClipsUpright) {
  const fs::path dir = test_dir();
  test::make_clip(dir / "stored.mp4", {.frames = 4});
  for (const int degrees : {90, 180, 270}) {
    SCOPED_TRACE(degrees);
    const fs::path turned = dir / ("turned" + std::to_string(degrees) + ".mp4");
    test::ffmpeg("-i " + (dir / "stored.mp4").string() + " -c copy -metadata:s:v:0 rotate=" +
                 std::to_string(degrees) + " " + turned.string());
    VideoReader reader(turned);
    const VideoInfo info = reader.info();
    // ffprobe's angle is counter-clockwise.
    const auto side_data = test::probe_video_stream(turned).at("side_data_list").at(0);
    EXPECT_EQ(info.rotation_degrees, (360 - side_data.at("rotation").get<int>()) % 360);
    EXPECT_EQ(info.width, degrees == 180 ? 192 : 160);
    const std::vector<Frame> ours = read_all(reader);
    // The ffmpeg program turns by itself.
    const std::vector<Frame> theirs = test::ffmpeg_frames(turned, info.width, info.height, 4);
    ASSERT_EQ(ours.size(), theirs.size());
    double difference = 0.0;
    for (std::size_t i = 0; i < ours[0].pixels.size(); ++i) {
      difference += std::abs(ours[0].pixels[i] - theirs[0].pixels[i]);
    }
    EXPECT_LT(difference / static_cast<double>(ours[0].pixels.size()), 1.5);
  }
}

TEST(VideoReader, CutsAtStartAndEnd) {
  const fs::path clip = test_dir() / "clip.mp4";
  test::make_clip(clip, {.frames = 60, .video_arguments = "-c:v libx264 -g 20 -pix_fmt yuv420p"});
  VideoReader reader(clip, {.start_seconds = 1.0, .end_seconds = 1.5});
  const std::vector<Frame> frames = read_all(reader);
  EXPECT_EQ(codes_of(frames), range(30, 45));
  EXPECT_NEAR(frames.front().pts_seconds, 0.0, 1e-6);
  EXPECT_NEAR(frames.back().pts_seconds + frames.back().duration_seconds, 0.5, 1e-4);
  EXPECT_TRUE(reader.ended_early());

  VideoReader between(clip, {.start_seconds = 0.99});
  EXPECT_NEAR(between.next()->pts_seconds, 0.01, 1e-6);
}

TEST(VideoReader, SaysWhetherMaxFramesLeftSomething) {
  const fs::path clip = test_dir() / "clip.mp4";
  test::make_clip(clip, {.frames = 10});
  VideoReader some(clip, {.max_frames = 4});
  EXPECT_EQ(codes_of(read_all(some)), range(0, 4));
  EXPECT_TRUE(some.ended_early());
  VideoReader all(clip, {.max_frames = 10});
  EXPECT_EQ(codes_of(read_all(all)), range(0, 10));
  EXPECT_FALSE(all.ended_early());
}

TEST(VideoReader, ResamplesLikeTheFpsFilter) {
  const fs::path dir = test_dir();
  test::make_clip(dir / "clip.mp4", {.frames = 40, .rate = "24"});
  test::ffmpeg("-i " + (dir / "clip.mp4").string() +
               " -vf \"select='not(mod(n,3))+not(mod(n,5))'\" -vsync vfr -c:v libx264 " +
               (dir / "vfr.mp4").string());
  for (const std::string name : {"clip.mp4", "vfr.mp4"}) {
    for (const Rational fps : {Rational{25, 1}, Rational{10, 1}, Rational{60000, 1001}}) {
      SCOPED_TRACE(name + " " + std::to_string(fps.value()));
      const fs::path expected = dir / "expected.mkv";
      test::ffmpeg("-i " + (dir / name).string() + " -vf fps=" + std::to_string(fps.num) + "/" +
                   std::to_string(fps.den) + " -c:v ffv1 " + expected.string());
      VideoReader reader(dir / name, {.fps = fps});
      EXPECT_EQ(reader.info().frame_rate, fps);
      const std::vector<Frame> frames = read_all(reader);
      EXPECT_EQ(codes_of(frames), codes_of(read_all(expected)));
      for (std::size_t i = 0; i < frames.size(); ++i) {
        EXPECT_NEAR(frames[i].pts_seconds, static_cast<double>(i) / fps.value(), 1e-9);
      }
    }
  }
}

TEST(VideoReader, ReadsAStillPictureAsOneFrame) {
  const fs::path picture = test_dir() / "picture.png";
  test::ffmpeg("-f lavfi -i color=red:s=64x48 -frames:v 1 " + picture.string());
  const std::vector<Frame> frames = read_all(picture);
  ASSERT_EQ(frames.size(), 1U);
  EXPECT_GT(frames[0].pixels[0], 250);
  EXPECT_GT(frames[0].duration_seconds, 0.0);
}

TEST(VideoReader, UsesWhatIsThereOfACutOffFile) {
  const fs::path dir = test_dir();
  test::make_clip(
      dir / "clip.mp4",
      {.frames = 60,
       .video_arguments = "-c:v libx264 -crf 12 -movflags +faststart -pix_fmt yuv420p"});
  const std::vector<Frame> frames = read_all(cut_off(dir / "clip.mp4", 0.6));
  EXPECT_GT(frames.size(), 20U);
  EXPECT_LT(frames.size(), 55U);
  const std::vector<int> codes = codes_of(frames);
  EXPECT_TRUE(std::equal(codes.begin(), codes.end() - 1, range(0, 60).begin()));
}

/// A promise of more frames, a stated end, or a last packet that is cut: each kind has one of them.
TEST(VideoReader, SaysThatACutOffFileBreaksOff) {
  const fs::path dir = test_dir();
  test::make_clip(dir / "clip.mp4", {.frames = 40});
  int number = 0;
  for (const std::string how : {"-c copy %.mkv",
                                "-c:v libvpx -b:v 2M %.webm",
                                "-c:v flv -q:v 2 %.flv",
                                "-c copy %.flv",
                                "-c copy -movflags faststart %.mov",
                                "-c:v mjpeg -movflags frag_keyframe+empty_moov %.mp4",
                                "-c:v mpeg4 %.avi",
                                "-vf select='not(mod(n\\,3))' -vsync vfr %.mkv"}) {
    SCOPED_TRACE(how);
    const std::size_t name = how.find('%');
    const fs::path whole = dir / (std::to_string(number++) + how.substr(name + 1));
    test::ffmpeg("-i " + (dir / "clip.mp4").string() + " -an " + how.substr(0, name) +
                 whole.string());
    testing::internal::CaptureStderr();
    const std::size_t frames = read_all(whole).size();
    EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
    const fs::path cut = cut_off(whole, 0.6);
    testing::internal::CaptureStderr();
    const std::size_t left = read_all(cut).size();
    EXPECT_NE(testing::internal::GetCapturedStderr().find("breaks off"), std::string::npos);
    EXPECT_LT(left, frames);
  }
}

TEST(VideoReader, RefusesWhatIsNoVideo) {
  const fs::path dir = test_dir();
  const auto open = [](const fs::path& path) { return [path] { read_all(path); }; };
  expect_error(ExitCode::input, "no such file", open(dir / "missing.mp4"));
  expect_error(ExitCode::input, "has no picture in it", open(dir));

  std::ofstream(dir / "empty.mp4").close();
  expect_error(ExitCode::input, "is empty", open(dir / "empty.mp4"));

  for (const std::string name : {"text.mp4", "text.txt", "text.ans"}) {
    std::ofstream(dir / name) << "This is a text, not a clip.\n\n" << std::string(4096, 'x');
    expect_error(ExitCode::input, (dir / name).string() + ": is not a video", open(dir / name));
  }
  test::ffmpeg("-f lavfi -i sine=d=1 " + (dir / "sound.m4a").string());
  expect_error(ExitCode::input, "no video stream", open(dir / "sound.m4a"));

  test::make_clip(dir / "clip.mp4", {.frames = 30});  // its index is at the end
  expect_error(ExitCode::input, "damaged", open(cut_off(dir / "clip.mp4", 0.5)));
}

TEST(VideoReader, OpensNoAddress) {
  for (const char* address : {"http://127.0.0.1:9/clip.mp4",
                              "HTTPS://127.0.0.1:9/clip.mp4",
                              "rtsp://127.0.0.1:9/clip",
                              "file:///etc/passwd"}) {
    expect_error(ExitCode::input, "is an address, and only local files are read", [&] {
      VideoReader reader(address);
    });
  }
  for (const char* protocol :
       {"concat:a.ts|b.ts", "pipe:0", "data:video/mp4;base64,AAAA", "tcp:"}) {
    expect_error(ExitCode::input, "no such file", [&] { VideoReader reader(protocol); });
  }
}

/// Files that name other files or addresses, which libav would open.
TEST(VideoReader, OpensNoPlayList) {
  const fs::path dir = test_dir();
  const fs::path clip = dir / "clip.ts";
  test::make_clip(clip, {.frames = 10});
  const std::string name = clip.string();
  const std::vector<std::pair<std::string, std::string>> lists = {
      {"list.m3u8",
       "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n" + name +
           "\n#EXT-X-ENDLIST\n"},
      {"far.m3u8",
       "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nhttp://127.0.0.1:9/a.ts\n#EXT-X-ENDLIST\n"},
      {"list.ffconcat", "ffconcat version 1.0\nfile '" + name + "'\n"},
      {"list.mpd",
       "<?xml version=\"1.0\"?><MPD xmlns=\"urn:mpeg:dash:schema:mpd:2011\" type=\"static\" "
       "mediaPresentationDuration=\"PT1S\"><Period><AdaptationSet mimeType=\"video/mp2t\">"
       "<Representation id=\"1\" bandwidth=\"1\"><BaseURL>" +
           name + "</BaseURL></Representation></AdaptationSet></Period></MPD>"},
      {"list.sdp",
       "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\n"
       "m=video 9 RTP/AVP 96\na=rtpmap:96 H264/90000\n"}};
  for (const auto& [list, text] : lists) {
    SCOPED_TRACE(list);
    for (const fs::path& path : {dir / list, dir / (list + ".mp4")}) {  // the name decides nothing
      std::ofstream(path) << text;
      expect_error(ExitCode::input, "is not a video", [&] { read_all(path); });
    }
  }
}

/// Time stamps of days between two frames: with a fixed rate they would be filled with pictures.
TEST(VideoReader, GoesOnWhereTimeStampsJumpOverADay) {
  const fs::path clip = test_dir() / "gap.mkv";
  test::ffmpeg(
      "-f lavfi -i color=gray:s=64x64:r=25 -frames:v 6 -vf "
      "\"setpts=N/25/TB+gte(N\\,3)*200000/TB\" -fps_mode passthrough -c:v ffv1 " +
      clip.string());
  for (const std::optional<Rational> fps :
       {std::optional<Rational>(), std::optional(Rational{25, 1})}) {
    testing::internal::CaptureStderr();
    VideoReader reader(clip, {.fps = fps});
    expect_times(read_all(reader), {0, 0.04, 0.08, 0.12, 0.16, 0.2});
    EXPECT_TRUE(reader.clock_jumped());
    const std::string log = testing::internal::GetCapturedStderr();
    EXPECT_NE(log.find("jump in 1 place"), std::string::npos) << log;
  }
}

TEST(VideoReader, GoesOnWhereTheClockIsSetBack) {
  const fs::path dir = test_dir();
  for (const std::string offset : {"100", "50"}) {
    test::ffmpeg(
        "-f lavfi -i testsrc2=s=64x64:r=25 -frames:v 5 -c:v mpeg2video -bf 0 -muxdelay 0 " +
        ("-muxpreload 0 -output_ts_offset " + offset) + " " + (dir / (offset + ".ts")).string());
  }
  test::run_command("cat " + (dir / "100.ts").string() + " " + (dir / "50.ts").string() + " > " +
                    (dir / "both.ts").string());
  VideoReader reader(dir / "both.ts", {.start_seconds = 1.0});
  const std::vector<Frame> frames = read_all(reader);
  ASSERT_GE(frames.size(), 9U);
  for (std::size_t i = 1; i < frames.size(); ++i) {
    EXPECT_NEAR(frames[i].pts_seconds - frames[i - 1].pts_seconds, 0.04, 0.001) << i;
  }
  EXPECT_TRUE(reader.clock_jumped());
}

/// The muxer moves a repeated time stamp by a 90,000th of a second.
TEST(VideoReader, RepeatedTimeStampsAreTimedByTheFrameRate) {
  const fs::path dir = test_dir();
  test::ffmpeg(
      "-f lavfi -i testsrc2=s=64x64:r=25 -frames:v 20 -c:v libx264 -bf 0 -muxdelay 0 -muxpreload 0 "
      "-bsf:v \"setts=ts=floor(N/5)*5*3600\" " +
      (dir / "fives.ts").string());
  test::ffmpeg(
      "-f lavfi -i testsrc2=s=64x64:r=25 -frames:v 20 -vf setpts=0 -fps_mode passthrough "
      "-enc_time_base 1/90000 -c:v libx264 -bf 0 -muxdelay 0 -muxpreload 0 " +
      (dir / "same.ts").string());
  for (const std::string name : {"fives.ts", "same.ts"}) {
    SCOPED_TRACE(name);
    testing::internal::CaptureStderr();
    const std::vector<Frame> frames = read_all(dir / name);
    const std::string log = testing::internal::GetCapturedStderr();
    EXPECT_NE(log.find("repeat or go back"), std::string::npos) << log;
    ASSERT_EQ(frames.size(), 20U);
    for (std::size_t i = 1; i < frames.size(); ++i) {
      EXPECT_NEAR(frames[i].pts_seconds - frames[i - 1].pts_seconds, 0.04, 0.001) << i;
      EXPECT_NEAR(frames[i].duration_seconds, 0.04, 0.001) << i;
    }
  }
}

/// It counts pictures that are left out because they repeat the one before.
TEST(VideoReader, AnIntactAviWithPausesDoesNotBreakOff) {
  const fs::path dir = test_dir();
  test::ffmpeg(
      "-f lavfi -i testsrc2=s=64x64:r=25:d=2 -vf \"setpts='if(gt(N,20),N+30,N)/25/TB'\" -vsync vfr "
      "-c:v mpeg4 " +
      (dir / "pause.avi").string());
  testing::internal::CaptureStderr();
  EXPECT_EQ(read_all(dir / "pause.avi").size(), 50U);
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
  testing::internal::CaptureStderr();
  EXPECT_LT(read_all(cut_off(dir / "pause.avi", 0.7)).size(), 50U);
  EXPECT_NE(testing::internal::GetCapturedStderr().find("breaks off"), std::string::npos);
}

TEST(VideoReader, RefusesAbsurdSizes) {
  const fs::path clip = test_dir() / "wide.mkv";
  test::ffmpeg("-f lavfi -i color=gray:s=20000x16:r=1 -frames:v 1 -c:v ffv1 " + clip.string());
  expect_error(ExitCode::input, "too large", [&] { VideoReader reader(clip); });
}

TEST(VideoReader, SaysWhenTheAskedTimeIsEmpty) {
  const fs::path clip = test_dir() / "clip.mp4";
  test::make_clip(clip, {.frames = 5});
  expect_error(
      ExitCode::input, "no frame in the time", [&] { read_all(clip, {.start_seconds = 100.0}); });
}

TEST(VideoReader, ReadsEveryTestClipLikeFfprobe) {
  HYPORTRAIT_NEEDS_SHARED("testdata/clips");
  for (const auto& entry : fs::directory_iterator(test::shared_path("testdata/clips"))) {
    SCOPED_TRACE(entry.path().filename().string());
    VideoReader reader(entry.path());
    const auto stream = test::probe_video_stream(entry.path());
    const bool sideways = reader.info().rotation_degrees % 180 != 0;
    EXPECT_EQ(reader.info().width, stream.at(sideways ? "height" : "width").get<int>());
    EXPECT_EQ(reader.info().height, stream.at(sideways ? "width" : "height").get<int>());
    const std::vector<double> expected = test::probe_frame_times(entry.path());
    std::size_t count = 0;
    for (; std::optional<Frame> frame = reader.next(); ++count) {
      ASSERT_LT(count, expected.size());
      EXPECT_NEAR(frame->pts_seconds, expected[count], 1e-5) << "frame " << count;
      EXPECT_EQ(frame->width, reader.info().width);
      EXPECT_GT(frame->duration_seconds, 0.0);
    }
    EXPECT_EQ(count, expected.size());
  }
}

}  // namespace
}  // namespace hyportrait::media
