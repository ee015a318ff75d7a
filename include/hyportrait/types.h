// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace hyportrait {

// Small values that options, reports and the layers below share.

enum class NoFacePolicy { hold, interpolate, skip, error };
enum class BlendKind { soft, original };
enum class AudioKind { keep, none };
enum class CompatKind { none, original };
enum class PresetKind { exact, fast, draft };  ///< fast and draft change the picture (docs/cli.md)

/// What runs the U-Net: the bundle's TorchScript, or what hyportrait-export compile made of it.
enum class EngineKind { automatic, torchscript, compiled };

/// Whether the portrait's fine detail is carried into the result (docs/detail.md). automatic: where
/// the portrait has more pixels than the network draws, or the bundle says that results are softer.
enum class DetailKind { automatic, on, off };

/// Side of the square that is written when it is not pasted into the portrait.
struct CropSize {
  enum class Kind { network, native, fixed };
  Kind kind = Kind::network;  ///< native: as many pixels as it has in the portrait
  int px = 0;                 ///< of `fixed`, 16 to 8192
};

/// num / den: a frame rate, or the unit of time stamps.
struct Rational {
  int num = 0;
  int den = 1;
  [[nodiscard]] double value() const { return static_cast<double>(num) / static_cast<double>(den); }
  friend bool operator==(const Rational&, const Rational&) = default;
};

/// Width and height of a picture, px.
struct PixelSize {
  int width = 0;
  int height = 0;
  friend bool operator==(const PixelSize&, const PixelSize&) = default;
};

/// A point in upright pixels.
struct PixelPoint {
  double x = 0.0;
  double y = 0.0;
};

/// A rectangle in upright pixels.
struct PixelBox {
  double x = 0.0;
  double y = 0.0;
  double width = 0.0;
  double height = 0.0;
};

/// How far a head is turned, degrees: positive to the picture's right, down, clockwise.
struct PoseOffset {
  double yaw = 0.0;
  double pitch = 0.0;
  double roll = 0.0;
};

/// Where the squares lie in which the driving head and its expression are read: `fixed` as around
/// the first face, `follow` moves them slowly with the head.
enum class DriveCrop { fixed, follow };

/// Which of several faces: one of the two says it; none means the largest.
struct FaceSelector {
  std::optional<int> index;         ///< from 0, left to right
  std::optional<PixelPoint> point;  ///< the face nearest to it
};

/// An sRGB colour.
struct Colour {
  std::uint8_t red = 0;
  std::uint8_t green = 0;
  std::uint8_t blue = 0;
};

/// An amount of memory.
struct MemorySize {
  std::uint64_t bytes = 0;
};

/// A guidance scale over the sampler's steps: a straight line from the first step to the last.
struct GuidanceScale {
  double first = 0.0;
  double last = 0.0;
};

/// What goes through the U-Net together. Another shape gives the same result within rounding.
struct BatchShape {
  int windows = 1;
  bool branches_apart = false;  ///< a window's branches one after the other
  friend bool operator==(const BatchShape&, const BatchShape&) = default;
};

/// A clip as its container states it.
struct ClipFacts {
  PixelSize size;  ///< upright
  double frame_rate = 0.0;
  bool variable_frame_rate = false;
  std::string codec;
  std::string pixel_format;
  std::string colour;        ///< "bt709, limited range"
  int rotation_degrees = 0;  ///< clockwise, that were applied
  bool has_audio = false;
};

/// From the lowest to the highest of some figures.
struct Range {
  double lowest = 0.0;
  double highest = 0.0;
};

}  // namespace hyportrait
