// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <hyportrait/batch.h>
#include <hyportrait/bench.h>
#include <hyportrait/bundle.h>
#include <hyportrait/compare.h>
#include <hyportrait/detail.h>
#include <hyportrait/doctor.h>
#include <hyportrait/inspect.h>
#include <hyportrait/metrics.h>
#include <hyportrait/motion.h>
#include <hyportrait/plan.h>
#include <hyportrait/run_report.h>

#include <nlohmann/json.hpp>

#include <optional>
#include <string>

namespace hyportrait {

// The one place where each report becomes JSON, with the keys of docs/cli.md; the library and the
// executable both have it.

using Json = nlohmann::ordered_json;

Json json_of(const RunPlan& plan);
Json json_of(const WorkEstimate& work);
Json json_of(const PlanParts& parts);
Json json_of(const BatchShape& batch);
Json json_of(const MemoryEstimate& memory);
Json json_of(const PlannedRun& planned);
Json json_of(const RunReport& report);
Json json_of(const BatchReport& report);
Json json_of(const PixelSize& size);
Json json_of(const ClipFacts& clip);
Json json_of(const WrittenFacts& written);
Json json_of(const DetailFacts& detail);
Json json_of(const DetailPlan& plan);
Json json_of(const DetailReport& report);
Json json_of(const Comparison& comparison);
Json json_of(const Metrics& metrics);
Json json_of(const MotionInfo& info);
Json json_of(const Inspection& inspection);
Json json_of(const Diagnosis& diagnosis);
Json json_of(const BenchReport& report);
Json json_of(const BundleInfo& info);

/// null for nothing.
template <class Value>
Json or_null(const std::optional<Value>& value) {
  return value ? Json(*value) : Json();
}

/// null for an empty text.
inline Json or_null(const std::string& text) {
  return text.empty() ? Json() : Json(text);
}

/// "waiting", "done" and so on.
const char* status_text(JobStatus status);

}  // namespace hyportrait
