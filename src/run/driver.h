// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <hyportrait/options.h>

#include "face/detector.h"
#include "nn/bundle.h"
#include "run/motion.h"
#include "run/reporter.h"

namespace hyportrait::run {

/// What reads a driver.
struct DriverReaders {
  const nn::Bundle& bundle;
  nn::Device device;
  const nn::BundleConfig& config;
  face::Detector& detector;
};

/// Decodes --drive of `options`, a clip or a picture, and encodes its motion. Throws as
/// encode_motion() and media::VideoReader do.
DrivingMotion read_driver(const AnimateOptions& options,
                          const DriverReaders& readers,
                          Reporter& reporter);

}  // namespace hyportrait::run
