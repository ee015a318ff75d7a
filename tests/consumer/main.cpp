// SPDX-License-Identifier: Apache-2.0
// An embedder: a program of somebody else's that uses the installed library as it likes.
//
//   consumer BUNDLE PORTRAIT CLIP FOLDER
//
// Runs everything that the library offers, and prints a line for each thing that holds. The first
// one that does not ends it with exit 1.
#include <hyportrait/api.h>
#include <hyportrait/error.h>
#include <hyportrait/version.h>

#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iostream>
#include <iterator>
#include <limits>
#include <stdexcept>
#include <string>
#include <thread>
#include <variant>
#include <vector>

namespace hp = hyportrait;
namespace fs = std::filesystem;

namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

void expect(bool holds, const std::string& what) {
  if (!holds) {
    throw std::runtime_error("does not hold: " + what);
  }
  std::cout << what << '\n';
}

/// The message of an Error(usage) that names `option`.
void expect_usage(const std::string& function,
                  const std::string& option,
                  const std::function<void()>& call) {
  try {
    call();
  } catch (const hp::Error& error) {
    const std::string message = error.what();
    expect(error.exit_code() == hp::ExitCode::usage && message.find(option) != std::string::npos,
           function + " refuses " + option + ": " + message);
    return;
  }
  expect(false, function + " refuses " + option);
}

struct Inputs {
  fs::path bundle;
  fs::path portrait;
  fs::path clip;
  fs::path folder;
};

hp::AnimateOptions short_run(const Inputs& inputs, const std::string& name) {
  hp::AnimateOptions options;
  options.bundle = inputs.bundle;
  options.face.ref = inputs.portrait;
  options.face.drive = inputs.clip;
  options.output = inputs.folder / name;
  options.max_frames = 2;
  options.steps = 1;
  return options;
}

template <class Options>
struct Spoilt {
  std::string option;
  std::function<void(Options&)> spoil;
};

using Options = hp::AnimateOptions;
const std::vector<Spoilt<Options>> kSpoiltAnimate{
    {"--ref", [](Options& o) { o.face.ref.clear(); }},
    {"--drive", [](Options& o) { o.face.drive.clear(); }},
    {"--ref-face", [](Options& o) { o.face.ref_face.index = -1; }},
    {"--drive-face",
     [](Options& o) {
       o.face.drive_face.point = hp::PixelPoint{kNan, 0};
     }},
    {"--ref-box",
     [](Options& o) {
       o.face.ref_box = hp::PixelBox{0, 0, -1, 5};
     }},
    {"--drive-box",
     [](Options& o) {
       o.face.drive_box = hp::PixelBox{0, 0, 1e6, 1e6};
     }},
    {"--no-face", [](Options& o) { o.face.no_face = static_cast<hp::NoFacePolicy>(9); }},
    {"--output", [](Options& o) { o.output = std::string("a\0b.mp4", 7); }},
    {"--bundle", [](Options& o) { o.bundle = std::string("a\0b", 3); }},
    {"--device", [](Options& o) { o.device = "gpu"; }},
    {"--dtype", [](Options& o) { o.dtype = "int8"; }},
    {"--engine", [](Options& o) { o.engine = static_cast<hp::EngineKind>(3); }},
    {"--preset", [](Options& o) { o.preset = static_cast<hp::PresetKind>(3); }},
    {"--steps", [](Options& o) { o.steps = 0; }},
    {"--appearance-guidance",
     [](Options& o) {
       o.appearance_guidance = {kNan, 1.0};
     }},
    {"--motion-guidance",
     [](Options& o) {
       o.motion_guidance = {1.0, 101.0};
     }},
    {"--guidance-until", [](Options& o) { o.guidance_until = -0.1; }},
    {"--size", [](Options& o) { o.size = 63; }},
    {"--seed", [](Options& o) { o.seed = std::numeric_limits<std::uint64_t>::max(); }},
    {"--noise", [](Options& o) { o.noise = std::string("a\0b", 3); }},
    {"--window", [](Options& o) { o.window = 0; }},
    {"--overlap", [](Options& o) { o.overlap = -3; }},
    {"--shift", [](Options& o) { o.shift = -1; }},
    {"--padding", [](Options& o) { o.padding = -1; }},
    {"--decode-chunk", [](Options& o) { o.decode_chunk = 0; }},
    {"--memory-budget", [](Options& o) { o.memory_budget = hp::MemorySize{0}; }},
    {"--start", [](Options& o) { o.start_seconds = -1.0; }},
    {"--end", [](Options& o) { o.end_seconds = kNan; }},
    {"--max-frames", [](Options& o) { o.max_frames = 0; }},
    {"--fps",
     [](Options& o) {
       o.fps = hp::Rational{0, 0};
     }},
    {"--audio", [](Options& o) { o.audio = static_cast<hp::AudioKind>(2); }},
    {"--blend", [](Options& o) { o.blend = static_cast<hp::BlendKind>(2); }},
    {"--frames-dir", [](Options& o) { o.frames_dir = std::string("a\0b", 3); }},
    {"--codec", [](Options& o) { o.codec.clear(); }},
    {"--crf", [](Options& o) { o.crf = 99; }},
    {"--pixel-format", [](Options& o) { o.pixel_format.clear(); }},
    {"--compat", [](Options& o) { o.compat = static_cast<hp::CompatKind>(2); }},
    {"--save-interval", [](Options& o) { o.save_interval_seconds = kNan; }}};

