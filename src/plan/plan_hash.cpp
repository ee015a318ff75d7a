// SPDX-License-Identifier: Apache-2.0
#include "plan/plan_hash.h"

#include <hyportrait/error.h>
#include <hyportrait/version.h>

#include "base/hashes.h"
#include "media/picture_sequence.h"
#include "options/animate_options.h"
#include "report/report_json.h"

#include <array>
#include <utility>
#include <vector>

namespace hyportrait::plan {
namespace {

namespace fs = std::filesystem;

/// Keys of options that the latents do not depend on.
constexpr std::array kOnlyOfTheOutput{"container",
                                      "frames_dir",
                                      "audio",
                                      "audio-track",
                                      "crop-only",
                                      "crop-size",
                                      "detail",
                                      "detail-strength",
                                      "blend",
                                      "colour-match",
                                      "side-by-side",
                                      "codec",
                                      "crf",
                                      "pixel-format",
                                      "decode-chunk"};

}  // namespace

std::string content_hash(const fs::path& path, FileHashes& hashes) {
  if (path.empty()) {
    return "";
  }
  try {
    if (media::is_picture_sequence(path)) {
      std::string all;
      for (const fs::path& picture : media::pictures_of(path)) {
        all += picture.filename().string() + '\n' + hashes.sha256(fs::absolute(picture)) + '\n';
      }
      return sha256(all);
    }
    return hashes.sha256(fs::absolute(path));
  } catch (const Error&) {
    return "missing";
  }
}

PlanHash plan_hash(const AnimateOptions& options, const nn::Bundle& bundle, FileHashes& hashes) {
  nlohmann::ordered_json decisive = to_config(options);
  for (const char* key : {"ref",
                          "drive",
                          "output",
                          "bundle",
                          "device",
                          "memory-budget",
                          "noise",
                          "pose-drive",
                          "frames-dir",
                          "sheet",
                          "overwrite",
                          "save-interval"}) {
    decisive.erase(key);
  }
  if (options.dtype == "auto") {
    decisive["dtype"] =
        nn::precision_text(nn::resolve_precision("auto", nn::resolve_device(options.device)));
  }
  decisive["container"] = options.output.empty() ? ".mp4" : options.output.extension().string();
  decisive["frames_dir"] = !options.frames_dir.empty();
  PlanHash hash;
  hash.parts = {.ref = content_hash(options.face.ref, hashes),
                .drive = content_hash(options.face.drive, hashes),
                .noise = content_hash(options.noise, hashes),
                .pose_drive = options.motion.pose_drive == kPortraitsPose
                                  ? kPortraitsPose
                                  : content_hash(options.motion.pose_drive, hashes),
                .bundle = bundle.hash(),
                .version = HYPORTRAIT_VERSION,
                .options = sha256(decisive.dump())};
  hash.whole = sha256(json_of(hash.parts).dump());
  for (const char* key : kOnlyOfTheOutput) {
    decisive.erase(key);
  }
  PlanParts parts = hash.parts;
  parts.options = sha256(decisive.dump());
  hash.latents = sha256(json_of(parts).dump());
  return hash;
}

std::string changed_parts(const std::optional<PlanParts>& before, const PlanParts& now) {
  constexpr std::array<std::pair<std::string PlanParts::*, const char*>, 7> kParts{
      {{&PlanParts::ref, "the portrait"},
       {&PlanParts::drive, "the clip"},
       {&PlanParts::noise, "the noise"},
       {&PlanParts::pose_drive, "the clip of the head pose"},
       {&PlanParts::bundle, "the bundle"},
       {&PlanParts::version, "the program's version"},
       {&PlanParts::options, "the options"}}};
  std::vector<std::string> names;
  for (const auto& [part, name] : kParts) {
    if (!before || *before.*part != now.*part) {
      names.emplace_back(name);
    }
  }
  if (names.empty()) {
    return "the sidecar (its plan hash is not that of its parts)";
  }
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i) {
    text += (i == 0 ? "" : i + 1 == names.size() ? " and " : ", ") + names[i];
  }
  return text;
}

}  // namespace hyportrait::plan
