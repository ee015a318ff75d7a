// SPDX-License-Identifier: Apache-2.0
#include "page/job.h"

#include <hyportrait/error.h>
#include <hyportrait/metrics.h>

#include "base/atomic_file.h"
#include "base/hashes.h"
#include "base/json_strict.h"
#include "metrics/series.h"
#include "output/targets.h"
#include "page/links.h"
#include "page/pictures.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>

namespace hyportrait::page {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr std::size_t kMaxCardText = 400;  // bytes: a thousand cards are one page

/// What the exit codes of docs/cli.md ask for.
std::string advice_for(int code) {
  switch (static_cast<ExitCode>(code)) {
    case ExitCode::usage:
      return "What to do: correct the option that the message names, or move away what has the "
             "output's name.";
    case ExitCode::input:
      return "What to do: look at the named file. For faces: a closer crop, --ref-box, --drive-box "
             "or --no-face.";
    case ExitCode::bundle:
      return "What to do: hyportrait bundle verify DIR; copy or export the bundle again.";
    case ExitCode::device:
      return "What to do: --device cpu, a smaller --window, --size or --decode-chunk, or --dtype "
             "bf16; batch --retry tries again.";
    case ExitCode::failed:
      return "What to do: free space on the disk, or choose another folder; the same batch then "
             "does what is missing.";
    default:
      return "";
  }
}

/// A value at a path of keys, or nothing.
const nlohmann::json* at(const nlohmann::json& object, std::initializer_list<const char*> keys) {
  const nlohmann::json* value = &object;
  for (const char* key : keys) {
    if (!value->is_object() || !value->contains(key)) {
      return nullptr;
    }
    value = &(*value)[key];
  }
  return value;
}

std::string text_at(const nlohmann::json& object, std::initializer_list<const char*> keys) {
  const nlohmann::json* value = at(object, keys);
  return value != nullptr && value->is_string() ? value->get<std::string>() : "";
}

std::optional<double> number_at(const nlohmann::json& object,
                                std::initializer_list<const char*> keys) {
  const nlohmann::json* value = at(object, keys);
  return value != nullptr && value->is_number() ? std::optional(value->get<double>())
                                                : std::nullopt;
}

std::string shortened(std::string text) {
  if (text.size() > kMaxCardText) {
    text.resize(kMaxCardText);
    text += " ...";
  }
  return text;
}

/// Kinds of file that browsers play or show.
bool has_ending(const fs::path& path, std::initializer_list<std::string_view> endings) {
  std::string ending = path.extension().string();
  std::transform(ending.begin(), ending.end(), ending.begin(), [](unsigned char c) {
    return static_cast<char>(std::tolower(c));
  });
  return std::find(endings.begin(), endings.end(), ending) != endings.end();
}

/// A clip or a picture for the viewer: its address, its path, and a poster in the page's folder.
Json media_json(const fs::path& media,
                PageFolders& folders,
                const std::string& poster_name,
                PageJob& job) {
  if (media.empty()) {
    return nullptr;
  }
  Json json = {{"path", media.string()}, {"url", nullptr}, {"moving", false}, {"still", false}};
  std::error_code ignored;
  if (!fs::is_regular_file(media, ignored)) {
    return json;
  }
  json["url"] = url_of(media, folders.page);
  json["moving"] = has_ending(media, {".mp4", ".mov", ".m4v", ".webm", ".mkv"});
  json["still"] = has_ending(media, {".png", ".jpg", ".jpeg", ".gif", ".webp"});
  std::string why;
  if (folders.posters.contains(poster_name) ||
      write_poster(media, folders.files / poster_name, why)) {
    folders.posters.insert(poster_name);
    json["poster"] = poster_name;
  } else {
    job.warnings.push_back(why);
  }
  return json;
}

/// Pictures of portraits and drivers are shared by the jobs that have them.
std::string shared_name(const char* kind, const fs::path& media) {
  return fmt::format("{}_{}.jpg", kind, sha256(media.string()).substr(0, 16));
}

Json figures_of(const nlohmann::json& metrics) {
  constexpr std::array<std::pair<const char*, std::array<const char*, 2>>, 8> kFigures{
      {{"identity", {"identity", "mean"}},
       {"expression distance", {"expression", "distance"}},
       {"expression correlation", {"expression", "correlation"}},
       {"pose degrees", {"pose", "degrees"}},
       {"flicker ratio", {"flicker", "face_ratio"}},
       {"seam of windows", {"seam", "windows"}},
       {"seam of chunks", {"seam", "chunks"}},
       {"psnr to driver", {"against_driver", "psnr"}}}};
  Json figures = Json::object();
  for (const auto& [name, keys] : kFigures) {
    if (const auto value = number_at(metrics, {keys[0], keys[1]})) {
      figures[name] = *value;
    }
  }
  return figures;
}

std::optional<std::array<double, 3>> angles_at(const nlohmann::json& frame, const char* key) {
  const nlohmann::json* value = at(frame, {key});
  if (value == nullptr || !value->is_array() || value->size() != 3 ||
      !std::all_of(value->begin(), value->end(), [](const auto& a) { return a.is_number(); })) {
    return std::nullopt;
  }
  return value->get<std::array<double, 3>>();
}

std::vector<std::int64_t> frames_at(const nlohmann::json& metrics,
                                    const char* key,
                                    std::size_t count) {
  std::vector<std::int64_t> frames;
  const nlohmann::json* list = at(metrics, {key});
  for (const nlohmann::json& frame :
       list != nullptr && list->is_array() ? *list : nlohmann::json::array()) {
    if (frame.is_number_unsigned() && frame.get<std::uint64_t>() < count) {
      frames.push_back(frame.get<std::int64_t>());
    }
  }
  return frames;
}

/// The series of a file that `metrics -o` wrote, as far as it is one.
Metrics series_of(const nlohmann::json& metrics, const fs::path& output) {
  Metrics series{.result = output};
  const nlohmann::json* list = at(metrics, {"per_frame"});
  for (const nlohmann::json& frame :
       list != nullptr && list->is_array() ? *list : nlohmann::json::array()) {
    series.per_frame.push_back({.seconds = number_at(frame, {"seconds"}).value_or(0.0),
                                .driver_seconds = number_at(frame, {"driver_seconds"}),
                                .identity = number_at(frame, {"identity"}),
                                .expression = number_at(frame, {"expression"}),
                                .pose = angles_at(frame, "pose"),
                                .driver_pose = angles_at(frame, "driver_pose"),
                                .flicker = number_at(frame, {"flicker"}),
                                .flicker_driver = number_at(frame, {"flicker_driver"}),
                                .driver_psnr = number_at(frame, {"driver_psnr"})});
  }
  series.window_borders = frames_at(metrics, "window_borders", series.per_frame.size());
  series.chunk_borders = frames_at(metrics, "chunk_borders", series.per_frame.size());
  const nlohmann::json* order = at(metrics, {"rotation_order"});
  if (order != nullptr && order->is_array() && order->size() == 3) {
    for (const nlohmann::json& angle : *order) {
      series.rotation_order.push_back(angle.is_string() ? angle.get<std::string>() : "");
    }
  }
  return series;
}

std::string plain_text(const nlohmann::json& value) {
  return value.is_string() ? value.get<std::string>() : value.dump();
}

Json settings_of(const nlohmann::json& sidecar) {
  Json rows = Json::array();
  const auto add = [&](const char* name, std::initializer_list<const char*> keys) {
    if (const nlohmann::json* value = at(sidecar, keys); value != nullptr && !value->is_null()) {
      rows.push_back({name, plain_text(*value)});
    }
  };
  add("bundle", {"plan", "bundle", "name"});
  add("device", {"plan", "device"});
  add("precision", {"plan", "dtype"});
  add("engine", {"plan", "engine"});
  add("program", {"hyportrait"});
  add("finished", {"finished"});
  add("attempts", {"attempts"});
  if (const nlohmann::json* options = at(sidecar, {"plan", "options"});
      options != nullptr && options->is_object()) {
    for (const auto& [name, value] : options->items()) {
      rows.push_back({name, plain_text(value)});
    }
  }
  return rows;
}

void add_facts(PageJob& job,
               const nlohmann::json& sidecar,
               const fs::path& output,
               PageFolders& folders,
               std::size_t number) {
  Json& details = job.details;
  details["settings"] = settings_of(sidecar);
  const nlohmann::json* warnings = at(sidecar, {"warnings"});
  details["warnings"] =
      warnings != nullptr && warnings->is_array() ? Json(*warnings) : Json::array();
  details["frameRate"] = number_at(sidecar, {"plan", "clip", "frame_rate"}).value_or(25.0);
  details["skipped"] = text_at(sidecar, {"plan", "options", "no-face"}) == "skip";
  const nlohmann::json* times = at(sidecar, {"driver_times"});
  details["driverTimes"] = times != nullptr && times->is_array() ? Json(*times) : Json::array();
  const fs::path ref = text_at(sidecar, {"plan", "ref"});
  const fs::path drive = text_at(sidecar, {"plan", "drive"});
  details["portrait"] = media_json(ref, folders, shared_name("portrait", ref), job);
  if (details["portrait"].is_object()) {
    details["portrait"]["still"] = false;  // the poster: a browser shows no TIFF or HEIC
    details["portrait"]["moving"] = false;
  }
  details["driver"] = media_json(drive, folders, shared_name("driver", drive), job);
  details["result"] = media_json(output, folders, fmt::format("{}.jpg", number), job);
}

void add_pictures(PageJob& job,
                  const ListedOutput& listed,
                  const fs::path& output,
                  const PageFolders& folders,
                  std::size_t number) {
  const Json& result = job.details["result"];
  job.has_poster = result.is_object() && result.contains("poster");
  const Json& portrait = job.details["portrait"];
  const bool faded = !job.has_poster && portrait.is_object() && portrait.contains("poster");
  job.card["faded"] = faded;
  job.card["poster"] = job.has_poster ? result["poster"] : faded ? portrait["poster"] : Json();
  std::string why;
  const std::string strip = fmt::format("{}_strip.jpg", number);
  const std::int64_t frames = listed.sidecar ? listed.sidecar->frames.value_or(0) : 0;
  if (job.has_poster && result["moving"] &&
      write_strip(output, frames, folders.files / strip, why)) {
    job.details["strip"] = strip;
  }
}

void add_figures(PageJob& job,
                 const fs::path& output,
                 const PageFolders& folders,
                 std::size_t number) {
  fs::path file = output;
  file += ".metrics.json";
  const nlohmann::json metrics = read_json_or_null(file);
  job.card["figures"] = figures_of(metrics);
  const Metrics series = series_of(metrics, output);
  if (!series.per_frame.empty()) {
    const std::string plot = fmt::format("{}.svg", number);
    write_file_atomically(folders.files / plot,
                          plot::to_svg(hyportrait::metrics::plot_of(series, {})),
                          Durability::later);
    job.details["plot"] = plot;
  }
}

}  // namespace

PageJob page_job(const ListedOutput& listed, std::size_t number, PageFolders& folders) {
  const fs::path output = folders.outputs / listed.output;
  const SidecarFacts facts = listed.sidecar.value_or(SidecarFacts{});
  const int code = facts.exit_code.value_or(0);
  PageJob job{.card = {{"id", number},
                       {"name", listed.output.string()},
                       {"status", status_text(listed.status)},
                       {"why", shortened(listed.why)},
                       {"advice", is_failure(listed.status) ? advice_for(code) : ""},
                       {"seconds", facts.seconds},
                       {"frames", facts.frames.value_or(0)},
                       {"warnings", facts.warnings},
                       {"finished", facts.finished}},
              .details = {},
              .seconds = facts.seconds,
              .warnings = {}};
  add_facts(job, read_json_or_null(output_paths(output).sidecar), output, folders, number);
  add_pictures(job, listed, output, folders, number);
  add_figures(job, output, folders, number);
  return job;
}

}  // namespace hyportrait::page
