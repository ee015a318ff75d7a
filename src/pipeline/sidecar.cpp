// SPDX-License-Identifier: Apache-2.0
#include "pipeline/sidecar.h"

#include <hyportrait/version.h>

#include "core/json_strict.h"
#include "pipeline/plan_json.h"

#include <ctime>

namespace hyportrait::pipeline {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

std::string now_text() {
  const std::time_t now = std::time(nullptr);
  std::tm utc{};
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", ::gmtime_r(&now, &utc));
  return text;
}

Json seconds_json(const StageTimes& times) {
  Json seconds = Json::object();
  for (const auto& [stage, value] : times.stages()) {
    seconds[stage] = value;
  }
  return seconds;
}

}  // namespace

Json done_sidecar(const Plan& plan,
                  const PlanHash& hash,
                  const nn::Bundle& bundle,
                  const RunRecord& record,
                  const StageTimes& times) {
  const media::WriterReport& written = record.written;
  return {{"format", 1},
          {"status", "done"},
          {"plan_hash", hash.whole},
          {"plan_parts", hash.parts},
          {"hyportrait", HYPORTRAIT_VERSION},
          {"finished", now_text()},
          {"plan", to_json(plan, bundle)},
          {"work", estimate(plan, bundle, record.frames)},
          {"resumed_at_step", record.resumed_at_step ? Json(*record.resumed_at_step) : Json()},
          {"unet_calls", record.unet_calls},
          {"batch", batch_json(record.batch)},
          {"reused", record.reused},
          {"written",
           {{"frames", written.frames},
            {"audio_packets", written.audio_packets},
            {"audio_reencoded", written.audio_reencoded},
            {"encoder", written.encoder},
            {"pixel_format", written.pixel_format},
            {"notes", written.notes}}},
          {"warnings", record.warnings},
          {"seconds", seconds_json(times)},
          {"peak_host_bytes", peak_host_memory()},
          {"peak_device_bytes",
           plan.device.kind == nn::DeviceKind::cuda ? nn::memory_facts(plan.device).peak : 0}};
}

Json failed_sidecar(const AnimateOptions& options,
                    const std::optional<PlanHash>& hash,
                    const Failure& failure,
                    const std::optional<nlohmann::json>& previous) {
  // Only what this program has written may be replaced later: an output that stands is remembered.
  Json standing;
  if (previous) {
    standing = previous->value(previous->at("status") == "done" ? "plan_hash" : "standing",
                               nlohmann::json());
  }
  return {{"format", 1},
          {"status", "failed"},
          {"plan_hash", hash ? Json(hash->whole) : Json()},
          {"plan_parts", hash ? hash->parts : Json()},
          {"hyportrait", HYPORTRAIT_VERSION},
          {"finished", now_text()},
          {"error", failure.error},
          {"exit_code", failure.exit_code},
          {"attempts", failure.attempts},
          {"standing", standing},
          {"plan",
           {{"ref", options.ref.string()},
            {"drive", options.drive.string()},
            {"output", options.output.string()}}}};
}

fs::path sidecar_path(const fs::path& output) {
  return output.string() + ".json";
}

std::optional<nlohmann::json> read_sidecar(const fs::path& output) {
  nlohmann::json json = read_json_or_null(sidecar_path(output));
  const bool ours = json.is_object() && json.value("format", nlohmann::json()) == 1 &&
                    json.value("status", nlohmann::json()).is_string() &&
                    json.contains("plan_hash") && json.contains("hyportrait");
  return ours ? std::optional(std::move(json)) : std::nullopt;
}

}  // namespace hyportrait::pipeline
