// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <hyportrait/types.h>

#include <cstdint>
#include <string>

namespace hyportrait {

// Texts of the command line to values and back. Each parse_ throws std::invalid_argument that says
// what is allowed; each to_text gives what its parse_ reads.

std::int64_t parse_integer(const std::string& text, std::int64_t lowest, std::int64_t highest);
double parse_number(const std::string& text, double lowest, double highest);
bool parse_switch(const std::string& text);             ///< on off true false
double parse_time(const std::string& text);             ///< 12.5, 01:30, 1:02:03.5 -> seconds
GuidanceScale parse_guidance(const std::string& text);  ///< A or A:B, 0..100
FaceSelector parse_face(const std::string& text);       ///< largest, INDEX or X,Y
PixelBox parse_box(const std::string& text);            ///< X,Y,W,H
Colour parse_colour(const std::string& text);           ///< a name or #RRGGBB
CropSize parse_crop_size(const std::string& text);      ///< network, native or px
Rational parse_frame_rate(const std::string& text);     ///< 25, 29.97 or 30000/1001
PoseOffset parse_pose_offset(const std::string& text);  ///< YAW,PITCH,ROLL, degrees, -90..90
MemorySize parse_memory_size(const std::string& text);  ///< 8G, 512M, 1.5GiB or bytes; K is 1024

std::string to_text(const std::string& value);
std::string to_text(bool value);  ///< on, off
std::string to_text(int value);
std::string to_text(std::int64_t value);
std::string to_text(std::uint64_t value);
std::string to_text(double value);
std::string to_text(const GuidanceScale& value);
std::string to_text(const FaceSelector& value);
std::string to_text(const PixelBox& value);
std::string to_text(const PoseOffset& value);
std::string to_text(const Colour& value);
std::string to_text(const Rational& value);
std::string to_text(const CropSize& value);
std::string to_text(const MemorySize& value);

}  // namespace hyportrait
