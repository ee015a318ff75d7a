// SPDX-License-Identifier: Apache-2.0
#include "motion/motion_file.h"

#include <hyportrait/error.h>

#include "base/json_strict.h"
#include "base/parse_text.h"
#include "base/safetensors.h"

#include <nlohmann/json.hpp>
#include <spdlog/fmt/fmt.h>
#include <torch/types.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <fstream>
#include <utility>

namespace hyportrait::motion {
namespace {

constexpr const char* kFormat = "hyportrait-motion";
constexpr int kVersion = 1;
constexpr std::int64_t kMaxFrames = 10'000'000;  // as media::VideoReader
constexpr std::int64_t kMaxWidth = 65'536;       // of an expression
constexpr double kMaxSeconds = 1e8;
constexpr double kMaxCoordinate = 1e7;  // px
constexpr int kMaxSide = 1 << 20;       // px
constexpr std::int64_t kPoseWidth = 6;
constexpr std::int64_t kPoints = std::tuple_size_v<face::Landmarks>;
const std::vector<std::string> kPolicies{"hold", "interpolate", "skip", "error"};
const std::vector<std::string> kDriveCrops{"fixed", "follow"};

/// Refuses what a file says, in a sentence that names it.
class Judge final {
 public:
  explicit Judge(const std::filesystem::path& path) : name_(path.string()) {}

  [[noreturn]] void refuse(const std::string& why) const {
    throw Error(ExitCode::input,
                name_ + ": not a usable motion file: " + why +
                    "; make it again with hyportrait motion extract");
  }
  void expect(bool holds, const std::string& why) const {
    if (!holds) {
      refuse(why);
    }
  }