/// animate, plan_run and batch, with each option out of range.
void refuse_animate_options(const Inputs& inputs) {
  for (const auto& [option, spoil] : kSpoiltAnimate) {
    hp::AnimateOptions options = short_run(inputs, "refused.mp4");
    spoil(options);
    expect_usage("animate", option, [&] { hp::animate(options, {}); });
    expect_usage("plan_run", option, [&] { hp::plan_run(options); });
    // A box is held against its picture, which only the job's own turn reads.
    if (option != "--drive-box") {
      expect_usage("batch", option, [&] { hp::batch({{"job 1", options}}, {}, {}); });
    }
  }
  expect_usage("batch", "--retry", [&] { hp::batch({}, {.retries = -1}, {}); });
  hp::AnimateOptions nameless = short_run(inputs, "x.mp4");
  nameless.output.clear();
  expect_usage("batch", "--output", [&] { hp::batch({{"job 1", nameless}}, {}, {}); });
  expect(fs::is_empty(inputs.folder), "what was refused has written nothing");
}

template <class Options, class Call>
void refuse_each(const std::string& function,
                 const Options& good,
                 const std::vector<Spoilt<Options>>& all,
                 Call call) {
  for (const auto& [option, spoil] : all) {
    Options options = good;
    spoil(options);
    expect_usage(function, option, [&] { call(options); });
  }
}

