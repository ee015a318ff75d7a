// SPDX-License-Identifier: Apache-2.0
#include "plan/plan.h"

#include <hyportrait/error.h>

#include "base/log.h"
#include "base/shown_text.h"
#include "detail/transfer.h"
#include "diffusion/unet_model.h"
#include "face/resize.h"
#include "face/select.h"
#include "media/image_io.h"
#include "media/picture_sequence.h"
#include "media/video_writer.h"
#include "nn/compiled.h"
#include "options/animate_options.h"
#include "output/targets.h"
#include "plan/drawn.h"
#include "plan/preset.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace hyportrait::plan {
namespace {

namespace fs = std::filesystem;

/// --compat original: everything that can be undone is undone (docs/cli.md, "Where the default
/// differs").
AnimateOptions as_original(AnimateOptions options, const Rational& frame_rate) {
  options.audio = AudioKind::none;
  options.face.no_face = NoFacePolicy::error;
  options.blend = BlendKind::original;
  options.colour_match = false;
  options.detail = DetailKind::off;
  if (!options.fps) {
    options.fps = frame_rate;
  }
  return options;
}

template <class Request, class Value>
void override_with(const std::optional<Request>& request, Value& value) {
  if (request) {
    value = static_cast<Value>(*request);
  }
}

/// The bundle's sampler, then the preset, then the flags. `frames` of the clip, 0 when unknown.
nn::BundleConfig sampler_config(nn::BundleConfig config,
                                const AnimateOptions& options,
                                std::int64_t frames) {
  config = with_preset(config, options.preset);
  override_with(options.size, config.image_size);
  override_with(options.steps, config.sampler.steps);
  override_with(options.window, config.window.frames);
  override_with(options.overlap, config.window.overlap);
  override_with(options.shift, config.window.shift);
  override_with(options.padding, config.window.padding);
  override_with(options.decode_chunk, config.decode_chunk);
  override_with(options.guidance_until, config.guidance.until);
  if (options.appearance_guidance) {
    config.guidance.appearance = {options.appearance_guidance->first,
                                  options.appearance_guidance->last};
  }
  if (options.motion_guidance) {
    config.guidance.motion = {options.motion_guidance->first, options.motion_guidance->last};
  }
  if (config.window.overlap >= config.window.frames) {
    throw Error(ExitCode::usage,
                "an overlap of " + std::to_string(config.window.overlap) +
                    " frames does not fit a window of " + std::to_string(config.window.frames) +
                    "; pass a smaller --overlap or a larger --window");
  }
  if (preset_values(options.preset).tile && !options.padding) {
    config.window.padding = tiling_padding(frames, config.window);
  }
  return config;
}

bool same_file(const fs::path& a, const fs::path& b) {
  std::error_code ignored;
  return fs::equivalent(a, b, ignored);
}

/// Where the pictures lie that stand for the clip; empty where it is a file.
fs::path pictures_folder(const AnimateOptions& options) {
  const fs::path& drive = options.face.drive;
  std::error_code ignored;
  if (!media::is_picture_sequence(drive) || fs::is_directory(drive, ignored)) {
    return media::is_picture_sequence(drive) ? drive : fs::path();
  }
  return drive.has_parent_path() ? drive.parent_path() : fs::path(".");
}

/// Frames must not replace the pictures that they are made of.
void check_pictures_stay(const AnimateOptions& options) {
  if (!options.frames_dir.empty() && same_file(options.frames_dir, pictures_folder(options))) {
    throw Error(ExitCode::usage,
                options.frames_dir.string() +
                    ": --frames-dir would replace the pictures of --drive; choose another folder");
  }
}

/// --audio-track against the clip, and a word on a choice that nobody has made.
void check_audio_track(const AnimateOptions& options, const media::VideoInfo& clip) {
  if (options.audio == AudioKind::none) {
    return;
  }
  if (options.audio_track && *options.audio_track >= clip.audio_tracks) {
    throw Error(ExitCode::usage,
                "--audio-track " + std::to_string(*options.audio_track) + ": " +
                    options.face.drive.string() + " has " +
                    counted(clip.audio_tracks, "sound track") + ", which count from 0");
  }
  if (!options.audio_track && clip.audio_tracks > 1) {
    logger().info("{}: has {} sound tracks; number {} is taken, --audio-track takes another",
                  options.face.drive.string(),
                  clip.audio_tracks,
                  clip.audio_track);
  }
}

fs::path output_path(const AnimateOptions& options) {
  const fs::path output =
      options.output.empty() ? fs::path(default_output_name(options)) : options.output;
  return fs::absolute(output).lexically_normal();
}

void check_output_files(const fs::path& output, const AnimateOptions& options) {
  if (same_file(output, options.face.ref) || same_file(output, options.face.drive) ||
      same_file(output, options.motion.pose_drive)) {
    throw Error(ExitCode::usage,
                output.string() + ": the output would replace an input; choose another name");
  }
  check_targets(output_paths(output), options.overwrite);
}

void check_sheet(const AnimateOptions& options) {
  const fs::path& sheet = options.sheet;
  if (sheet.empty()) {
    return;
  }
  if (sheet.extension() != ".png") {
    throw Error(ExitCode::usage, sheet.string() + ": a contact sheet is a .png");
  }
  if (same_file(sheet, options.face.ref) || same_file(sheet, options.face.drive)) {
    throw Error(ExitCode::usage,
                sheet.string() + ": the contact sheet would replace an input; choose another name");
  }
  check_target(sheet, options.overwrite);
}

/// A full-size network takes hours on a CPU: only when asked for by name.
void check_device(const AnimateOptions& options, nn::Device device, const nn::Bundle& bundle) {
  constexpr std::uint64_t kFullSize = std::uint64_t{1} << 30;
  const nn::Manifest& manifest = bundle.manifest();
  if (device.kind == nn::DeviceKind::cpu && options.device == "auto" &&
      manifest.modules.at("unet").bytes >= kFullSize) {
    throw Error(ExitCode::device,
                "no usable CUDA GPU, and the bundle '" + manifest.name +
                    "' is full-size: it takes hours on a CPU; pass --device cpu to run it there "
                    "all the same");
  }
}

void check_boxes(const FaceOptions& face, PixelSize portrait, PixelSize clip) {
  if (face.ref_box) {
    face::check_box(*face.ref_box, portrait, "--ref-box", face.ref.string());
  }
  if (face.drive_box) {
    face::check_box(*face.drive_box, clip, "--drive-box", face.drive.string());
  }
}

/// Strips beside one another grow: a 1x16384 portrait beside a 16:9 clip would take gigabytes a
/// frame.
void check_picture(PixelSize picture) {
  constexpr int kMaxSide = 16384;  // px, as of the inputs
  if (std::max(picture.width, picture.height) > kMaxSide) {
    throw Error(ExitCode::usage,
                "--side-by-side: the result would be " + std::to_string(picture.width) + "x" +
                    std::to_string(picture.height) + " px, too large (at most " +
                    std::to_string(kMaxSide) +
                    " px a side); leave it out, or scale the portrait down");
  }
}

/// Of the host, for frames on their way from the decoder into the file. The square is taken to be
/// as large as the portrait: it is found later.
std::uint64_t picture_bytes(const Plan& plan) {
  // An encoder looks ahead. Measured on two cores, with 60 frames and more: 230 bytes a pixel for
  // H.264, 205 for HEVC, 300 for AV1, 155 for VP9.
  constexpr std::uint64_t kEncoderBytesPerPixel = 300;
  const int side = square_side(plan, std::min(plan.portrait.width, plan.portrait.height));
  const std::uint64_t detail = wants_detail(plan, side) ? detail::transfer_bytes({side, side}) : 0;
  return detail + kEncoderBytesPerPixel * static_cast<std::uint64_t>(plan.picture.width) *
                      static_cast<std::uint64_t>(plan.picture.height);
}

/// Memory follows the engine, whose packages take one window; and where memory wants the branches
/// apart, they are other calls.
void plan_engine_and_memory(Plan& plan, const AnimateOptions& options, const nn::Bundle& bundle) {
  const nn::Manifest& manifest = bundle.manifest();
  const nn::CompiledRequest request{
      manifest.modules.at("unet").sha256, bundle.folder(), plan.device, plan.precision};
  for (const bool branches_apart : {false, true}) {
    plan.engine = nn::choose_engine(
        options.engine, request, diffusion::compiled_calls(plan.config, branches_apart));
    plan.memory = plan_memory({.device = plan.device,
                               .precision = plan.precision,
                               .engine = plan.engine,
                               .config = plan.config,
                               .frames = plan.frames_expected,
                               .budget = options.memory_budget,
                               .keeps_networks = bundle.keeps_networks(),
                               .picture_bytes = picture_bytes(plan)},
                              manifest,
                              nn::memory_facts(plan.device));
    if (plan.engine == EngineKind::torchscript || !plan.memory.batch.branches_apart) {
      return;
    }
  }
}

}  // namespace

