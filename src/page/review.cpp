// SPDX-License-Identifier: Apache-2.0
#include <hyportrait/error.h>
#include <hyportrait/review.h>

#include "base/atomic_file.h"
#include "base/hashes.h"
#include "base/json_strict.h"
#include "base/log.h"
#include "base/shown_text.h"
#include "options/tool_options.h"
#include "output/output_list.h"
#include "output/targets.h"
#include "page/job.h"
#include "page/links.h"
#include "page/templates.h"
#include "run/reporter.h"

#include <spdlog/fmt/fmt.h>

#include <utility>

namespace hyportrait {
namespace {

namespace fs = std::filesystem;
using page::PageFolders;
using Json = nlohmann::ordered_json;

PageFolders folders_of(const ReviewOptions& options) {
  const fs::path html = fs::absolute(options.html).lexically_normal();
  PageFolders folders{.outputs = fs::absolute(options.folder).lexically_normal(),
                      .page = html.parent_path(),
                      .files = html.parent_path() / (html.stem().string() + "_files"),
                      .posters = {}};
  return folders;
}

void make_files_folder(const fs::path& folder, bool overwrite) {
  std::error_code error;
  if (fs::exists(fs::symlink_status(folder, error)) && !overwrite) {
    throw Error(
        ExitCode::usage,
        folder.string() + ": exists; pass --overwrite to replace the page, or choose another name");
  }
  fs::create_directories(folder, error);
  if (error) {
    throw Error(ExitCode::failed, folder.string() + ": cannot be made: " + error.message());
  }
}

/// `text` with each {{name}} replaced, whatever the replacements hold.
std::string filled(std::string_view text,
                   const std::vector<std::pair<std::string, std::string>>& values) {
  std::string out;
  while (!text.empty()) {
    std::size_t first = text.npos;
    const std::pair<std::string, std::string>* next = nullptr;
    for (const auto& value : values) {
      const std::size_t at = text.find("{{" + value.first + "}}");
      if (at < first) {
        first = at;
        next = &value;
      }
    }
    out += text.substr(0, first);
    if (next == nullptr) {
      break;
    }
    out += next->second;
    text.remove_prefix(first + next->first.size() + 4);
  }
  return out;
}

std::string totals_text(const Json& cards, double seconds) {
  std::int64_t frames = 0;
  for (const Json& card : cards) {
    frames += card.at("frames").get<std::int64_t>();
  }
  return fmt::format("{}, {}, {}",
                     counted(static_cast<std::int64_t>(cards.size()), "job"),
                     counted(frames, "frame"),
                     fmt::format("{:.0f} s of work", seconds));
}

}  // namespace

ReviewReport write_review(const ReviewOptions& options, const RunHooks& hooks) {
  validate(options);
  PageFolders folders = folders_of(options);
  check_target(options.html, options.overwrite);
  const std::vector<ListedOutput> outputs = list_outputs(options.folder);
  make_files_folder(folders.files, options.overwrite);
  run::Reporter reporter(hooks, "report", static_cast<std::int64_t>(outputs.size()), "job");
  ReviewReport report{.html = options.html, .warnings = {}};
  Json cards = Json::array();
  double seconds = 0.0;
  for (const ListedOutput& listed : outputs) {
    page::PageJob job = page::page_job(listed, cards.size(), folders);
    const std::string details = page::script_text(json_text(job.details, -1));
    write_file_atomically(folders.files / fmt::format("{}.js", cards.size()),
                          fmt::format("hyportraitJob({}, {});\n", cards.size(), details),
                          Durability::later);
    seconds += job.seconds;
    report.posters += job.has_poster ? 1 : 0;
    for (std::string& warning : job.warnings) {
      logger().warn("{}", warning);
      report.warnings.push_back(std::move(warning));
    }
    cards.push_back(std::move(job.card));
    reporter.at(++report.jobs);
  }
  const Json data = {{"title", folders.outputs.string()},
                     {"key", sha256(folders.outputs.string()).substr(0, 16)},
                     {"files", page::url_of(folders.files, folders.page)},
                     {"totals", totals_text(cards, seconds)},
                     {"jobs", cards}};
  sync_files_of(folders.files);
  write_file_atomically(options.html,
                        filled(page::kHtml,
                               {{"css", page::kCss},
                                {"data", page::script_text(json_text(data, -1))},
                                {"js", page::kJs}}));
  reporter.finish();
  return report;
}

}  // namespace hyportrait
