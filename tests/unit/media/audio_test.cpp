// SPDX-License-Identifier: Apache-2.0
#include "base/stage_timer.h"
#include "media/video_reader.h"
#include "media/video_writer.h"
#include "support/expect_error.h"
#include "support/ffmpeg_tools.h"
#include "support/synthetic_clip.h"
#include "support/test_dir.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

namespace hyportrait::media {
namespace {

namespace fs = std::filesystem;
using test::ProbedPacket;
using test::test_dir;

/// Reads a clip and writes it again with its sound, as `animate` does.
WrittenFacts copy_clip(const fs::path& from,
                       const fs::path& to,
                       const ReaderOptions& reading = {},
                       const std::string& codec = "h264") {
  std::optional<double> end_seconds;
  if (reading.max_frames > 0 || reading.end_seconds) {
    VideoReader first_pass(from, reading);
    double end = 0.0;
    while (const std::optional<Frame> frame = first_pass.next()) {
      end = frame->pts_seconds + frame->duration_seconds + reading.start_seconds.value_or(0.0);
    }
    end_seconds = first_pass.ended_early() ? std::optional<double>(end) : std::nullopt;
  }
  VideoReader reader(from, reading);
  WriterOptions options;
  options.width = reader.info().width;
  options.height = reader.info().height;
  options.frame_rate = reader.info().frame_rate;
  options.time_base = reader.info().time_base;
  options.codec = codec;
  options.audio.source = from;
  options.audio.start_seconds = reading.start_seconds.value_or(0.0);
  options.audio.end_seconds = end_seconds;
  VideoWriter writer(to, options);
  while (const std::optional<Frame> frame = reader.next()) {
    writer.write(*frame);
  }
  return writer.finish();
}

void expect_same_packets(const std::vector<ProbedPacket>& source,
                         const std::vector<ProbedPacket>& copy,
                         double shift_seconds,
                         double tolerance_seconds) {
  ASSERT_EQ(copy.size(), source.size());
  for (std::size_t i = 0; i < copy.size(); ++i) {
    EXPECT_EQ(copy[i].hash, source[i].hash) << "packet " << i;
    EXPECT_NEAR(copy[i].pts_seconds, source[i].pts_seconds - shift_seconds, tolerance_seconds)
        << "packet " << i;
  }
}

/// When the flash is seen, s; -1 when it is not.
double flash_time(const fs::path& clip) {
  VideoReader reader(clip);
  while (const std::optional<Frame> frame = reader.next()) {
    if (test::lower_half_brightness(*frame) > 200) {
      return frame->pts_seconds;
    }
  }
  return -1.0;
}

void expect_beep_with_flash(const fs::path& clip) {
  const double flash = flash_time(clip);
  const double beep = test::loud_from(clip);
  ASSERT_GE(flash, 0.0);
  ASSERT_GE(beep, 0.0);
  EXPECT_NEAR(beep, flash, 1.0 / 30) << "within one frame";
}

/// Writes a clip's sound under a single black picture.
WrittenFacts carry_sound(const fs::path& from, const fs::path& to, AudioOptions audio = {}) {
  audio.source = from;
  VideoWriter writer(to,
                     {.width = 64,
                      .height = 48,
                      .codec = to.extension() == ".webm" ? "vp9" : "h264",
                      .audio = std::move(audio)});
  Frame frame = Frame::black(64, 48);
  frame.duration_seconds = 0.04;
  writer.write(frame);
  return writer.finish();
}

/// A transport stream of sound alone, a sine of 440 Hz; `how` says length, channels and codec, and
/// when it begins.
void make_tone(const fs::path& path, const std::string& rate, const std::string& how) {
  test::ffmpeg("-f lavfi -i sine=f=440:r=" + rate + " -strict -2 -muxdelay 0 -muxpreload 0 " + how +
               " " + path.string());
}

void join(const fs::path& first, const fs::path& second, const fs::path& joined) {
  test::run_command("cat " + first.string() + " " + second.string() + " > " + joined.string());
}

/// How loud a stretch of sound is (root mean square), and its tone by its changes of sign, Hz.
struct Stretch {
  double loudness = 0.0;
  double hertz = 0.0;
};
Stretch listen(const std::vector<float>& samples, double from_seconds, double to_seconds) {
  const auto at = [&](double seconds) {
    return std::min(samples.size(), static_cast<std::size_t>(seconds * 48000.0));
  };
  double squares = 0.0;
  int changes = 0;
  for (std::size_t i = at(from_seconds) + 1; i < at(to_seconds); ++i) {
    squares += samples[i] * samples[i];
    changes += (samples[i] < 0.0F) != (samples[i - 1] < 0.0F) ? 1 : 0;
  }
  const double seconds = to_seconds - from_seconds;
  return {std::sqrt(squares / (48000.0 * seconds)), changes / 2.0 / seconds};
}

void expect_tone(const std::vector<float>& samples, double from_seconds, double to_seconds) {
  SCOPED_TRACE(std::to_string(from_seconds) + " s to " + std::to_string(to_seconds) + " s");
  const Stretch heard = listen(samples, from_seconds, to_seconds);
  EXPECT_GT(heard.loudness, 0.03);
  EXPECT_NEAR(heard.hertz, 440.0, 4.0);
}

double seconds_of(const std::vector<float>& samples) {
  return static_cast<double>(samples.size()) / 48000.0;
}

TEST(Audio, PacketsAreCopiedUnchanged) {
  const fs::path dir = test_dir();
  test::make_clip(dir / "clip.mp4", {.frames = 90, .flash_frame = 45, .sound = true});
  for (const std::string name : {"out.mp4", "out.mov", "out.mkv"}) {
    SCOPED_TRACE(name);
    const WrittenFacts report = copy_clip(dir / "clip.mp4", dir / name);
    const std::vector<ProbedPacket> source = test::probe_audio(dir / "clip.mp4");
    EXPECT_FALSE(report.audio_reencoded);
    EXPECT_EQ(report.audio_packets, static_cast<std::int64_t>(source.size()));
    expect_same_packets(source, test::probe_audio(dir / name), 0.0, 0.001);
    expect_beep_with_flash(dir / name);
  }
}

TEST(Audio, CodecsThatTheContainerCarriesAreCopied) {
  const fs::path dir = test_dir();
  const std::string start =
      "-f lavfi -i testsrc=s=128x96:r=25:d=2 -f lavfi -i sine=d=2 -c:v libx264 -c:a ";
  test::ffmpeg(start + "libopus " + (dir / "opus.mkv").string());
  test::ffmpeg(start + "libmp3lame " + (dir / "mp3.mkv").string());
  test::ffmpeg(start + "flac " + (dir / "flac.mkv").string());
  test::ffmpeg(start + "ac3 " + (dir / "ac3.mp4").string());
  test::ffmpeg(start + "aac " + (dir / "aac.ts").string());
  for (const std::string name : {"opus.mkv", "mp3.mkv", "flac.mkv", "ac3.mp4"}) {
    SCOPED_TRACE(name);
    const fs::path out = dir / ("out_" + name + ".mp4");
    EXPECT_FALSE(copy_clip(dir / name, out).audio_reencoded);
    expect_same_packets(test::probe_audio(dir / name), test::probe_audio(out), 0.0, 0.001);
  }
  // A transport stream's AAC has headers in each packet, which MP4 keeps in one place.
  EXPECT_FALSE(copy_clip(dir / "aac.ts", dir / "ts.mp4").audio_reencoded);
  EXPECT_EQ(test::probe_audio(dir / "ts.mp4").size(), test::probe_audio(dir / "aac.ts").size());
}

TEST(Audio, IsReencodedWhereTheContainerCannotCarryIt) {
  const fs::path dir = test_dir();
  test::make_clip(dir / "clip.mp4", {.frames = 90, .flash_frame = 45, .sound = true});
  test::ffmpeg("-i " + (dir / "clip.mp4").string() + " -c:v copy -c:a pcm_s16le " +
               (dir / "pcm.mov").string());
  const WrittenFacts report = copy_clip(dir / "pcm.mov", dir / "out.mp4");
  EXPECT_TRUE(report.audio_reencoded);
  EXPECT_EQ(report.notes.size(), 1U);
  EXPECT_EQ(
      test::ffprobe("-select_streams a -show_streams", dir / "out.mp4")["streams"][0]["codec_name"],
      "aac");
  expect_beep_with_flash(dir / "out.mp4");
  EXPECT_TRUE(copy_clip(dir / "clip.mp4", dir / "out.webm", {}, "vp9").audio_reencoded);
  EXPECT_EQ(test::ffprobe("-select_streams a -show_streams",
                          dir / "out.webm")["streams"][0]["codec_name"],
            "opus");
  expect_beep_with_flash(dir / "out.webm");
}

/// FFmpeg's table says that MP4 carries it; its muxer does not.
TEST(Audio, WindowsMediaIsReencodedIntoMp4) {
  const fs::path dir = test_dir();
  test::make_clip(dir / "clip.mp4", {.frames = 90, .flash_frame = 45, .sound = true});
  for (const std::string codec : {"wmav2", "wmav1"}) {
    SCOPED_TRACE(codec);
    test::ffmpeg("-i " + (dir / "clip.mp4").string() + " -c:v msmpeg4 -c:a " + codec + " " +
                 (dir / "clip.wmv").string());
    for (const std::string name : {"out.mp4", "out.mov"}) {
      EXPECT_GT(copy_clip(dir / "clip.wmv", dir / name).audio_packets, 0) << name;
      EXPECT_GT(test::probe_audio(dir / name).size(), 20U) << name;
    }
    EXPECT_TRUE(copy_clip(dir / "clip.wmv", dir / "out.mp4").audio_reencoded);
    EXPECT_FALSE(copy_clip(dir / "clip.wmv", dir / "out.mkv").audio_reencoded);
  }
}

TEST(Audio, TheTrackThatIsAskedForIsTaken) {
  const fs::path dir = test_dir();
  test::ffmpeg(
      "-f lavfi -i testsrc=s=128x96:r=25:d=1 -f lavfi -i sine=f=440:d=1 -f lavfi -i "
      "anullsrc=d=1:cl=stereo -map 0 -map 1 -map 2 -c:v libx264 -c:a flac -shortest " +
      (dir / "two.mkv").string());
  EXPECT_EQ(VideoReader(dir / "two.mkv").info().audio_tracks, 2);
  carry_sound(dir / "two.mkv", dir / "tone.mkv", {.track = 0});
  carry_sound(dir / "two.mkv", dir / "silence.mkv", {.track = 1});
  EXPECT_GT(listen(test::decoded_sound(dir / "tone.mkv"), 0.1, 0.9).loudness, 0.03);
  EXPECT_LT(listen(test::decoded_sound(dir / "silence.mkv"), 0.1, 0.9).loudness, 0.001);
  test::expect_error(ExitCode::usage, "no sound track 2; there are 2", [&] {
    carry_sound(dir / "two.mkv", dir / "no.mkv", {.track = 2});
  });
}

TEST(Audio, StaysInTimeAfterACut) {
  const fs::path dir = test_dir();
  test::make_clip(dir / "clip.mp4", {.frames = 150, .flash_frame = 75, .sound = true});
  copy_clip(dir / "clip.mp4", dir / "cut.mp4", {.start_seconds = 1.01, .end_seconds = 4.0});
  expect_beep_with_flash(dir / "cut.mp4");
  EXPECT_NEAR(flash_time(dir / "cut.mp4"), 75 / 30.0 - 1.01, 0.001);
  const std::vector<ProbedPacket> all = test::probe_audio(dir / "clip.mp4");
  std::vector<ProbedPacket> expected;
  for (const ProbedPacket& packet : all) {
    if (packet.pts_seconds + 1024 / 44100.0 > 1.01 && packet.pts_seconds < 4.0) {
      expected.push_back(packet);
    }
  }
  expect_same_packets(expected, test::probe_audio(dir / "cut.mp4"), 1.01, 0.001);
}

TEST(Audio, EndsWithTheLastFrameOfMaxFrames) {
  const fs::path dir = test_dir();
  test::make_clip(dir / "clip.mp4", {.frames = 90, .sound = true});
  copy_clip(dir / "clip.mp4", dir / "first.mp4", {.max_frames = 10});
  std::vector<ProbedPacket> expected = test::probe_audio(dir / "clip.mp4");
  const std::vector<ProbedPacket> copied = test::probe_audio(dir / "first.mp4");
  ASSERT_LT(copied.size(), expected.size());
  expected.resize(copied.size());
  expect_same_packets(expected, copied, 0.0, 0.001);
  EXPECT_GE(copied.back().pts_seconds + 1024 / 44100.0, 10 / 30.0);
  EXPECT_LT(copied.back().pts_seconds, 10 / 30.0);
}

TEST(Audio, KeepsAllOfASoundThatOutlastsThePicture) {
  const fs::path dir = test_dir();
  test::ffmpeg("-f lavfi -i testsrc=s=128x96:r=25:d=1 -f lavfi -i sine=d=3 -c:v libx264 -c:a aac " +
               (dir / "clip.mp4").string());
  copy_clip(dir / "clip.mp4", dir / "out.mp4");
  expect_same_packets(
      test::probe_audio(dir / "clip.mp4"), test::probe_audio(dir / "out.mp4"), 0.0, 0.001);
}

TEST(Audio, GoesWithDroppedFrames) {
  const fs::path dir = test_dir();
  test::make_clip(dir / "clip.mp4", {.frames = 150, .flash_frame = 100, .sound = true});
  VideoReader reader(dir / "clip.mp4");
  WriterOptions options;
  options.width = reader.info().width;
  options.height = reader.info().height;
  options.frame_rate = reader.info().frame_rate;
  options.time_base = reader.info().time_base;
  options.audio.source = dir / "clip.mp4";
  options.audio.dropped = {{10 / 30.0, 37 / 30.0}, {60 / 30.0, 61 / 30.0}, {80 / 30.0, 91 / 30.0}};
  VideoWriter writer(dir / "out.mp4", options);
  int dropped = 0;
  while (std::optional<Frame> frame = reader.next()) {
    const int number = test::read_bar_code(*frame);
    if ((number >= 10 && number < 37) || number == 60 || (number >= 80 && number < 91)) {
      ++dropped;
      continue;
    }
    frame->pts_seconds -= dropped / 30.0;
    writer.write(*frame);
  }
  writer.finish();
  EXPECT_NEAR(flash_time(dir / "out.mp4"), (100 - 39) / 30.0, 0.001);
  expect_beep_with_flash(dir / "out.mp4");
  const std::vector<ProbedPacket> packets = test::probe_audio(dir / "out.mp4");
  for (std::size_t i = 1; i < packets.size(); ++i) {
    EXPECT_NEAR(packets[i].pts_seconds - packets[i - 1].pts_seconds, 1024 / 44100.0, 1024 / 44100.0)
        << i;
  }
}

TEST(Audio, IsInterleavedWithThePicture) {
  const fs::path dir = test_dir();
  test::make_clip(dir / "clip.mp4", {.frames = 300, .sound = true});
  copy_clip(dir / "clip.mp4", dir / "out.mp4");
  const auto packets =
      test::ffprobe("-show_packets -show_entries packet=codec_type,dts_time,pos", dir / "out.mp4");
  double sound = 0.0;
  double picture = 0.0;
  for (const auto& packet : packets.at("packets")) {
    (packet.at("codec_type") == "audio" ? sound : picture) =
        std::stod(packet.at("dts_time").get<std::string>());
    EXPECT_NEAR(sound, picture, 0.2);
  }
}

TEST(Audio, MayChangeRateAndLayoutInMidStream) {
  const fs::path dir = test_dir();
  make_tone(dir / "first.ts", "44100", "-t 2 -ac 2 -c:a mp2");
  make_tone(dir / "second.ts", "48000", "-t 2 -ac 1 -c:a mp2 -output_ts_offset 2");
  join(dir / "first.ts", dir / "second.ts", dir / "narrower.ts");  // decoded as planes: 2, then 1
  make_tone(dir / "third.ts", "32000", "-t 2 -ac 1 -c:a mp2");
  make_tone(dir / "fourth.ts", "48000", "-t 2 -ac 2 -c:a mp2 -output_ts_offset 2");
  join(dir / "third.ts", dir / "fourth.ts", dir / "wider.ts");
  for (const std::string name : {"narrower", "wider"}) {
    SCOPED_TRACE(name);
    EXPECT_TRUE(carry_sound(dir / (name + ".ts"), dir / (name + ".webm")).audio_reencoded);
    const std::vector<float> sound = test::decoded_sound(dir / (name + ".webm"));
    EXPECT_NEAR(seconds_of(sound), 4.0, 0.1);
    expect_tone(sound, 0.2, 1.9);
    expect_tone(sound, 2.2, 3.8);
  }
}

TEST(Audio, MayChangeSampleFormatInMidStream) {
  const fs::path dir = test_dir();
  make_tone(dir / "first.ts", "48000", "-t 2 -ac 2 -c:a s302m -sample_fmt s16");
  make_tone(
      dir / "second.ts", "48000", "-t 2 -ac 4 -c:a s302m -sample_fmt s32 -output_ts_offset 2");
  join(dir / "first.ts", dir / "second.ts", dir / "both.ts");
  EXPECT_TRUE(carry_sound(dir / "both.ts", dir / "out.mp4").audio_reencoded);
  const std::vector<float> sound = test::decoded_sound(dir / "out.mp4");
  EXPECT_NEAR(seconds_of(sound), 4.0, 0.1);
  expect_tone(sound, 0.1, 1.9);
  expect_tone(sound, 2.1, 3.9);
}

TEST(Audio, GoesOnWhereTimeStampsJump) {
  const fs::path dir = test_dir();
  // libav takes a time over a minute before the first for one after the 33 bits have wrapped.
  make_tone(dir / "late.ts", "48000", "-t 2 -ac 2 -c:a s302m -output_ts_offset 100");
  make_tone(dir / "later.ts", "48000", "-t 2 -ac 2 -c:a s302m -output_ts_offset 50");
  make_tone(dir / "early.ts", "48000", "-t 2 -ac 2 -c:a s302m");
  join(dir / "late.ts", dir / "early.ts", dir / "26_hours_on.ts");
  join(dir / "late.ts", dir / "later.ts", dir / "50_seconds_back.ts");
  for (const std::string name : {"26_hours_on", "50_seconds_back"}) {
    SCOPED_TRACE(name);
    testing::internal::CaptureStderr();
    carry_sound(dir / (name + ".ts"), dir / (name + ".mp4"), {.start_seconds = 40.0});
    const std::string log = testing::internal::GetCapturedStderr();
    EXPECT_NE(log.find("time stamps of its sound jump"), std::string::npos) << log;
    const std::vector<float> sound = test::decoded_sound(dir / (name + ".mp4"));
    EXPECT_NEAR(seconds_of(sound), 64.0, 0.1);
    expect_tone(sound, 60.1, 63.9);
  }
}

TEST(Audio, GoesOnOverTheWrapOfTransportStreams) {
  const fs::path dir = test_dir();
  make_tone(
      dir / "wrap.ts", "48000", "-t 4 -ac 2 -c:a s302m -output_ts_offset 95441.7");  // of 95443.7
  carry_sound(dir / "wrap.ts", dir / "out.mp4", {.start_seconds = -2.1});  // after: from 0
  const std::vector<float> sound = test::decoded_sound(dir / "out.mp4");
  EXPECT_NEAR(seconds_of(sound), 4.0, 0.1);
  expect_tone(sound, 0.1, 3.9);
}

TEST(Audio, LongPausesAreSilenceAndNeedNoMemory) {
  const fs::path dir = test_dir();
  const auto make = [&](const std::string& pause, const std::string& name) {
    test::ffmpeg("-f lavfi -i sine=f=440:r=16000:d=2 -af \"asetpts='PTS+gt(T,0.9)*" + pause +
                 "/TB'\" -c:a pcm_s16le " + (dir / name).string());
  };
  make("3", "short.mkv");
  make("1800", "long.mkv");
  carry_sound(dir / "short.mkv", dir / "short.mp4");  // what encoders take is not counted below
  const std::uint64_t before = peak_host_memory();
  carry_sound(dir / "long.mkv", dir / "long.mp4");
  EXPECT_LT(peak_host_memory() - before, 32U << 20);  // the pause is 115 MB
  const double resumes = test::probe_frame_times(dir / "long.mp4").front() + 1800.0;
  const std::vector<float> sound = test::decoded_sound(dir / "long.mp4");
  EXPECT_NEAR(seconds_of(sound), 1802.0, 0.1);
  expect_tone(sound, 0.1, 0.8);
  EXPECT_LT(listen(sound, 1.2, resumes + 0.8).loudness, 1e-3);
  expect_tone(sound, resumes + 1.1, resumes + 1.9);
}

TEST(Audio, ReencodedHasSilenceInGapsAndNoOverlaps) {
  const fs::path dir = test_dir();
  make_tone(dir / "first.ts", "48000", "-t 2 -ac 2 -c:a s302m");
  make_tone(dir / "apart.ts", "48000", "-t 2 -ac 2 -c:a s302m -output_ts_offset 2.4");
  make_tone(dir / "over.ts", "48000", "-t 2 -ac 2 -c:a s302m -output_ts_offset 1.6");
  join(dir / "first.ts", dir / "apart.ts", dir / "gap.ts");
  join(dir / "first.ts", dir / "over.ts", dir / "overlap.ts");
  carry_sound(dir / "gap.ts", dir / "gap.mp4");
  const std::vector<float> apart = test::decoded_sound(dir / "gap.mp4");
  EXPECT_NEAR(seconds_of(apart), 4.4, 0.03);
  expect_tone(apart, 0.1, 1.95);
  EXPECT_LT(listen(apart, 2.05, 2.35).loudness, 1e-3);
  expect_tone(apart, 2.45, 4.3);
  carry_sound(dir / "overlap.ts", dir / "overlap.mp4");
  const std::vector<float> over = test::decoded_sound(dir / "overlap.mp4");
  EXPECT_NEAR(seconds_of(over), 3.6, 0.03);
  expect_tone(over, 0.1, 3.5);
}

TEST(Audio, ReencodedGoesWithCutsAndDroppedFrames) {
  const fs::path dir = test_dir();
  test::make_clip(dir / "clip.mp4", {.frames = 150, .flash_frame = 100, .sound = true});
  AudioOptions audio;
  audio.start_seconds = 0.2;
  audio.end_seconds = 4.0;
  audio.dropped = {{10 / 30.0, 37 / 30.0}, {60 / 30.0, 61 / 30.0}, {80 / 30.0, 91 / 30.0}};
  carry_sound(dir / "clip.mp4", dir / "out.webm", audio);
  EXPECT_NEAR(test::loud_from(dir / "out.webm"), (100 - 39) / 30.0 - 0.2, 0.02);
  EXPECT_NEAR(seconds_of(test::decoded_sound(dir / "out.webm")), 4.0 - 0.2 - 39 / 30.0, 0.05);
}

TEST(Audio, ReencodedHasAtMostTwoChannels) {
  const fs::path dir = test_dir();
  const std::string tone = "-f lavfi -i sine=f=440:r=48000:d=1 -c:a pcm_s16le ";
  test::ffmpeg(tone + "-af aformat=cl=5.1 " + (dir / "surround.mov").string());
  test::ffmpeg(tone + "-ac 2 " + (dir / "unnamed.mkv").string());  // which has no field for layouts
  for (const std::string name : {"surround.mov", "unnamed.mkv"}) {
    SCOPED_TRACE(name);
    carry_sound(dir / name, dir / (name + ".mp4"));
    EXPECT_EQ(test::ffprobe("-select_streams a -show_streams",
                            dir / (name + ".mp4"))["streams"][0]["channels"],
              2);
    expect_tone(test::decoded_sound(dir / (name + ".mp4")), 0.1, 0.9);
  }
}

TEST(Audio, TestClipsKeepPacketsAndTimes) {
  HYPORTRAIT_NEEDS_SHARED("testdata/clips");
  const fs::path dir = test_dir();
  for (const auto& entry : fs::directory_iterator(test::shared_path("testdata/clips"))) {
    SCOPED_TRACE(entry.path().filename().string());
    VideoReader reader(entry.path());
    WriterOptions options;
    options.width = 64;  // the pictures are not the point here
    options.height = 48;
    options.frame_rate = reader.info().frame_rate;
    options.time_base = reader.info().time_base;
    options.audio.source = entry.path();
    VideoWriter writer(dir / "out.mp4", options);
    while (const std::optional<Frame> read = reader.next()) {
      Frame frame = Frame::black(options.width, options.height);
      frame.pts_seconds = read->pts_seconds;
      frame.duration_seconds = read->duration_seconds;
      writer.write(frame);
    }
    writer.finish();
    const std::vector<double> expected = test::probe_frame_times(entry.path());
    const std::vector<double> written = test::probe_frame_times(dir / "out.mp4");
    ASSERT_EQ(written.size(), expected.size());
    for (std::size_t i = 0; i < expected.size(); ++i) {
      EXPECT_NEAR(written[i], expected[i], 0.001) << "frame " << i;
    }
    expect_same_packets(
        test::probe_audio(entry.path()), test::probe_audio(dir / "out.mp4"), 0.0, 0.001);
  }
}

}  // namespace
}  // namespace hyportrait::media
