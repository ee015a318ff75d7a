// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/frame.h"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

/// The ffmpeg and ffprobe programs as the judge of what our reader and writer do.
namespace hyportrait::test {

/// Standard output of a shell command. Throws std::runtime_error naming it when it fails.
std::string run_command(const std::string& command);

/// The path of one of tests/tools: of HYPORTRAIT_TOOLS where that is set, else of this build.
std::string tool(const std::string& name);

/// `ffmpeg -y -v error ARGUMENTS`.
void ffmpeg(const std::string& arguments);

/// `ffprobe -v error -of json ARGUMENTS FILE`.
nlohmann::json ffprobe(const std::string& arguments, const std::filesystem::path& file);

/// The first video stream's ffprobe entry.
nlohmann::json probe_video_stream(const std::filesystem::path& file);

/// Time stamps of the decoded frames of the best video stream, s.
std::vector<double> probe_frame_times(const std::filesystem::path& file);

/// One packet of sound.
struct ProbedPacket {
  double pts_seconds = 0.0;
  std::string hash;  ///< of its data
};
std::vector<ProbedPacket> probe_audio(const std::filesystem::path& file);

/// The first frames of a clip as the ffmpeg program converts them to rgb24, with accurate rounding.
std::vector<Frame> ffmpeg_frames(const std::filesystem::path& file,
                                 int width,
                                 int height,
                                 int most);

/// The sound as one channel at 48 kHz, from the clip's time 0 on.
std::vector<float> decoded_sound(const std::filesystem::path& file);

/// Where the sound first gets loud (over 0.2 of full scale), s, on the clip's own time line; -1
/// when it never does.
double loud_from(const std::filesystem::path& file);

}  // namespace hyportrait::test