media::ReaderOptions reader_options(const AnimateOptions& options) {
  media::ReaderOptions reader;
  reader.start_seconds = options.start_seconds;
  reader.end_seconds = options.end_seconds;
  reader.max_frames = options.max_frames.value_or(0);
  reader.fps = options.fps;
  return reader;
}

bool writes_picture(const Plan& plan) {
  return media::has_still_ending(plan.output);
}

face::Size side_by_side_size(face::Size portrait, face::Size driver, face::Size result) {
  const int height = result.height;
  return {face::scaled_to_height(portrait, height).width +
              face::scaled_to_height(driver, height).width + result.width,
          height};
}

int square_side(const Plan& plan, int native) {
  const CropSize& size = plan.options.crop_size;
  if (!plan.options.crop_only || size.kind == CropSize::Kind::native) {
    return native;
  }
  return size.kind == CropSize::Kind::fixed ? size.px : plan.config.image_size;
}

bool wants_detail(const Plan& plan, int side) {
  if (plan.options.detail != DetailKind::automatic) {
    return plan.options.detail == DetailKind::on;
  }
  return side > plan.config.image_size || plan.config.detail.has_value();
}

face::Size picture_size(const Plan& plan, int native) {
  const int side = square_side(plan, native);
  const face::Size result = plan.options.crop_only ? face::Size{side, side} : plan.portrait;
  return plan.options.side_by_side
             ? side_by_side_size(plan.portrait, {plan.clip.width, plan.clip.height}, result)
             : result;
}

