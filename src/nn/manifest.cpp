// SPDX-License-Identifier: Apache-2.0
#include "nn/manifest.h"

#include <hyportrait/error.h>

#include "base/json_strict.h"
#include "base/text_file.h"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <limits>
#include <set>
#include <stdexcept>

namespace hyportrait::nn {
namespace {

using nlohmann::json;

constexpr int kFormat = 1;
constexpr std::int64_t kAnyCount =
    1'000'000;                             // generous: says "positive" without inviting overflow
constexpr std::int64_t kMaxFrames = 1024;  // of a window, a chunk, the padding: as the options
constexpr double kMaxGuidance = 100.0;
constexpr double kMaxSigma = 16.0;          // px of a blur
constexpr std::int64_t kMaxWidth = 16'384;  // of a network's features
constexpr std::size_t kMaxLevels = 8;       // of a network
constexpr std::int64_t kMaxLayers = 64;     // of a level

int integer(StrictObject& object,
            const std::string& key,
            std::int64_t lowest,
            std::int64_t highest) {
  return static_cast<int>(object.integer(key, lowest, highest));
}

StrictObject section(StrictObject& parent, const std::string& where, const std::string& key) {
  return {parent.at(key), where + ": " + key, ExitCode::bundle};
}

/// One of `words`, as its place in the list.
std::size_t choice(StrictObject& object,
                   const std::string& key,
                   const std::vector<std::string>& words) {
  const std::string word = object.text(key);
  const auto found = std::find(words.begin(), words.end(), word);
  if (found == words.end()) {
    std::string list;
    for (const std::string& known : words) {
      list += (list.empty() ? "" : ", ") + known;
    }
    object.refuse(key, "expected one of " + list + ", found '" + word + "'");
  }
  return static_cast<std::size_t>(found - words.begin());
}

template <std::size_t N>
std::array<double, N> numbers(StrictObject& object, const std::string& key, double highest) {
  const json& value = object.at(key);
  std::array<double, N> result{};
  const bool fits =
      value.is_array() && value.size() == N &&
      std::all_of(value.begin(), value.end(), [&](const json& item) {
        return item.is_number() && item.get<double>() >= 0.0 && item.get<double>() <= highest;
      });
  if (!fits) {
    object.refuse(key,
                  "expected " + std::to_string(N) + " numbers from 0 to " +
                      std::to_string(std::lround(highest)) + ", found " + shown(value));
  }
  std::transform(value.begin(), value.end(), result.begin(), [](const json& item) {
    return item.get<double>();
  });
  return result;
}

/// The list at `key`, which must be of `levels` values (0: of any number up to kMaxLevels).
const json& one_a_level(StrictObject& object, const std::string& key, std::size_t levels) {
  const json& list = object.at(key);
  const bool fits = list.is_array() && (levels == 0 ? !list.empty() && list.size() <= kMaxLevels
                                                    : list.size() == levels);
  if (!fits) {
    object.refuse(
        key,
        "expected a list of " +
            (levels == 0 ? "1 to " + std::to_string(kMaxLevels) : std::to_string(levels)) +
            " values, one a level, found " + shown(list));
  }
  return list;
}

std::vector<int> integers_a_level(StrictObject& object,
                                  const std::string& key,
                                  std::size_t levels,
                                  std::uint64_t highest) {
  const json& list = one_a_level(object, key, levels);
  const bool fits = std::all_of(list.begin(), list.end(), [&](const json& item) {
    return item.is_number_unsigned() && item.get<std::uint64_t>() >= 1 &&
           item.get<std::uint64_t>() <= highest;
  });
  if (!fits) {
    object.refuse(
        key, "expected integers from 1 to " + std::to_string(highest) + ", found " + shown(list));
  }
  return list.get<std::vector<int>>();
}

std::vector<bool> booleans_a_level(StrictObject& object,
                                   const std::string& key,
                                   std::size_t levels) {
  const json& list = one_a_level(object, key, levels);
  if (!std::all_of(list.begin(), list.end(), [](const json& item) { return item.is_boolean(); })) {
    object.refuse(key, "expected true or false for every level, found " + shown(list));
  }
  return list.get<std::vector<bool>>();
}

/// Throws unless every level's channels are a multiple of its `parts`.
void check_multiples(const StrictObject& object,
                     const std::vector<int>& channels,
                     const std::vector<int>& parts,
                     const std::string& what) {
  for (std::size_t i = 0; i < channels.size(); ++i) {
    if (channels[i] % parts[i] != 0) {
      object.refuse("channels",
                    "expected multiples of the " + what + " (" + std::to_string(parts[i]) +
                        "), found " + std::to_string(channels[i]));
    }
  }
}

LatentConfig read_latent(StrictObject object) {
  LatentConfig config{.channels = integer(object, "channels", 1, 64),
                      .scale = object.number("scale", 1e-6, 1e6),
                      .downsample = integer(object, "downsample", 1, 64)};
  object.done();
  return config;
}

TokenConfig read_tokens(StrictObject object) {
  TokenConfig config{.count = integer(object, "count", 1, 65'536),
                     .width = integer(object, "width", 7, 65'536)};
  object.done();
  return config;
}

DetectorConfig read_detector(StrictObject object) {
  DetectorConfig config{.min_side = integer(object, "min_side", 16, 8192),
                        .multiple = integer(object, "multiple", 1, 1024),
                        .keep_aspect = object.boolean("keep_aspect"),
                        .score = object.number("score", 0.0, 1.0),
                        .nms_iou = object.number("nms_iou", 0.0, 1.0)};
  object.done();
  return config;
}

CropConfig read_crop(StrictObject object) {
  CropConfig config{.portrait_expand = object.number("portrait_expand", 0.0, 100.0),
                    .face_toward_box = object.number("face_toward_box", 0.0, 1.0),
                    .motion_size = integer(object, "motion_size", 8, 8192)};
  object.done();
  return config;
}

MotionConfig read_motion(StrictObject object) {
  MotionConfig config{.buckets = integer(object, "buckets", 1, kAnyCount),
                      .bucket_frames = integer(object, "bucket_frames", 1, kAnyCount),
                      .translation_scale = object.number("translation_scale", -1e6, 1e6),
                      .rotation_order = {}};
  if (const json* order = object.find("rotation_order")) {
    try {
      config.rotation_order = rotation_order(*order);
    } catch (const std::invalid_argument& error) {
      object.refuse("rotation_order", error.what());
    }
  }
  object.done();
  return config;
}

WindowConfig read_window(StrictObject object) {
  WindowConfig config{.frames = integer(object, "frames", 1, kMaxFrames),
                      .overlap = integer(object, "overlap", 0, kMaxFrames - 1),
                      .shift = integer(object, "shift", 0, kMaxFrames - 1),
                      .padding = integer(object, "padding", 0, kMaxFrames)};
  object.done();
  if (config.overlap >= config.frames) {
    object.refuse("overlap",
                  "expected less than the window's " + std::to_string(config.frames) +
                      " frames, found " + std::to_string(config.overlap));
  }
  return config;
}

SamplerConfig read_sampler(StrictObject object) {
  SamplerConfig config{.steps = integer(object, "steps", 1, 1000),
                       .sigma_min = object.number("sigma_min", 1e-9, 1e9),
                       .sigma_max = object.number("sigma_max", 1e-9, 1e9),
                       .rho = object.number("rho", 0.1, 1000.0)};
  object.done();
  if (config.sigma_min >= config.sigma_max) {
    object.refuse("sigma_min", "expected less than sigma_max");
  }
  return config;
}

GuidanceConfig read_guidance(StrictObject object) {
  const auto appearance = numbers<2>(object, "appearance", kMaxGuidance);
  const auto motion = numbers<2>(object, "motion", kMaxGuidance);
  object.done();
  return {.appearance = {appearance[0], appearance[1]}, .motion = {motion[0], motion[1]}};
}

/// A size that another section of the manifest has too.
int same_size(StrictObject& object, const std::string& key, int expected, const std::string& as) {
  const int found = integer(object, key, 1, kAnyCount);
  if (found != expected) {
    object.refuse(key,
                  "expected " + std::to_string(expected) + ", as " + as + " says, found " +
                      std::to_string(found));
  }
  return found;
}

UnetSizes read_unet(StrictObject object, const BundleConfig& config) {
  UnetSizes sizes;
  sizes.channels = integers_a_level(object, "channels", 0, kMaxWidth);
  const std::size_t levels = sizes.channels.size();
  sizes.layers = integers_a_level(object, "layers", levels, kMaxLayers);
  sizes.attention = booleans_a_level(object, "attention", levels);
  sizes.heads = integers_a_level(object, "heads", levels, kMaxWidth);
  sizes.context_width = same_size(object, "context_width", config.tokens.width, "tokens: 'width'");
  sizes.added_width = integer(object, "added_width", 1, kMaxWidth);
  sizes.groups = integer(object, "groups", 1, kMaxWidth);
  sizes.latent_channels =
      same_size(object, "latent_channels", config.latent.channels, "latent: 'channels'");
  sizes.temporal = object.find("temporal") == nullptr || object.boolean("temporal");
  object.done();
  check_multiples(object, sizes.channels, std::vector<int>(levels, sizes.groups), "groups");
  check_multiples(object, sizes.channels, sizes.heads, "level's heads");
  return sizes;
}

VaeSizes read_vae(StrictObject object, const BundleConfig& config) {
  VaeSizes sizes;
  sizes.channels = integers_a_level(object, "channels", 0, kMaxWidth);
  sizes.layers = integer(object, "layers", 1, kMaxLayers);
  sizes.groups = integer(object, "groups", 1, kMaxWidth);
  sizes.latent_channels =
      same_size(object, "latent_channels", config.latent.channels, "latent: 'channels'");
  sizes.temporal = object.find("temporal") == nullptr || object.boolean("temporal");
  object.done();
  const std::size_t levels = sizes.channels.size();
  check_multiples(object, sizes.channels, std::vector<int>(levels, sizes.groups), "groups");
  if (1 << (levels - 1) != config.latent.downsample) {  // each level but the first halves the image
    object.refuse("channels",
                  "expected a level for every halving of latent: 'downsample' (" +
                      std::to_string(config.latent.downsample) + ") and one more, found " +
                      std::to_string(levels));
  }
  return sizes;
}

DetailConfig read_detail(StrictObject object) {
  const DetailConfig detail{.sigma = object.number("sigma", 0.0, kMaxSigma)};
  object.done();
  return detail;
}

BundleConfig read_config(StrictObject object, const std::string& where) {
  const std::vector<std::string> noises{"shared", "per_frame"};
  const std::vector<std::string> pose_images{"black", "landmarks"};
  BundleConfig config;
  config.image_size = integer(object, "image_size", 8, 8192);
  config.latent = read_latent(section(object, where, "latent"));
  config.tokens = read_tokens(section(object, where, "tokens"));
  config.detector = read_detector(section(object, where, "detector"));
  config.crop = read_crop(section(object, where, "crop"));
  config.motion = read_motion(section(object, where, "motion"));
  config.window = read_window(section(object, where, "window"));
  config.sampler = read_sampler(section(object, where, "sampler"));
  config.guidance = read_guidance(section(object, where, "guidance"));
  config.added_ids = numbers<3>(object, "added_ids", 1e6);
  config.noise = static_cast<NoiseKind>(choice(object, "noise", noises));
  config.pose_image = static_cast<PoseImageKind>(choice(object, "pose_image", pose_images));
  config.decode_chunk = integer(object, "decode_chunk", 1, kMaxFrames);
  if (object.find("unet") != nullptr) {
    config.unet = read_unet(section(object, where, "unet"), config);
  }
  if (object.find("vae") != nullptr) {
    config.vae = read_vae(section(object, where, "vae"), config);
  }
  if (object.find("detail") != nullptr) {
    config.detail = read_detail(section(object, where, "detail"));
  }
  object.done();
  if (config.image_size % config.latent.downsample != 0) {
    object.refuse("image_size",
                  "expected a multiple of latent downsample (" +
                      std::to_string(config.latent.downsample) + "), found " +
                      std::to_string(config.image_size));
  }
  return config;
}

std::vector<TensorSpec> read_tensors(StrictObject& module,
                                     const std::string& where,
                                     const std::string& key) {
  const std::vector<std::string> dtypes{"float32", "float16", "bfloat16", "int64", "bool"};
  const json& list = module.at(key);
  if (!list.is_array() || list.empty()) {
    module.refuse(key, "expected a list of {name, dtype, shape}, found " + shown(list));
  }
  std::vector<TensorSpec> specs;
  for (const json& item : list) {
    StrictObject object(item, where + ": " + key, ExitCode::bundle);
    TensorSpec spec{
        .name = object.text("name"), .dtype = dtypes[choice(object, "dtype", dtypes)], .shape = {}};
    const json& shape = object.at("shape");
    for (const json& size : shape) {
      if (!shape.is_array() || !size.is_number_integer() || size.get<std::int64_t>() < -1) {
        object.refuse("shape", "expected a list of sizes (-1 is any), found " + shown(shape));
      }
      spec.shape.push_back(size.get<std::int64_t>());
    }
    object.done();
    specs.push_back(std::move(spec));
  }
  return specs;
}

/// A module's file is named relative to the folder and stays in it; links are looked at where files
/// are opened.
std::string read_file_name(StrictObject& module) {
  std::string file = module.text("file");
  const std::filesystem::path path(file);
  const bool climbs =
      std::any_of(path.begin(), path.end(), [](const auto& part) { return part == ".."; });
  if (file.empty() || path.is_absolute() || climbs || file.find('\0') != std::string::npos) {
    module.refuse("file", "must be a file inside the bundle's folder, found '" + file + "'");
  }
  return file;
}

ModuleSpec read_module(const json& value, const std::string& where) {
  StrictObject object(value, where, ExitCode::bundle);
  ModuleSpec spec;
  spec.file = read_file_name(object);
  spec.sha256 = object.text("sha256");
  if (spec.sha256.size() != 64 ||
      spec.sha256.find_first_not_of("0123456789abcdef") != std::string::npos) {
    object.refuse("sha256", "expected 64 lower-case hex digits, found '" + spec.sha256 + "'");
  }
  spec.bytes = static_cast<std::uint64_t>(
      object.integer("bytes", 1, std::numeric_limits<std::int64_t>::max()));
  spec.inputs = read_tensors(object, where, "inputs");
  spec.outputs = read_tensors(object, where, "outputs");
  object.done();
  return spec;
}

std::map<std::string, ModuleSpec> read_modules(StrictObject object, const std::string& where) {
  std::map<std::string, ModuleSpec> modules;
  for (const char* name : kModuleNames) {
    modules.emplace(name, read_module(object.at(name), where + ": modules: " + name));
  }
  object.done();
  return modules;
}

std::string read_manifest_text(const std::filesystem::path& folder,
                               const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file || std::filesystem::is_directory(path)) {
    throw Error(ExitCode::bundle,
                folder.string() +
                    ": no model bundle: manifest.json is not there or cannot be read; "
                    "pass the folder of a bundle (docs/model-bundle.md) with --bundle");
  }
  return read_text(file, path.string(), kMaxSettings, ExitCode::bundle);
}

}  // namespace

std::vector<std::string> rotation_order(const json& list) {
  std::vector<std::string> order;
  std::set<std::string> angles;
  for (const json& item : list) {
    order.push_back(item.is_string() ? item.get<std::string>() : item.dump());
    angles.insert(order.back().substr(order.back().starts_with('-') ? 1 : 0));
  }
  if (!list.is_array() ||
      !(order.empty() ||
        (order.size() == 3 && angles == std::set<std::string>{"yaw", "pitch", "roll"}))) {
    throw std::invalid_argument(
        "expected yaw, pitch and roll in their order, with a - before one that turns the other "
        "way, found " +
        shown(list));
  }
  return order;
}

Manifest read_manifest(const std::filesystem::path& folder) {
  const std::filesystem::path path = folder / "manifest.json";
  const std::string where = path.string();
  const json root = parse_json(read_manifest_text(folder, path), where, ExitCode::bundle);
  StrictObject object(root, where, ExitCode::bundle);
  const std::int64_t format = object.integer("format", 0, std::numeric_limits<int>::max());
  if (format != kFormat) {
    object.refuse("format",
                  "expected " + std::to_string(kFormat) + ", found " + std::to_string(format) +
                      "; export the bundle again with this program's scripts");
  }
  Manifest manifest;
  manifest.name = object.text("name");
  manifest.kind = static_cast<BundleKind>(choice(object, "kind", {"demo", "official", "seeded"}));
  manifest.licence = object.text("licence");
  const json& provenance = object.at("provenance");
  manifest.provenance = provenance.is_string() ? provenance.get<std::string>() : provenance.dump();
  manifest.modules = read_modules(section(object, where, "modules"), where);
  manifest.config = read_config(section(object, where, "config"), where + ": config");
  object.done();
  return manifest;
}

}  // namespace hyportrait::nn
