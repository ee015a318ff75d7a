// SPDX-License-Identifier: Apache-2.0
#include "options/tool_options.h"

namespace hyportrait {
namespace {

constexpr const char* kBounds = "Bounds (exit 6 beyond)";
constexpr double kAnyFigure = 1e9;

std::vector<OptionSpec<BatchOptions>> batch_table() {
  OptionTable<BatchOptions> table;
  table.group("Batch");
  table.integer({"retry", "More tries after a device error"}, 0, 100, &BatchOptions::retries);
  table.flag({"fail-fast", "Stop at the first job that fails"}, &BatchOptions::fail_fast);
  table.flag({"dry-run", "Print what would be done and why, and stop"}, &BatchOptions::dry_run);
  return table.take();
}

std::vector<OptionSpec<BenchOptions>> bench_table() {
  OptionTable<BenchOptions> table;
  add_bundle(table, "Bundle");
  add_device(table, "Where the networks run");
  add_precision_and_engine(table);
  add_size(table, {"size", "Side of the square, px, a multiple of 64", "the bundle's"});
  table.integer({"frames", "Frames of the made-up clip"}, 1, 100'000, &BenchOptions::frames);
  table.integer({"steps", "Sampler steps", "the bundle's"}, 1, kMaxSteps, &BenchOptions::steps);
  add_memory_budget(table, "Memory of the device that may be taken, such as 8G");
  table.integer({"warm-up", "Runs that do not count"}, 0, 1000, &BenchOptions::warm_up);
  table.integer({"repeat", "Runs that count"}, 1, 1000, &BenchOptions::repeat);
  return table.take();
}

std::vector<OptionSpec<CompareOptions>> compare_table() {
  OptionTable<CompareOptions> table;
  table.path({"A", "Clip, or folder of PNGs (--frames-dir)"}, &CompareOptions::a).positional = true;
  table.path({"B", "What to compare it with"}, &CompareOptions::b).positional = true;
  table.path(
      {"sheet",
       "Write a contact sheet (PNG): A, B and their difference (four times as strong) at six "
       "moments and at the worst one"},
      &CompareOptions::sheet);
  table.flag({"overwrite", "Replace an existing sheet"}, &CompareOptions::overwrite);
  table.number(
      {"min-psnr", "Fail (exit 6) when a frame's PSNR is below, dB; equal frames have 100"},
      "DB",
      0.0,
      100.0,
      &CompareOptions::min_psnr);
  table.number({"min-ssim", "Fail (exit 6) when a frame's SSIM is below; equal frames have 1"},
               "X",
               -1.0,
               1.0,
               &CompareOptions::min_ssim);
  return table.take();
}

std::vector<OptionSpec<DetailOptions>> detail_table() {
  OptionTable<DetailOptions> table;
  table.group("Inputs and output");
  table.path({"ref", "Portrait: where the detail comes from"}, &DetailOptions::ref);
  table.path(
      {"clip", "What a generator made of the portrait, of any size: it shows the whole portrait"},
      &DetailOptions::clip);
  table.path({"output",
              "MP4, MOV, MKV, WebM, GIF or WebP to write, as large as the portrait",
              "<clip>_detail.mp4 in the current folder"},
             &DetailOptions::output);
  add_clip_range(table);
  add_audio(table);
  add_background(table);
  table.group("Detail");
  table.number({"sigma", "How soft the clip is beside its size: a blur of so many px of the clip"},
               "PX",
               0.0,
               16.0,
               &DetailOptions::sigma);
  table.number({"strength", "How much detail, 0 to 2; 1 is what was lost"},
               "X",
               0.0,
               2.0,
               &DetailOptions::strength);
  table.group("Result");
  add_encoding(table);
  table.flag({"overwrite", "Replace an existing output"}, &DetailOptions::overwrite);
  return table.take();
}

std::vector<OptionSpec<DoctorOptions>> doctor_table() {
  OptionTable<DoctorOptions> table;
  add_bundle(table, "Bundle to check");
  add_device(table, "Where the self-test runs");
  return table.take();
}

std::vector<OptionSpec<ExtractOptions>> extract_table() {
  OptionTable<ExtractOptions> table;
  table
      .path({"input", "Driving clip, folder or %04d.png of pictures, or one picture"},
            &ExtractOptions::input)
      .positional = true;
  table.path({"output", "Motion file to write", "<clip>.motion in the current folder"},
             &ExtractOptions::output);
  add_bundle(table, "Bundle whose networks read the motion");
  add_device(table, "Where they run");
  add_size(table,
           {"size", "--size of the runs that take the file, px, a multiple of 64", "the bundle's"});
  add_clip_range(table);
  add_frame_rate(table);
  add_driver(table,
             &ExtractOptions::drive_face,
             &ExtractOptions::drive_box,
             &ExtractOptions::no_face,
             &ExtractOptions::drive_crop);
  table.flag({"overwrite", "Replace an existing motion file"}, &ExtractOptions::overwrite);
  return table.take();
}

std::vector<OptionSpec<InspectOptions>> inspect_table() {
  OptionTable<InspectOptions> table;
  table.path({"input", "Portrait or driving clip"}, &InspectOptions::input).positional = true;
  add_bundle(table, "Bundle whose detector looks");
  add_device(table, "Where the detector runs");
  table.parsed({"face", "Which face, as --ref-face and --drive-face"},
               kFaceValue,
               parse_face,
               &InspectOptions::face);
  table.parsed({"box", "Where the face is, px, as --ref-box and --drive-box"},
               "X,Y,W,H",
               parse_box,
               &InspectOptions::box);
  add_clip_range(table);
  table.path({"overlay", "Draw faces, landmarks and squares into this .png or .mp4"},
             &InspectOptions::overlay);
  table.path({"plot", "Draw a clip's head pose, size and sharpness over time into this SVG file"},
             &InspectOptions::plot);
  table.flag({"overwrite", "Replace an existing overlay or plot"}, &InspectOptions::overwrite);
  return table.take();
}

std::vector<OptionSpec<ReviewOptions>> review_table() {
  OptionTable<ReviewOptions> table;
  auto& folder = table.path({"folder", "Folder of a batch's outputs"}, &ReviewOptions::folder);
  folder.positional = true;
  folder.value = "DIR";
  table.path({"html",
              "Write a page to look through them in a browser; pictures go into <name>_files "
              "beside it"},
             &ReviewOptions::html);
  table.flag({"overwrite", "Replace an existing page"}, &ReviewOptions::overwrite);
  return table.take();
}

std::vector<OptionSpec<MetricsOptions>> metrics_table() {
  OptionTable<MetricsOptions> table;
  table.path({"ref", "Portrait"}, &MetricsOptions::ref);
  table.path({"drive", "Driving clip"}, &MetricsOptions::drive);
  table.path({"result", "What animate made; its sidecar is read too"}, &MetricsOptions::result);
  add_bundle(table, "Bundle whose networks judge");
  add_device(table, "Where they run");
  table.path({"output", "Write the figures, with those of every frame, into this JSON file"},
             &MetricsOptions::output);
  table.path({"plot", "Draw the figures over time into this SVG file"}, &MetricsOptions::plot);
  table.flag({"overwrite", "Replace existing ones"}, &MetricsOptions::overwrite);
  table.group(kBounds);
  table.number(
      {"min-identity", "Mean identity at least"}, "X", -1.0, 1.0, &MetricsOptions::min_identity);
  table.number({"max-expression", "Expression distance at most"},
               "X",
               0.0,
               kAnyFigure,
               &MetricsOptions::max_expression);
  table.number({"max-pose", "Head pose at most so far from the driver's"},
               "DEGREES",
               0.0,
               360.0,
               &MetricsOptions::max_pose);
  table.number({"max-flicker", "Ratio of the face's flicker at most"},
               "X",
               0.0,
               kAnyFigure,
               &MetricsOptions::max_flicker);
  table.number({"max-seam", "The larger of the two seams at most"},
               "X",
               0.0,
               kAnyFigure,
               &MetricsOptions::max_seam);
  table.number({"min-background-psnr", "Background PSNR at least"},
               "DB",
               0.0,
               100.0,
               &MetricsOptions::min_background_psnr);
  table.number(
      {"min-psnr", "PSNR to the driver at least"}, "DB", 0.0, 100.0, &MetricsOptions::min_psnr);
  table.number(
      {"min-ssim", "SSIM to the driver at least"}, "X", -1.0, 1.0, &MetricsOptions::min_ssim);
  return table.take();
}

}  // namespace

const std::vector<OptionSpec<BatchOptions>>& batch_option_specs() {
  static const auto kSpecs = batch_table();
  return kSpecs;
}

const std::vector<OptionSpec<BenchOptions>>& bench_option_specs() {
  static const auto kSpecs = bench_table();
  return kSpecs;
}

const std::vector<OptionSpec<CompareOptions>>& compare_option_specs() {
  static const auto kSpecs = compare_table();
  return kSpecs;
}

const std::vector<OptionSpec<DetailOptions>>& detail_option_specs() {
  static const auto kSpecs = detail_table();
  return kSpecs;
}

const std::vector<OptionSpec<DoctorOptions>>& doctor_option_specs() {
  static const auto kSpecs = doctor_table();
  return kSpecs;
}

const std::vector<OptionSpec<ExtractOptions>>& extract_option_specs() {
  static const auto kSpecs = extract_table();
  return kSpecs;
}

const std::vector<OptionSpec<InspectOptions>>& inspect_option_specs() {
  static const auto kSpecs = inspect_table();
  return kSpecs;
}

const std::vector<OptionSpec<MetricsOptions>>& metrics_option_specs() {
  static const auto kSpecs = metrics_table();
  return kSpecs;
}

const std::vector<OptionSpec<ReviewOptions>>& review_option_specs() {
  static const auto kSpecs = review_table();
  return kSpecs;
}

void validate(const BatchOptions& options) {
  check_ranges(batch_option_specs(), options);
}

void validate(const BenchOptions& options) {
  check_ranges(bench_option_specs(), options);
}

void validate(const CompareOptions& options) {
  check_given(compare_option_specs(), options, "compare", {"A", "B"});
  check_ranges(compare_option_specs(), options);
}

void validate(const DetailOptions& options) {
  check_given(detail_option_specs(), options, "detail", {"ref", "clip"});
  check_ranges(detail_option_specs(), options);
  check_clip_range(options);
}

void validate(const DoctorOptions& options) {
  check_ranges(doctor_option_specs(), options);
}

void validate(const ExtractOptions& options) {
  check_given(extract_option_specs(), options, "motion extract", {"input"});
  check_ranges(extract_option_specs(), options);
  check_clip_range(options);
}

void validate(const InspectOptions& options) {
  check_given(inspect_option_specs(), options, "inspect", {"input"});
  check_ranges(inspect_option_specs(), options);
  check_clip_range(options);
}

void validate(const MetricsOptions& options) {
  check_given(metrics_option_specs(), options, "metrics", {"ref", "drive", "result"});
  check_ranges(metrics_option_specs(), options);
}

void validate(const ReviewOptions& options) {
  check_given(review_option_specs(), options, "report", {"folder", "html"});
  check_ranges(review_option_specs(), options);
}

}  // namespace hyportrait