Plan resolve(const AnimateOptions& options, const nn::Bundle& bundle, const Frame& portrait) {
  Plan plan;
  plan.options = options;
  plan.reader = reader_options(options);
  const nn::BundleConfig& bundle_config = bundle.manifest().config;
  nn::BundleConfig sized = bundle_config;
  override_with(options.size, sized.image_size);
  plan.driver = look_at_driver(options, plan.reader, sized);
  if (options.compat == CompatKind::original) {
    plan.options = as_original(options, plan.driver.info.frame_rate);
    plan.reader = reader_options(plan.options);
    plan.driver = look_at_driver(options, plan.reader, sized);
  }
  plan.clip = plan.driver.info;
  check_motion_options(options, sized);
  check_audio_track(options, plan.clip);
  check_pictures_stay(options);
  plan.output = output_path(options);
  check_output_files(plan.output, options);
  check_picture_output(options, plan.output, plan.driver);
  check_sheet(options);
  if (!writes_picture(plan)) {
    if (options.codec == media::kAutoCodec) {
      plan.options.codec = media::default_codec(plan.output);
    }
    media::check_output(plan.output, plan.options.codec, plan.options.pixel_format);
  }
  plan.device = nn::resolve_device(options.device);
  check_device(options, plan.device, bundle);
  plan.precision = nn::resolve_precision(options.dtype, plan.device);
  plan.frames_expected = plan.driver.frames_expected;
  media::check_length(plan.output, plan.frames_expected);
  plan.config = sampler_config(bundle_config, options, plan.frames_expected);
  plan.portrait = {portrait.width, portrait.height};
  if (auto warning = portrait_warning(bundle.manifest(), portrait, options.face.ref.string())) {
    plan.warnings.push_back(std::move(*warning));
  }
  check_boxes(options.face, plan.portrait, {plan.clip.width, plan.clip.height});
  plan.picture = picture_size(plan, std::min(plan.portrait.width, plan.portrait.height));
  check_picture({plan.picture.width, plan.picture.height});
  plan_engine_and_memory(plan, options, bundle);
  return plan;
}

}  // namespace hyportrait::plan
