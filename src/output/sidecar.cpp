// SPDX-License-Identifier: Apache-2.0
#include "output/sidecar.h"

#include <hyportrait/error.h>
#include <hyportrait/version.h>

#include "base/atomic_file.h"
#include "base/json_strict.h"
#include "options/animate_options.h"
#include "report/report_json.h"

#include <array>
#include <ctime>
#include <limits>

namespace hyportrait {
namespace {

namespace fs = std::filesystem;

std::optional<std::string> text_at(const nlohmann::json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? std::optional(found->get<std::string>())
                                                     : std::nullopt;
}

std::optional<std::int64_t> integer_at(const nlohmann::json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_number_integer()
             ? std::optional(found->get<std::int64_t>())
             : std::nullopt;
}

/// The object at a key, else an empty one.
nlohmann::json object_at(const nlohmann::json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_object() ? *found : nlohmann::json::object();
}

std::optional<PlanParts> parts_at(const nlohmann::json& sidecar) {
  const nlohmann::json parts = object_at(sidecar, "plan_parts");
  if (parts.empty()) {
    return std::nullopt;
  }
  const auto part = [&](const char* key) { return text_at(parts, key).value_or("unknown"); };
  return PlanParts{.ref = part("ref"),
                   .drive = part("drive"),
                   .noise = part("noise"),
                   .pose_drive = text_at(parts, "pose_drive").value_or(""),
                   .bundle = part("bundle"),
                   .version = part("version"),
                   .options = part("options")};
}

std::optional<OutputFacts> written_at(const nlohmann::json& sidecar) {
  const nlohmann::json written = object_at(sidecar, "written");
  const std::optional<std::int64_t> bytes = integer_at(written, "bytes");
  const std::optional<std::string> hash = text_at(written, "sha256");
  return bytes && *bytes >= 0 && hash && !hash->empty()
             ? std::optional(OutputFacts{static_cast<std::uint64_t>(*bytes), *hash})
             : std::nullopt;
}

void read_run(const nlohmann::json& sidecar, SidecarFacts& facts) {
  facts.frames = integer_at(object_at(sidecar, "written"), "frames");
  facts.unet_calls = integer_at(sidecar, "unet_calls");
  facts.resumed_at_step = integer_at(sidecar, "resumed_at_step");
  const auto warnings = sidecar.find("warnings");
  facts.warnings = warnings != sidecar.end() && warnings->is_array()
                       ? static_cast<std::int64_t>(warnings->size())
                       : 0;
  const nlohmann::json seconds = object_at(sidecar, "seconds");
  for (const auto& [stage, value] : seconds.items()) {
    facts.seconds += value.is_number() ? value.get<double>() : 0.0;
  }
}

Json written_json(const std::optional<OutputFacts>& written) {
  return written ? Json{{"bytes", written->bytes}, {"sha256", written->sha256}} : Json();
}

void write(const fs::path& path, const Json& json) {
  write_file_atomically(path, json_text(json) + "\n");
}

}  // namespace

std::string why_no_sidecar(const fs::path& output) {
  const fs::path path = output_paths(output).sidecar;
  if (read_sidecar(output)) {
    return "";
  }
  try {
    read_json(path, ExitCode::failed);
    return path.string() + ": is not a sidecar of this program";
  } catch (const Error& error) {
    return error.what();
  }
}

std::optional<SidecarFacts> read_sidecar(const fs::path& output) {
  const nlohmann::json sidecar = read_json_or_null(output_paths(output).sidecar);
  if (!sidecar.is_object() || integer_at(sidecar, "format") != 1 ||
      !sidecar.contains("plan_hash") || !sidecar.contains("hyportrait")) {
    return std::nullopt;
  }
  const std::optional<std::string> status = text_at(sidecar, "status");
  if (status != "done" && status != "failed") {
    return std::nullopt;
  }
  SidecarFacts facts{.status = status == "done" ? RunStatus::done : RunStatus::failed,
                     .plan_hash = text_at(sidecar, "plan_hash"),
                     .plan_parts = parts_at(sidecar),
                     .finished = text_at(sidecar, "finished").value_or("")};
  read_run(sidecar, facts);
  facts.error = text_at(sidecar, "error").value_or("");
  const std::optional<std::int64_t> code = integer_at(sidecar, "exit_code");
  if (code && *code >= 0 && *code <= std::numeric_limits<std::uint8_t>::max()) {
    facts.exit_code = static_cast<int>(*code);
  }
  facts.standing = text_at(sidecar, "standing");
  facts.written = written_at(sidecar);
  facts.frames_dir =
      text_at(object_at(object_at(sidecar, "plan"), "options"), "frames-dir").value_or("");
  return facts;
}

std::optional<RunSettings> read_run_settings(const fs::path& output) {
  const fs::path path = output_paths(output).sidecar;
  std::error_code ignored;
  if (!fs::exists(path, ignored)) {
    return std::nullopt;
  }
  const std::string where = path.string();
  const nlohmann::json sidecar = read_json(path, ExitCode::input);
  RunSettings settings;
  try {
    const nlohmann::json& plan = sidecar.at("plan");
    StrictObject sampler(plan.at("sampler"), where + ": sampler", ExitCode::input);
    const auto count = [&](const char* key, std::int64_t lowest, std::int64_t highest) {
      return static_cast<int>(sampler.integer(key, lowest, highest));
    };
    settings.sampler.window = count("window", 1, 1024);
    settings.sampler.overlap = count("overlap", 0, settings.sampler.window - 1);
    settings.sampler.shift = count("shift", 0, 1023);
    settings.sampler.padding = count("padding", 0, 1024);
    settings.sampler.steps = count("steps", 1, 1000);
    settings.sampler.decode_chunk = count("decode_chunk", 1, 1024);
    apply_config(settings.options, plan.at("options"), where, fs::current_path(ignored));
    settings.parts = parts_at(sidecar);
    settings.written = written_at(sidecar);
  } catch (const nlohmann::json::exception& error) {
    throw Error(ExitCode::input,
                where + ": is not the sidecar of a finished run (" + error.what() +
                    "); move it away to measure without it");
  }
  return settings;
}

void write_sidecar(const OutputPaths& paths, const RunReport& report) {
  write(paths.sidecar, json_of(report));
}

void write_sidecar(const OutputPaths& paths, const FailedRun& failed) {
  // Only what this program has written may be replaced later: an output that stands is remembered.
  std::optional<std::string> standing;
  if (failed.previous) {
    standing = failed.previous->status == RunStatus::done ? failed.previous->plan_hash
                                                          : failed.previous->standing;
  }
  const FaceOptions& face = failed.options.face;
  write(paths.sidecar,
        {{"format", 1},
         {"status", "failed"},
         {"plan_hash", or_null(failed.plan_hash)},
         {"plan_parts", failed.plan_parts ? json_of(*failed.plan_parts) : Json()},
         {"hyportrait", HYPORTRAIT_VERSION},
         {"finished", now_text()},
         {"error", failed.error},
         {"exit_code", failed.exit_code},
         {"attempts", failed.attempts},
         {"standing", or_null(standing)},
         {"written", standing ? written_json(failed.previous->written) : Json()},
         {"plan",
          {{"ref", face.ref.string()},
           {"drive", face.drive.string()},
           {"output", failed.options.output.string()}}}});
}

std::string now_text() {
  const std::time_t now = std::time(nullptr);
  std::tm utc{};
  std::array<char, 32> text{};
  std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", ::gmtime_r(&now, &utc));
  return text.data();
}

}  // namespace hyportrait
