// SPDX-License-Identifier: Apache-2.0
#include "run/rehearsal.h"

#include <hyportrait/error.h>

#include "base/shown_text.h"
#include "diffusion/noise.h"
#include "media/video_reader.h"
#include "media/video_writer.h"
#include "output/output_file.h"
#include "plan/plan_facts.h"
#include "run/render.h"
#include "run/sample.h"
#include "run/state.h"

#include <sys/stat.h>
#include <sys/statvfs.h>

#include <algorithm>
#include <optional>
#include <string>

namespace hyportrait::run {
namespace {

namespace fs = std::filesystem;

/// The folder, or the nearest one around it that is there.
fs::path existing(fs::path folder) {
  std::error_code ignored;
  while (folder.has_relative_path() && !fs::is_directory(folder, ignored)) {
    folder = folder.parent_path();
  }
  return folder;
}

/// Nothing where the file system does not say.
std::optional<std::uint64_t> free_bytes(const fs::path& folder) {
  struct statvfs info {};
  if (::statvfs(folder.c_str(), &info) != 0 || info.f_blocks == 0) {
    return std::nullopt;
  }
  return static_cast<std::uint64_t>(info.f_bavail) * info.f_frsize;
}

bool on_one_disk(const fs::path& a, const fs::path& b) {
  struct stat first {};
  struct stat second {};
  return ::stat(a.c_str(), &first) == 0 && ::stat(b.c_str(), &second) == 0 &&
         first.st_dev == second.st_dev;
}

void check_room(const fs::path& what, const fs::path& folder, std::uint64_t need) {
  const std::optional<std::uint64_t> free = free_bytes(folder);
  if (free && *free < need) {
    throw Error(ExitCode::failed,
                what.string() + ": the disk is full: at least " + size_text(need) +
                    " are needed in " + folder.string() + ", with what is saved on the way, and " +
                    size_text(*free) + " are free; free some space or write elsewhere");
  }
}

void check_disk(const plan::Plan& plan) {
  plan::DiskNeed need = plan::disk_need(plan, plan.frames_expected);
  const fs::path folder = plan.output.parent_path();
  const fs::path& frames_dir = plan.options.frames_dir;
  if (!frames_dir.empty()) {
    const fs::path frames = existing(fs::absolute(frames_dir).lexically_normal());
    if (on_one_disk(frames, folder)) {
      need.beside_output += need.in_frames_dir;
    } else {
      check_room(frames_dir, frames, need.in_frames_dir);
    }
  }
  check_room(plan.output, folder, need.beside_output);
}

std::int64_t count_frames(const plan::Plan& plan) {
  media::VideoReader reader(plan.options.face.drive, plan.reader);
  std::int64_t frames = 0;
  while (reader.next()) {
    ++frames;
  }
  return frames;
}

/// The noise has its number of frames from the clip; containers do not always state the true one.
void check_noise(const plan::Plan& plan) {
  const fs::path& file = plan.options.noise;
  if (file.empty()) {
    return;
  }
  const std::int64_t padding = std::int64_t{2} * plan.config.window.padding;
  diffusion::LatentShape shape = diffusion::latent_shape(plan.frames_expected, plan.config);
  const std::int64_t found = diffusion::noise_frames(file);
  if (found != shape[0]) {
    const std::int64_t frames = count_frames(plan);
    // With frames left out there may be fewer; how many is seen when the faces are.
    const bool fewer = plan.options.face.no_face == NoFacePolicy::skip && found > padding &&
                       found < frames + padding;
    shape[0] = fewer ? found : frames + padding;
  }
  diffusion::read_noise(file, shape);
}

}  // namespace

FramesBefore frames_before(const plan::Plan& plan, const plan::PlanHash& hash) {
  if (plan.options.overwrite) {
    return FramesBefore::overwrite;
  }
  const auto saved = saved_state(output_paths(plan.output).state,
                                 {.latents_hash = hash.latents,
                                  .device = plan.device,
                                  .precision = plan.precision,
                                  .engine = plan.engine});
  const bool written = saved && saved->step == plan.config.sampler.steps &&
                       saved->frames_dir == folder_text(plan.options.frames_dir);
  return written ? FramesBefore::resumed : FramesBefore::none;
}

void rehearse(const plan::Plan& plan, const plan::PlanHash& hash) {
  if (!plan::writes_picture(plan)) {
    media::try_writer(writer_options(plan));
  }
  if (!plan.options.frames_dir.empty()) {
    check_frame_folder(plan.options.frames_dir, frames_before(plan, hash));
  }
  check_noise(plan);
  check_disk(plan);
}

}  // namespace hyportrait::run
