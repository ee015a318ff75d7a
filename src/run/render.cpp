// SPDX-License-Identifier: Apache-2.0
#include "run/render.h"

#include <hyportrait/error.h>

#include "base/require.h"
#include "face/contact_sheet.h"
#include "media/image_io.h"
#include "run/beside.h"
#include "run/finish.h"
#include "run/reporter.h"
#include "vae/vae.h"

#include <optional>
#include <utility>

namespace hyportrait::run {
namespace {

constexpr std::size_t kFramesWaiting = 8;  // generated squares, each 0.8 MB at 512 px

/// The sound of the frames that are written.
media::AudioOptions audio_of(const plan::Plan& plan, const DrivingMotion& motion) {
  media::AudioOptions audio = writer_options(plan).audio;
  if (audio.source.empty()) {
    return audio;
  }
  audio.reencode = motion.clock_jumped;
  for (const media::Interval& gap : motion.dropped) {
    audio.dropped.push_back(
        {gap.start_seconds + audio.start_seconds, gap.end_seconds + audio.start_seconds});
  }
  if (motion.ended_early) {
    double end = audio.start_seconds + motion.motion.times.back().pts_seconds +
                 motion.motion.times.back().duration_seconds;
    for (const media::Interval& gap : motion.dropped) {
      end += gap.end_seconds - gap.start_seconds;
    }
    audio.end_seconds = end;
  }
  return audio;
}

/// The clip's frames once more, without those that were skipped (for --side-by-side).
class DriverFrames final {
 public:
  DriverFrames(const plan::Plan& plan, const DrivingMotion& motion)
      : reader_(plan.options.face.drive, plan.reader), motion_(motion) {}

  Frame next() {
    std::optional<Frame> frame = reader_.next();
    while (frame && !motion_.written.at(index_)) {
      frame = reader_.next();
      ++index_;
    }
    ++index_;
    if (!frame) {
      throw Error(ExitCode::input, "the driving clip has become shorter while it was worked on");
    }
    return std::move(*frame);
  }

 private:
  media::VideoReader reader_;
  const DrivingMotion& motion_;
  std::size_t index_ = 0;
};

/// Into a clip, or into one picture.
class Writer final {
 public:
  Writer(const plan::Plan& plan, const DrivingMotion& motion, const std::filesystem::path& file)
      : file_(file), name_(plan.output) {
    if (!plan::writes_picture(plan)) {
      media::WriterOptions options = writer_options(plan);
      options.audio = audio_of(plan, motion);
      clip_.emplace(file, options);
    }
  }

  void write(const Frame& picture, const std::optional<FrameArea>& changed) {
    if (clip_) {
      clip_->write(picture, changed);
    } else {
      written_ = media::write_still(file_, name_, picture);
    }
  }

  WrittenFacts finish() { return clip_ ? clip_->finish() : written_; }

 private:
  const std::filesystem::path& file_;
  const std::filesystem::path& name_;
  std::optional<media::VideoWriter> clip_;
  WrittenFacts written_;
};

constexpr int kSheetMoments = 6;
constexpr int kSheetHeight = 256;  // px of a picture
constexpr int kSheetGap = 8;       // px

/// The contact sheet: the portrait beside driver and result at some moments. A motion file has no
/// pictures: then without the driver.
class Sheet final {
 public:
  Sheet(const plan::Plan& plan, const DrivingMotion& motion)
      : plan_(plan),
        motion_(motion),
        moments_(face::moments_of(motion.motion.frames(), kSheetMoments)) {}

  void see(const Frame& result, std::int64_t number) {
    if (!plan_.options.sheet.empty() && results_.size() < moments_.size() &&
        moments_[results_.size()] == number) {
      results_.push_back(face::cell_of(result, kSheetHeight));
    }
  }