void refuse_other_options(const Inputs& inputs) {
  refuse_each<hp::BenchOptions>(
      "run_bench",
      {.bundle = inputs.bundle},
      {{"--bundle", [](auto& o) { o.bundle = std::string("a\0b", 3); }},
       {"--device", [](auto& o) { o.device = "cuda:x"; }},
       {"--dtype", [](auto& o) { o.dtype = ""; }},
       {"--engine", [](auto& o) { o.engine = static_cast<hp::EngineKind>(3); }},
       {"--size", [](auto& o) { o.size = 32; }},
       {"--steps", [](auto& o) { o.steps = 0; }},
       {"--frames", [](auto& o) { o.frames = 0; }},
       {"--warm-up", [](auto& o) { o.warm_up = -1; }},
       {"--repeat", [](auto& o) { o.repeat = 0; }},
       {"--memory-budget", [](auto& o) { o.memory_budget = hp::MemorySize{0}; }}},
      [](const auto& options) { hp::run_bench(options, {}); });
  refuse_each<hp::CompareOptions>("compare",
                                  {.a = inputs.clip, .b = inputs.clip},
                                  {{"A", [](auto& o) { o.a.clear(); }},
                                   {"B", [](auto& o) { o.b.clear(); }},
                                   {"--min-psnr", [](auto& o) { o.min_psnr = -1.0; }},
                                   {"--min-ssim", [](auto& o) { o.min_ssim = kNan; }}},
                                  [](const auto& options) { hp::compare(options); });
  refuse_each<hp::InspectOptions>(
      "inspect",
      {.input = inputs.clip, .bundle = inputs.bundle},
      {{"input", [](auto& o) { o.input.clear(); }},
       {"--bundle", [](auto& o) { o.bundle = std::string("a\0b", 3); }},
       {"--device", [](auto& o) { o.device = "gpu"; }},
       {"--face", [](auto& o) { o.face.index = -1; }},
       {"--box",
        [](auto& o) {
          o.box = hp::PixelBox{0, 0, 1e6, 1e6};
        }},
       {"--start", [](auto& o) { o.start_seconds = -1.0; }},
       {"--end", [](auto& o) { o.end_seconds = kNan; }},
       {"--max-frames", [](auto& o) { o.max_frames = -1; }},
       {"--overlay", [](auto& o) { o.overlay = std::string("a\0b", 3); }}},
      [](const auto& options) { hp::inspect(options, {}); });
}

void refuse_options_of_checks(const Inputs& inputs) {
  refuse_each<hp::MetricsOptions>(
      "measure",
      {.ref = inputs.portrait, .drive = inputs.clip, .result = inputs.clip},
      {{"--ref", [](auto& o) { o.ref.clear(); }},
       {"--drive", [](auto& o) { o.drive.clear(); }},
       {"--result", [](auto& o) { o.result.clear(); }},
       {"--bundle", [](auto& o) { o.bundle = std::string("a\0b", 3); }},
       {"--device", [](auto& o) { o.device = "gpu"; }},
       {"--min-identity", [](auto& o) { o.min_identity = 2.0; }},
       {"--max-expression", [](auto& o) { o.max_expression = -1.0; }},
       {"--max-pose", [](auto& o) { o.max_pose = kNan; }},
       {"--max-flicker", [](auto& o) { o.max_flicker = -1.0; }},
       {"--max-seam", [](auto& o) { o.max_seam = -1.0; }},
       {"--min-background-psnr", [](auto& o) { o.min_background_psnr = 101.0; }},
       {"--min-psnr", [](auto& o) { o.min_psnr = kNan; }},
       {"--min-ssim", [](auto& o) { o.min_ssim = -2.0; }}},
      [](const auto& options) { hp::measure(options, {}); });
  expect_usage("diagnose", "--device", [] { hp::diagnose({.device = "gpu"}); });
  const fs::path no_path = std::string("a\0b", 3);
  expect_usage("diagnose", "--bundle", [&] { hp::diagnose({.bundle = no_path}); });
  expect_usage("write_self_test", "--bundle", [&] { hp::write_self_test(no_path); });
  expect_usage("bundle_info", "--bundle", [&] { hp::bundle_info(no_path); });
  expect_usage("bundle_verify", "--bundle", [&] { hp::bundle_verify(no_path); });
  expect_usage("set_log_level", "level", [] { hp::set_log_level(static_cast<hp::LogLevel>(17)); });
}

/// What the library may not change, before and after everything else.
struct Process {
  ::mode_t mask = 0;
  std::vector<std::string> environment;

  static Process now() {
    Process process;
    process.mask = ::umask(0);
    ::umask(process.mask);
    for (char** entry = environ; *entry != nullptr; ++entry) {
      process.environment.emplace_back(*entry);
    }
    return process;
  }
  friend bool operator==(const Process&, const Process&) = default;
};

