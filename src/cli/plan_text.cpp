// SPDX-License-Identifier: Apache-2.0
#include "cli/plan_text.h"

#include "base/shown_text.h"
#include "cli/style.h"
#include "options/animate_options.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <array>
#include <iostream>
#include <string_view>

namespace hyportrait::cli {
namespace {

constexpr std::size_t kPlanLines = 15;
constexpr std::size_t kPlanLabels = 9;  // columns

/// "7.8 of 23 GB", "800 MB of 23 GB", "800 MB"; nothing where it is not known.
std::string memory_text(const MemoryEstimate& memory) {
  const std::uint64_t bytes =
      std::max(memory.denoise_bytes.value_or(0), memory.decode_bytes.value_or(0));
  if (bytes == 0) {
    return "memory not known";
  }
  std::string need = rounded_size(bytes);
  if (!memory.budget_bytes) {
    return need + " of memory";
  }
  const std::string all = rounded_size(*memory.budget_bytes);
  const std::string unit = all.substr(all.find(' '));
  need = need.ends_with(unit) ? need.substr(0, need.size() - unit.size()) : need;
  return need + " of " + all + " of memory";
}

std::string cost_text(const PlannedRun& planned) {
  const RunPlan& plan = planned.plan;
  const WorkEstimate& work = planned.work;
  return fmt::format(
      "{0}x{0}, {1}, {2}, {3}, {4}, {5}",
      plan.image_size,
      counted(plan.sampler.steps, "step"),
      counted(work.windows_per_step, "window"),
      counted(work.unet_calls, "network call"),
      work.seconds ? "about " + duration_text(*work.seconds) : "time known after a first run",
      memory_text(plan.memory));
}

std::string run_decisions(const RunPlan& plan) {
  const std::vector<std::string> engines{"automatic", "torchscript", "compiled"};
  const BatchShape& batch = plan.memory.batch;
  return fmt::format("{}, {}, {}, {} at a time{}",
                     plan.device,
                     plan.dtype,
                     engines.at(static_cast<std::size_t>(plan.engine)),
                     counted(batch.windows, "window"),
                     batch.branches_apart ? ", its branches apart" : "");
}

/// What is done to the picture after the network, and with the sound.
std::string result_decisions(const AnimateOptions& options) {
  const std::string detail = options.detail == DetailKind::automatic
                                 ? "where the portrait is sharper"
                             : options.detail == DetailKind::on ? "on"
                                                                : "off";
  return fmt::format("{}, detail {}{}",
                     options.crop_only                  ? "the square alone"
                     : options.blend == BlendKind::soft ? "pasted back softly"
                                                        : "pasted back as the original",
                     detail,
                     options.audio == AudioKind::none ? ", no sound" : "");
}

/// The options that differ from their defaults, as they are typed.
std::string options_given(const AnimateOptions& given) {
  constexpr std::array<std::string_view, 6> kShownElsewhere{
      "ref", "drive", "output", "bundle", "overwrite", "save-interval"};
  const AnimateOptions defaults;
  std::string text;
  for (const auto& spec : animate_option_specs()) {
    const std::optional<std::string> value = spec.get(given);
    const bool elsewhere = std::find(kShownElsewhere.begin(), kShownElsewhere.end(), spec.name) !=
                           kShownElsewhere.end();
    if (!elsewhere && value && value != spec.get(defaults)) {
      text += (text.empty() ? "" : " ") + spec.label() +
              (spec.kind == OptionKind::flag ? "" : " " + printable(*value));
    }
  }
  return text;
}

/// As many as there is room for above the last line.
void print_warnings(Page& page, const std::vector<std::string>& warnings) {
  for (std::size_t i = 0; i < warnings.size(); ++i) {
    const std::size_t room = kPlanLines - 1 - std::min(page.lines(), kPlanLines - 2);
    const std::size_t more = warnings.size() - i - 1;
    if (room <= 1 && more > 0) {
      page.field(paint(Ink::note, "warning"),
                 counted(static_cast<std::int64_t>(more + 1), "warning") + ": --verbose",
                 1);
      return;
    }
    page.field(paint(Ink::note, "warning"), printable(warnings[i]), more > 0 ? room - 1 : room);
  }
}

}  // namespace

std::string pixels_text(const PixelSize& size) {
  return fmt::format("{}x{} px", size.width, size.height);
}

std::string rate_text(double rate) {
  return fmt::format("{:.4g} a second", rate);
}

std::string clip_text(const ClipFacts& clip, std::int64_t frames) {
  const std::string count = frames > 0 ? counted(frames, "frame") : "length not stated";
  return fmt::format(
      "{}{}{}",
      count,
      frames == 1 || clip.frame_rate <= 0.0
          ? ""
          : fmt::format(
                ", {}{}", rate_text(clip.frame_rate), clip.variable_frame_rate ? " (uneven)" : ""),
      clip.has_audio ? ", with sound" : "");
}

void print_run_plan(const PlannedRun& planned, const AnimateOptions& given) {
  const RunPlan& plan = planned.plan;
  Page page(std::cout, kPlanLabels);
  page.field("portrait",
             shown_path(plan.options.face.ref.string()) + ", " + pixels_text(plan.portrait),
             2);
  page.field("driver",
             shown_path(plan.options.face.drive.string()) + ", " +
                 (plan.clip.size.width > 0 ? pixels_text(plan.clip.size) + ", " : "") +
                 clip_text(plan.clip, planned.work.frames),
             2);
  page.field(paint(Ink::heading, "output"),
             fmt::format("{}, {}, at least {} of disk",
                         shown_path(plan.output.string()),
                         pixels_text(plan.picture),
                         rounded_size(planned.work.disk_bytes)),
             2);
  page.field(paint(Ink::heading, "cost"), cost_text(planned), 2);
  page.field(
      "bundle", printable(plan.bundle.name) + " in " + shown_path(plan.bundle.folder.string()), 1);
  page.field("runs on", run_decisions(plan), 1);
  page.field("picture", result_decisions(plan.options), 1);
  if (const std::string options = options_given(given); !options.empty()) {
    page.field("options", options, 2);
  }
  print_warnings(page, plan.warnings);
  page.line(paint(Ink::faint, "All values: --verbose; for programs: --json"));
}

void print_detail_plan(const DetailPlan& plan) {
  Page page(std::cout, kPlanLabels);
  page.field("portrait", shown_path(plan.ref.string()) + ", " + pixels_text(plan.portrait), 2);
  page.field("clip",
             shown_path(plan.clip.string()) + ", " + pixels_text(plan.clip_facts.size) + ", " +
                 clip_text(plan.clip_facts, plan.frames),
             2);
  page.field(
      paint(Ink::heading, "output"),
      fmt::format(
          "{}, {}, {}", shown_path(plan.output.string()), pixels_text(plan.portrait), plan.codec),
      2);
  page.field(
      "detail",
      fmt::format("strength {}{}",
                  rounded(plan.strength),
                  plan.sigma > 0.0 ? ", for a clip blurred by " + rounded(plan.sigma) + " px" : ""),
      1);
  page.line(paint(Ink::faint, "All values: --verbose; for programs: --json"));
}

}  // namespace hyportrait::cli