  void write(const Frame& portrait) {
    if (plan_.options.sheet.empty()) {
      return;
    }
    std::vector<std::vector<Frame>> rows;
    if (plan_.driver.kind != plan::DriverKind::motion_file) {
      rows.push_back(drivers());
    }
    rows.push_back(std::move(results_));
    for (std::vector<Frame>& row : rows) {
      row.insert(row.begin(),
                 &row == &rows.front() ? face::cell_of(portrait, kSheetHeight) : Frame{});
    }
    media::write_png(plan_.options.sheet, face::contact_sheet(rows, kSheetGap));
  }

 private:
  [[nodiscard]] std::vector<Frame> drivers() const {
    DriverFrames frames(plan_, motion_);
    std::vector<Frame> chosen;
    std::int64_t number = 0;
    for (const std::int64_t moment : moments_) {
      Frame frame;
      for (; number <= moment; ++number) {
        frame = frames.next();
      }
      chosen.push_back(face::cell_of(frame, kSheetHeight));
    }
    return chosen;
  }

  const plan::Plan& plan_;
  const DrivingMotion& motion_;
  std::vector<std::int64_t> moments_;
  std::vector<Frame> results_;
};

}  // namespace

media::WriterOptions writer_options(const plan::Plan& plan) {
  media::WriterOptions options{.name = plan.output,
                               .width = plan.picture.width,
                               .height = plan.picture.height,
                               .frame_rate = plan.clip.frame_rate,
                               .time_base = plan.clip.time_base,
                               .codec = plan.options.codec,
                               .crf = plan.options.crf,
                               .pixel_format = plan.options.pixel_format};
  if (plan.options.audio == AudioKind::keep && plan.clip.has_audio) {
    options.audio.source = plan.options.face.drive;
    options.audio.track = plan.options.audio_track;
    options.audio.start_seconds = plan.reader.start_seconds.value_or(0.0);
  }
  return options;
}

Rendered render(const nn::Bundle& bundle,
                const plan::Plan& plan,
                const RenderInputs& inputs,
                const RenderTargets& targets,
                const RunHooks& hooks) {
  const DrivingMotion& motion = inputs.motion;
  const auto frames = static_cast<std::int64_t>(motion.motion.times.size());
  Reporter reporter(hooks, "render", frames);
  const nn::Module decoder = bundle.load("vae_decoder", plan.device, plan.precision);
  std::optional<Frame> low;
  if (plan::wants_detail(plan, plan::square_side(plan, inputs.crop.box.width()))) {
    low = low_version(decoder, inputs.portrait_latent);
  }
  Finish finished(plan, inputs.portrait, inputs.crop.box, low);
  targets.frames.begin(frames);
  Writer writer(plan, motion, targets.file);
  std::optional<DriverFrames> driver;
  if (plan.options.side_by_side) {
    driver.emplace(plan, motion);
  }
  Sheet sheet(plan, motion);
  std::int64_t number = 0;
  Frame beside;
  const auto write = [&](const Frame& generated) {
    Frame& result = finished(generated);
    const motion::FrameTime& time = motion.motion.times.at(static_cast<std::size_t>(number));
    result.pts_seconds = time.pts_seconds;
    result.duration_seconds = time.duration_seconds;
    sheet.see(result, number);
    if (driver) {
      beside = side_by_side(inputs.portrait, driver->next(), result);
    }
    const Frame& picture = driver ? beside : result;
    if (targets.frames.wanted()) {
      media::write_png(targets.frames.name_of(number), picture, Durability::later);
    }
    writer.write(picture, driver ? std::nullopt : finished.changed());
    ++number;
  };
  WriteBehind writing(write, kFramesWaiting);
  vae::decode(decoder,
              inputs.latents,
              {.latent_scale = plan.config.latent.scale,
               .chunk = plan.config.decode_chunk,
               .first = plan.config.window.padding,
               .count = frames},
              [&](Frame&& generated) {
                writing.push(std::move(generated));
                reporter.at(writing.written());
              });
  writing.finish();
  reporter.at(writing.written());
  require(writing.written() == frames, "as many frames are decoded as were encoded");
  targets.frames.finish();
  sheet.write(inputs.portrait);
  Rendered rendered{.written = writer.finish(), .detail = finished.facts()};
  reporter.finish();
  return rendered;
}

}  // namespace hyportrait::run