 private:
  std::string name_;
};

template <class Value>
SafeTensor stored(const char* dtype,
                  std::vector<std::int64_t> shape,
                  const std::vector<Value>& values) {
  SafeTensor tensor{.dtype = dtype, .shape = std::move(shape), .bytes = {}};
  tensor.bytes.resize(values.size() * sizeof(Value));
  std::memcpy(tensor.bytes.data(), values.data(), tensor.bytes.size());
  return tensor;
}

SafeTensor stored(const torch::Tensor& rows) {
  const torch::Tensor flat = rows.contiguous();
  const auto* begin = flat.const_data_ptr<float>();
  return stored("F32", rows.sizes().vec(), std::vector<float>(begin, begin + flat.numel()));
}

/// An array of the file with the dtype and shape it must have; -1 is any size.
const SafeTensor& array_of(const Judge& judge,
                           const SafeTensors& arrays,
                           const std::string& name,
                           const std::string& dtype,
                           const std::vector<std::int64_t>& shape) {
  const auto found = arrays.find(name);
  judge.expect(found != arrays.end(), "its '" + name + "' is missing");
  const SafeTensor& array = found->second;
  const bool fits =
      array.dtype == dtype && array.shape.size() == shape.size() &&
      std::equal(shape.begin(), shape.end(), array.shape.begin(), [](auto wanted, auto is) {
        return wanted < 0 || wanted == is;
      });
  judge.expect(fits, "its '" + name + "' has another type or shape than it must have");
  return array;
}

template <class Value>
std::vector<Value> values_of(const SafeTensor& array) {
  std::vector<Value> values(array.bytes.size() / sizeof(Value));
  std::memcpy(values.data(), array.bytes.data(), array.bytes.size());
  return values;
}

std::vector<double> numbers_of(const Judge& judge,
                               const SafeTensor& array,
                               const std::string& name,
                               double limit) {
  std::vector<double> values = values_of<double>(array);
  judge.expect(std::all_of(values.begin(),
                           values.end(),
                           [&](double value) { return std::abs(value) <= limit; }),  // no NaN
               "its '" + name + "' has a value that is not a number or out of range");
  return values;
}

torch::Tensor rows_of(const Judge& judge, const SafeTensor& array, const std::string& name) {
  torch::Tensor rows = torch::empty(array.shape, torch::kFloat);
  std::memcpy(rows.mutable_data_ptr(), array.bytes.data(), array.bytes.size());
  judge.expect(torch::isfinite(rows).all().item<bool>(),
               "its '" + name + "' has a value that is not a number");
  return rows;
}

std::vector<FrameTime> times_of(const Judge& judge,
                                const SafeTensors& arrays,
                                std::int64_t frames) {
  const auto pts =
      numbers_of(judge, array_of(judge, arrays, "pts", "F64", {frames}), "pts", kMaxSeconds);
  const auto durations = numbers_of(
      judge, array_of(judge, arrays, "durations", "F64", {frames}), "durations", kMaxSeconds);
  std::vector<FrameTime> times;
  for (std::size_t i = 0; i < pts.size(); ++i) {
    judge.expect(durations[i] > 0.0 && (i == 0 || pts[i] > pts[i - 1]),
                 fmt::format("frame {} does not come after the one before it", i));
    times.push_back({pts[i], durations[i]});
  }
  return times;
}

std::vector<face::Landmarks> landmarks_of(const Judge& judge,
                                          const SafeTensors& arrays,
                                          std::int64_t frames) {
  const auto flat = numbers_of(judge,
                               array_of(judge, arrays, "landmarks", "F64", {frames, kPoints, 2}),
                               "landmarks",
                               kMaxCoordinate);
  std::vector<face::Landmarks> all(static_cast<std::size_t>(frames));
  for (std::size_t i = 0; i < all.size(); ++i) {
    for (std::size_t point = 0; point < all[i].size(); ++point) {
      const std::size_t at = (i * all[i].size() + point) * 2;
      all[i][point] = {.x = flat[at], .y = flat[at + 1]};
    }
  }
  return all;
}

face::CropBox square_of(const Judge& judge, const SafeTensors& arrays) {
  const auto sides = values_of<std::int64_t>(array_of(judge, arrays, "square", "I64", {4}));
  const bool sane = std::all_of(sides.begin(), sides.end(), [](std::int64_t side) {
    return side > -kMaxSide && side < kMaxSide;
  });
  judge.expect(sane && sides[2] > sides[0] && sides[3] > sides[1],
               "its square around the head has no pixel");
  return {.x1 = static_cast<int>(sides[0]),
          .y1 = static_cast<int>(sides[1]),
          .x2 = static_cast<int>(sides[2]),
          .y2 = static_cast<int>(sides[3])};
}

Motion motion_of(const Judge& judge, const SafeTensors& arrays) {
  const SafeTensor& expression = array_of(judge, arrays, "expression", "F32", {-1, -1});
  const std::int64_t frames = expression.shape[0];
  judge.expect(frames > 0, "it has no frame");
  judge.expect(frames <= kMaxFrames && expression.shape[1] > 0 && expression.shape[1] <= kMaxWidth,
               "its 'expression' has an absurd size");
  Motion motion{.expression = rows_of(judge, expression, "expression")};
  motion.head_pose = rows_of(
      judge, array_of(judge, arrays, "head_pose", "F32", {frames, kPoseWidth}), "head_pose");
  motion.times = times_of(judge, arrays, frames);
  motion.landmarks = landmarks_of(judge, arrays, frames);
  for (const std::uint8_t flag :
       values_of<std::uint8_t>(array_of(judge, arrays, "detected", "BOOL", {frames}))) {
    motion.detected.push_back(flag != 0);
  }
  judge.expect(
      std::find(motion.detected.begin(), motion.detected.end(), true) != motion.detected.end(),
      "no frame of it has a face");
  motion.square = square_of(judge, arrays);
  return motion;
}

std::vector<media::Interval> dropped_of(const Judge& judge, const SafeTensors& arrays) {
  const auto flat =
      numbers_of(judge, array_of(judge, arrays, "dropped", "F64", {-1, 2}), "dropped", kMaxSeconds);
  std::vector<media::Interval> dropped;
  for (std::size_t i = 0; i + 1 < flat.size(); i += 2) {
    dropped.push_back({flat[i], flat[i + 1]});
  }
  return dropped;
}

nlohmann::ordered_json facts_json(const MotionFacts& facts) {
  return {{"version", kVersion},
          {"source", facts.picture ? "picture" : "clip"},
          {"width", facts.size.width},
          {"height", facts.size.height},
          {"frame_rate", {facts.frame_rate.num, facts.frame_rate.den}},
          {"time_base", {facts.time_base.num, facts.time_base.den}},
          {"variable_frame_rate", facts.variable_frame_rate},
          {"no_face", kPolicies.at(static_cast<std::size_t>(facts.no_face))},
          {"drive_crop", kDriveCrops.at(static_cast<std::size_t>(facts.drive_crop))},
          {"image_size", facts.image_size},
          {"crop",
           {{"portrait_expand", facts.crop.portrait_expand},
            {"face_toward_box", facts.crop.face_toward_box},
            {"motion_size", facts.crop.motion_size}}},
          {"weights",
           {{"face_detector", facts.weights.detector},
            {"expression", facts.weights.expression},
            {"head_pose", facts.weights.head_pose}}},
          {"rotation_order", facts.rotation_order}};
}

std::size_t choice_of(StrictObject& object,
                      const std::string& key,
                      const std::vector<std::string>& words) {
  const std::string text = object.text(key);
  const auto found = std::find(words.begin(), words.end(), text);
  if (found == words.end()) {
    object.refuse(key, fmt::format("expected {}", fmt::join(words, " or ")));
  }
  return static_cast<std::size_t>(found - words.begin());
}

Rational rational_of(StrictObject& object, const std::string& key) {
  const nlohmann::json& value = object.at(key);
  const auto sane = [](const nlohmann::json& number) {
    return number.is_number_integer() && number > 0 && number <= 1'000'000'000;
  };
  if (!value.is_array() || value.size() != 2 || !sane(value[0]) || !sane(value[1])) {
    object.refuse(key, "expected two integers above 0, found " + shown(value));
  }
  return {value[0].get<int>(), value[1].get<int>()};
}

MotionFacts facts_of(const Judge& judge, const SafeTensorsMetadata& metadata) {
  const auto format = metadata.find(kFormat);
  judge.expect(format != metadata.end(), "it does not say that it is one");
  const nlohmann::json root = parse_json_or_null(format->second);
  judge.expect(root.is_object(), "what it says of itself is no JSON object");
  const auto version = root.find("version");
  judge.expect(version != root.end() && *version == kVersion,
               fmt::format("it is of version {}, this program reads version {}",
                           version == root.end() ? "none" : shown(*version),
                           kVersion));
  try {
    StrictObject object(root, kFormat, ExitCode::input);
    object.at("version");
    const auto int_of = [](StrictObject& of, const std::string& key, int highest) {
      return static_cast<int>(of.integer(key, 1, highest));
    };
    MotionFacts facts;
    facts.picture = choice_of(object, "source", {"clip", "picture"}) == 1;
    facts.size = {int_of(object, "width", kMaxSide), int_of(object, "height", kMaxSide)};
    facts.frame_rate = rational_of(object, "frame_rate");
    facts.time_base = rational_of(object, "time_base");
    facts.variable_frame_rate = object.boolean("variable_frame_rate");
    facts.no_face = static_cast<NoFacePolicy>(choice_of(object, "no_face", kPolicies));
    facts.drive_crop = static_cast<DriveCrop>(choice_of(object, "drive_crop", kDriveCrops));
    facts.image_size = int_of(object, "image_size", kMaxSide);
    StrictObject crop(object.at("crop"), "crop", ExitCode::input);
    facts.crop = {.portrait_expand = crop.number("portrait_expand", 0.0, 100.0),
                  .face_toward_box = crop.number("face_toward_box", 0.0, 1.0),
                  .motion_size = int_of(crop, "motion_size", kMaxSide)};
    crop.done();
    StrictObject weights(object.at("weights"), "weights", ExitCode::input);
    facts.weights = {
        weights.text("face_detector"), weights.text("expression"), weights.text("head_pose")};
    weights.done();
    facts.rotation_order = nn::rotation_order(object.at("rotation_order"));
    object.done();
    return facts;
  } catch (const std::exception& error) {
    judge.refuse(error.what());
  }
}

[[noreturn]] void refuse_other_bundle(const std::string& name) {
  throw Error(ExitCode::input,
              name +
                  ": was extracted with another bundle, whose networks read motion otherwise; "
                  "extract it again with this one (hyportrait motion extract --bundle DIR)");
}

}  // namespace

bool is_motion_file(const std::filesystem::path& path) {
  if (path.extension() == ".motion") {
    return true;
  }
  std::error_code ignored;
  if (!std::filesystem::is_regular_file(path, ignored)) {
    return false;
  }
  std::array<char, 8 + 256> head{};
  std::ifstream file(path, std::ios::binary);
  file.read(head.data(), head.size());
  const std::string_view text(head.data() + 8, head.size() - 8);
  return text.front() == '{' && text.find(kFormat) != text.npos;
}

MotionFile read_motion(const std::filesystem::path& path) {
  const Judge judge(path);
  MotionFile file;
  const SafeTensors arrays = read_safetensors(path, [&](const SafeTensorsHeader& header) {
    file.facts = facts_of(judge, header.metadata);
  });
  file.motion = motion_of(judge, arrays);
  file.facts.dropped = dropped_of(judge, arrays);
  return file;
}

void write_motion(const std::filesystem::path& path, const MotionFile& file) {
  const Motion& motion = file.motion;
  const std::int64_t frames = motion.frames();
  std::vector<double> pts;
  std::vector<double> durations;
  std::vector<double> landmarks;
  std::vector<double> dropped;
  for (const FrameTime& time : motion.times) {
    pts.push_back(time.pts_seconds);
    durations.push_back(time.duration_seconds);
  }
  for (const face::Landmarks& points : motion.landmarks) {
    for (const face::Point& point : points) {
      landmarks.insert(landmarks.end(), {point.x, point.y});
    }
  }
  for (const media::Interval& gap : file.facts.dropped) {
    dropped.insert(dropped.end(), {gap.start_seconds, gap.end_seconds});
  }
  const face::CropBox& square = motion.square;
  const std::vector<std::int64_t> sides{square.x1, square.y1, square.x2, square.y2};
  const std::vector<std::uint8_t> detected(motion.detected.begin(), motion.detected.end());
  const auto gaps = static_cast<std::int64_t>(file.facts.dropped.size());
  write_safetensors(path,
                    {{"expression", stored(motion.expression)},
                     {"head_pose", stored(motion.head_pose)},
                     {"pts", stored("F64", {frames}, pts)},
                     {"durations", stored("F64", {frames}, durations)},
                     {"landmarks", stored("F64", {frames, kPoints, 2}, landmarks)},
                     {"detected", stored("BOOL", {frames}, detected)},
                     {"dropped", stored("F64", {gaps, 2}, dropped)},
                     {"square", stored("I64", {4}, sides)}},
                    {{kFormat, json_text(facts_json(file.facts), -1)}});
}

void check_weights(const MotionFacts& facts,
                   const ReaderWeights& weights,
                   const std::string& name) {
  if (facts.weights != weights) {
    refuse_other_bundle(name);
  }
}

void check_setting(const MotionFacts& facts,
                   const nn::BundleConfig& config,
                   const std::string& name) {
  if (facts.crop.portrait_expand != config.crop.portrait_expand ||
      facts.crop.face_toward_box != config.crop.face_toward_box ||
      facts.crop.motion_size != config.crop.motion_size) {
    refuse_other_bundle(name);
  }
  if (facts.image_size != config.image_size) {
    throw Error(
        ExitCode::input,
        fmt::format("{}: was extracted for squares of {} px, and this run draws {} px; pass "
                    "--size {}, or extract it again with --size {}",
                    name,
                    facts.image_size,
                    config.image_size,
                    facts.image_size,
                    config.image_size));
  }
}

media::VideoInfo video_info(const MotionFile& file, const media::ReaderOptions& options) {
  const MotionFacts& facts = file.facts;
  const FrameTime& last = file.motion.times.back();
  media::VideoInfo info{.width = facts.size.width,
                        .height = facts.size.height,
                        .frame_rate = facts.frame_rate,
                        .time_base = facts.time_base,
                        .variable_frame_rate = facts.variable_frame_rate,
                        .duration_seconds = last.pts_seconds + last.duration_seconds,
                        .frame_count_hint = file.motion.frames(),
                        .codec = "motion file",
                        .pixel_format = "none",
                        .colour = "none"};
  if (options.fps) {
    info.frame_rate = *options.fps;
    info.time_base = {options.fps->den, options.fps->num};
    info.variable_frame_rate = false;
  }
  return info;
}

}  // namespace hyportrait::motion
