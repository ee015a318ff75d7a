// SPDX-License-Identifier: Apache-2.0
#include "run/driver.h"

#include "face/select.h"
#include "media/video_reader.h"
#include "plan/plan.h"
#include "run/beside.h"

namespace hyportrait::run {
namespace {

constexpr std::size_t kFramesAhead = 3;  // a frame of a large clip is 25 MB

MotionRequest motion_request(const AnimateOptions& options) {
  MotionRequest request{.name = options.face.drive.string(),
                        .no_face = options.face.no_face,
                        .drive_crop = options.face.drive_crop};
  request.track.selector = options.face.drive_face;
  request.track.largest_of_each_frame = options.compat == CompatKind::original;
  request.track.place = face::to_box(options.face.drive_box);
  return request;
}

}  // namespace

DrivingMotion read_driver(const AnimateOptions& options,
                          const DriverReaders& readers,
                          Reporter& reporter) {
  media::VideoReader reader(options.face.drive, plan::reader_options(options));
  ReadAhead frames([&] { return reader.next(); }, kFramesAhead);
  DrivingMotion driving =
      encode_motion([&] { return frames.next(); },
                    [&](const Frame& frame) { return readers.detector(frame); },
                    motion_request(options),
                    readers.config,
                    conditions::load_motion_encoders(readers.bundle, readers.device),
                    reporter);
  driving.ended_early = reader.ended_early();
  driving.clock_jumped = reader.clock_jumped();
  return driving;
}

}  // namespace hyportrait::run