void run_everything(const Inputs& inputs) {
  const hp::AnimateOptions options = short_run(inputs, "out.mp4");
  const hp::PlannedRun planned = hp::plan_run(options);
  expect(planned.work.frames == 2 && planned.plan.sampler.steps == 1,
         "the plan has the frames and steps that were asked for");
  expect(fs::is_empty(inputs.folder), "planning writes nothing");

  std::atomic<bool> refused = false;
  bool progressed = false;
  hp::RunHooks hooks;
  hooks.on_progress = [&](const hp::Progress&) {
    if (!progressed) {  // a second run, from another thread, while this one is under way
      std::thread([&] {
        try {
          hp::animate(short_run(inputs, "second.mp4"), {});
        } catch (const hp::Error& error) {
          refused = error.exit_code() == hp::ExitCode::usage;
        }
        hp::bundle_info(inputs.bundle);  // these may
        hp::plan_run(short_run(inputs, "second.mp4"));
      }).join();
    }
    progressed = true;
  };
  const hp::RunReport report = hp::animate(options, hooks);
  expect(progressed && refused, "a second run at the same time is refused");
  expect(report.written.frames == 2 && report.plan_hash == planned.plan_hash,
         "the report has the frames and the plan's hash");
  std::ifstream sidecar(report.output().string() + ".json");
  const std::string text{std::istreambuf_iterator<char>(sidecar), {}};
  expect(text == hp::to_json(report) + "\n", "the sidecar is the report");

  const hp::Comparison comparison = hp::compare({.a = report.output(), .b = report.output()});
  expect(comparison.passed() && comparison.psnr.mean == 100.0, "an output equals itself");
  const hp::Metrics metrics = hp::measure({.ref = inputs.portrait,
                                           .drive = inputs.clip,
                                           .result = report.output(),
                                           .bundle = inputs.bundle},
                                          {});
  expect(metrics.frames == 2 && metrics.passed(), "the output is measured");
  const hp::Inspection inspection =
      hp::inspect({.input = inputs.portrait, .bundle = inputs.bundle}, {});
  expect(std::get<hp::PictureFindings>(inspection.findings).chosen.has_value(),
         "the portrait has a face");
  const hp::BatchReport batch =
      hp::batch({{"again", options}, {"other", short_run(inputs, "other.mp4")}}, {}, {});
  expect(batch.jobs.at(0).status == hp::JobStatus::skipped &&
             batch.jobs.at(1).status == hp::JobStatus::done,
         "a batch skips what is done");
  const hp::BenchReport bench =
      hp::run_bench({.bundle = inputs.bundle, .steps = 1, .frames = 4, .repeat = 1}, {});
  expect(bench.stages.size() == 4 && bench.frames_per_second > 0.0, "the networks are timed");
  expect(hp::diagnose({.bundle = inputs.bundle, .device = "cpu"}).bundle.has_value(),
         "the bundle is looked at");
  expect(hp::bundle_info(inputs.bundle).modules.size() == 10, "the bundle has ten modules");
  hp::bundle_verify(inputs.bundle);
}

int run(const Inputs& inputs) {
  std::vector<std::string> log;
  const Process before = Process::now();
  hp::set_log_sink([&](hp::LogLevel, const std::string& line) { log.push_back(line); });
  hp::set_log_level(hp::LogLevel::debug);
  hp::route_ffmpeg_log();
  refuse_animate_options(inputs);
  refuse_options_of_checks(inputs);
  refuse_other_options(inputs);
  run_everything(inputs);
  bool ours = false;
  bool ffmpegs = false;
  for (const std::string& line : log) {
    ours = ours || line.starts_with("bundle ");
    ffmpegs = ffmpegs || line.starts_with("ffmpeg: ");
  }
  expect(ours && ffmpegs, "the log comes to the embedder, FFmpeg's too");
  hp::set_log_sink({});
  expect(Process::now() == before, "umask and environment are as they were");
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) {
    return 2;
  }
  try {
    return run({argv[1], argv[2], argv[3], argv[4]});
  } catch (const std::exception& error) {
    std::cerr << "consumer " << HYPORTRAIT_VERSION << ": " << error.what() << '\n';
    return 1;
  }
}
