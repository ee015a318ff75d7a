// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <hyportrait/config.h>
#include <hyportrait/export.h>
#include <hyportrait/plan.h>
#include <hyportrait/progress.h>
#include <hyportrait/types.h>

#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace hyportrait {

struct InspectOptions {
  std::filesystem::path input;   ///< a picture or a clip
  std::filesystem::path bundle;  ///< whose detector looks; empty: models/official, models/demo
  std::string device = "auto";   ///< auto, cpu, cuda, cuda:N
  FaceSelector face;             ///< as FaceOptions::ref_face or drive_face
  std::optional<PixelBox> box;   ///< as FaceOptions::ref_box or drive_box
  std::optional<double> start_seconds;     ///< of a clip
  std::optional<double> end_seconds;       ///< of a clip
  std::optional<std::int64_t> max_frames;  ///< of a clip, 1 or more
  std::filesystem::path overlay;           ///< picture or clip to draw into; empty: none
  std::filesystem::path plot;              ///< SVG file for a clip's series; empty: none
  bool overwrite = false;                  ///< replace existing ones
};

/// Turn of a head, degrees, roughly; 0, 0, 0 looks into the camera.
struct HeadPose {
  double yaw = 0.0;    ///< positive: the nose points to the picture's right
  double pitch = 0.0;  ///< positive: the nose points down
  double roll = 0.0;   ///< positive: clockwise in the picture
};

/// One face of a picture.
struct SeenFace {
  double score = 0.0;  ///< the detector's, 0 to 1
  PixelBox box;
  std::array<PixelPoint, 5> landmarks{};  ///< eyes, nose, corners of the mouth
  HeadPose pose;
  double sharpness = 0.0;  ///< levels; below 4 is blurred
};

struct PictureFindings {
  std::vector<SeenFace> faces;     ///< from the left
  std::optional<SeenFace> chosen;  ///< the one that would be animated
  std::optional<PixelBox> crop;    ///< the square around its head
};

/// Frames `first` to `last` of a clip and when they are shown, s.
struct FrameRun {
  std::int64_t first = 0;
  std::int64_t last = 0;
  double start_seconds = 0.0;
  double end_seconds = 0.0;  ///< when the last one ends
};

/// The head that would be followed through a clip.
struct HeadFindings {
  PixelBox first_box;
  PixelBox crop;  ///< the square around the head's first place
  std::int64_t frames_outside_crop = 0;
  Range size_px;
  Range yaw;  ///< degrees, as the next two
  Range pitch;
  Range roll;
  double sharpness = 0.0;  ///< the median, levels
};

/// What one frame of a clip shows of the head that would be followed.
struct HeadFrame {
  double seconds = 0.0;           ///< from --start
  std::optional<HeadPose> pose;   ///< nothing without a face, as the next two
  std::optional<double> size_px;  ///< shorter side of the face's box
  std::optional<double> sharpness;
};

struct ClipFindings {
  std::int64_t frames = 0;
  double seconds = 0.0;
  ClipFacts stream;
  std::int64_t max_faces = 0;  ///< of a frame
  std::int64_t frames_with_several = 0;
  std::vector<FrameRun> without_face;
  std::vector<std::int64_t> found_elsewhere;  ///< frames
  std::optional<HeadFindings> head;
  std::vector<HeadFrame> per_frame;

  [[nodiscard]] std::int64_t frames_without_face() const {
    std::int64_t frames_missing = 0;
    for (const FrameRun& run : without_face) {
      frames_missing += run.last - run.first + 1;
    }
    return frames_missing;
  }
};

/// What `animate` would see of a portrait or a driving clip.
struct Inspection {
  std::filesystem::path path;
  PixelSize size;  ///< upright
  std::variant<PictureFindings, ClipFindings> findings;
  std::vector<std::string> advice;
};

/// As JSON text (docs/cli.md).
HYPORTRAIT_API std::string to_json(const Inspection& inspection);

#if HYPORTRAIT_HAS_MEDIA

/// Looks at a picture or a clip. Finding no face is no error here. Throws Error. One run at a time
/// (hyportrait/api.h).
HYPORTRAIT_API Inspection inspect(const InspectOptions& options, const RunHooks& hooks);

#endif

}  // namespace hyportrait
