// SPDX-License-Identifier: Apache-2.0
#include "report/report_json.h"

namespace hyportrait {

Json json_of(const WrittenFacts& written) {
  return {{"frames", written.frames},
          {"audio_packets", written.audio_packets},
          {"audio_reencoded", written.audio_reencoded},
          {"encoder", written.encoder},
          {"pixel_format", written.pixel_format},
          {"notes", written.notes},
          {"bytes", written.bytes},
          {"sha256", written.sha256}};
}

Json json_of(const DetailFacts& detail) {
  return {{"on", detail.on}, {"mean_weight", detail.mean_weight}, {"seconds", detail.seconds}};
}

Json json_of(const DetailPlan& plan) {
  return {{"ref", plan.ref.string()},
          {"clip", plan.clip.string()},
          {"output", plan.output.string()},
          {"picture", json_of(plan.portrait)},
          {"clip_facts", json_of(plan.clip_facts)},
          {"frames", plan.frames},
          {"sigma", plan.sigma},
          {"strength", plan.strength},
          {"codec", plan.codec}};
}

Json json_of(const DetailReport& report) {
  return {{"plan", json_of(report.plan)},
          {"detail", json_of(report.detail)},
          {"written", json_of(report.written)},
          {"seconds", report.seconds}};
}

Json json_of(const RunReport& report) {
  Json seconds = Json::object();
  for (const auto& [stage, value] : report.seconds) {
    seconds[stage] = value;
  }
  Json driver_times = Json::array();
  for (const DriverTime& time : report.driver_times) {
    driver_times.push_back({time.frame, time.seconds});
  }
  return {{"format", 1},
          {"status", "done"},
          {"plan_hash", report.plan_hash},
          {"plan_parts", json_of(report.plan_parts)},
          {"hyportrait", report.version},
          {"finished", report.finished},
          {"plan", json_of(report.plan)},
          {"work", json_of(report.work)},
          {"resumed_at_step", or_null(report.resumed_at_step)},
          {"unet_calls", report.unet_calls},
          {"batch", json_of(report.batch)},
          {"reused", report.reused},
          {"detail", json_of(report.detail)},
          {"written", json_of(report.written)},
          {"driver_times", driver_times},
          {"warnings", report.warnings},
          {"seconds", seconds},
          {"peak_host_bytes", report.peak_host_bytes},
          {"peak_device_bytes", report.peak_device_bytes}};
}

const char* status_text(JobStatus status) {
  switch (status) {
    case JobStatus::waiting:
      return "waiting";
    case JobStatus::done:
      return "done";
    case JobStatus::skipped:
      return "skipped";
    case JobStatus::failed:
      return "failed";
    case JobStatus::stands:
      break;
  }
  return "stands";
}

Json json_of(const BatchReport& report) {
  Json jobs = Json::array();
  for (const JobReport& job : report.jobs) {
    jobs.push_back({{"job", job.name},
                    {"output", job.output.string()},
                    {"status", status_text(job.status)},
                    {"exit_code", static_cast<int>(job.code)},
                    {"detail", job.detail},
                    {"attempts", job.attempts},
                    {"frames", job.frames},
                    {"seconds", job.seconds}});
  }
  return {{"jobs", jobs}, {"interrupted", report.interrupted}, {"seconds", report.seconds}};
}

}  // namespace hyportrait
