// SPDX-License-Identifier: Apache-2.0
#include "support/ffmpeg_tools.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <stdexcept>

namespace hyportrait::test {

std::string run_command(const std::string& command) {
  std::FILE* pipe = ::popen(command.c_str(), "r");
  if (pipe == nullptr) {
    throw std::runtime_error("cannot start: " + command);
  }
  std::string output;
  std::array<char, 65536> block{};
  while (const std::size_t got = std::fread(block.data(), 1, block.size(), pipe)) {
    output.append(block.data(), got);
  }
  if (::pclose(pipe) != 0) {
    throw std::runtime_error("failed: " + command);
  }
  return output;
}

std::string tool(const std::string& name) {
  const char* folder = std::getenv("HYPORTRAIT_TOOLS");
  const char* build = std::getenv("HYPORTRAIT_BINARY_DIR");
  return folder != nullptr
             ? std::string(folder) + "/" + name
             : (build == nullptr ? std::string("build/release") : build) + "/bin/" + name;
}

void ffmpeg(const std::string& arguments) {
  run_command("ffmpeg -y -v error -nostdin " + arguments);
}

nlohmann::json ffprobe(const std::string& arguments, const std::filesystem::path& file) {
  return nlohmann::json::parse(
      run_command("ffprobe -v error -of json " + arguments + " \"" + file.string() + "\""));
}

nlohmann::json probe_video_stream(const std::filesystem::path& file) {
  return ffprobe("-select_streams v:0 -show_streams", file).at("streams").at(0);
}

std::vector<double> probe_frame_times(const std::filesystem::path& file) {
  const auto frames =
      ffprobe("-select_streams v:0 -show_frames -show_entries frame=best_effort_timestamp_time",
              file)
          .at("frames");
  std::vector<double> times;
  for (const auto& frame : frames) {
    times.push_back(std::stod(frame.at("best_effort_timestamp_time").get<std::string>()));
  }
  return times;
}

std::vector<ProbedPacket> probe_audio(const std::filesystem::path& file) {
  const auto packets = ffprobe(
                           "-select_streams a:0 -show_packets -show_data_hash md5 -show_entries "
                           "packet=pts_time,data_hash",
                           file)
                           .at("packets");
  std::vector<ProbedPacket> probed;
  for (const auto& packet : packets) {
    probed.push_back({std::stod(packet.at("pts_time").get<std::string>()),
                      packet.at("data_hash").get<std::string>()});
  }
  return probed;
}

std::vector<Frame> ffmpeg_frames(const std::filesystem::path& file,
                                 int width,
                                 int height,
                                 int most) {
  const std::string bytes =
      run_command("ffmpeg -v error -nostdin -i \"" + file.string() +
                  "\" -map 0:v:0 -vsync passthrough -frames:v " + std::to_string(most) +
                  " -sws_flags bicubic+accurate_rnd+full_chroma_int -f rawvideo -pix_fmt rgb24 -");
  const std::size_t size = static_cast<std::size_t>(width) * static_cast<std::size_t>(height) * 3;
  std::vector<Frame> frames;
  for (std::size_t at = 0; at + size <= bytes.size(); at += size) {
    Frame frame = Frame::black(width, height);
    std::memcpy(frame.pixels.data(), bytes.data() + at, size);
    frames.push_back(std::move(frame));
  }
  return frames;
}

std::vector<float> decoded_sound(const std::filesystem::path& file) {
  // aresample's async mode puts the first sample at its time by padding with silence from 0 on.
  const std::string bytes =
      run_command("ffmpeg -v error -nostdin -i \"" + file.string() +
                  "\" -map 0:a:0 -af aresample=48000:async=1:first_pts=0 -ac 1 -f f32le -");
  std::vector<float> samples(bytes.size() / sizeof(float));
  std::memcpy(samples.data(), bytes.data(), samples.size() * sizeof(float));
  return samples;
}

double loud_from(const std::filesystem::path& file) {
  const std::vector<float> samples = decoded_sound(file);
  const auto loud = std::find_if(
      samples.begin(), samples.end(), [](float sample) { return std::abs(sample) > 0.2F; });
  return loud == samples.end() ? -1.0 : static_cast<double>(loud - samples.begin()) / 48000.0;
}

}  // namespace hyportrait::test
