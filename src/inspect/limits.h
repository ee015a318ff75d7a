// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace hyportrait::inspection {

// Where inspect begins to give advice; set by looking at what the pictures and clips of testdata
// and blurred, turned and small copies of them give.
inline constexpr double kUnsure = 0.6;          ///< score of a detection
inline constexpr double kTurnedDegrees = 30.0;  ///< of a rough pose
inline constexpr double kTiltedDegrees = 20.0;  ///< detectors tell less roll than there is
inline constexpr double kBlurred = 4.0;         ///< sharpness(), levels
inline constexpr double kLittleRoom = 0.45;     ///< of the square that is wished for
inline constexpr int kSmallHead = 64;           ///< side of a driving face, px

}  // namespace hyportrait::inspection
