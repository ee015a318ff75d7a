// SPDX-License-Identifier: Apache-2.0
#include "report/report_json.h"

namespace hyportrait {

Json json_of(const RunReport& report) {
  const WrittenFacts& written = report.written;
  Json seconds = Json::object();
  for (const auto& [stage, value] : report.seconds) {
    seconds[stage] = value;
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
          {"detail",
           {{"on", report.detail.on},
            {"mean_weight", report.detail.mean_weight},
            {"seconds", report.detail.seconds}}},
          {"written",
           {{"frames", written.frames},
            {"audio_packets", written.audio_packets},
            {"audio_reencoded", written.audio_reencoded},
            {"encoder", written.encoder},
            {"pixel_format", written.pixel_format},
            {"notes", written.notes},
            {"bytes", written.bytes},
            {"sha256", written.sha256}}},
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
