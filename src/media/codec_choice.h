// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "media/av_ptr.h"

#include <filesystem>
#include <optional>
#include <string>

namespace hyportrait::media {

/// The muxer for a target's extension (.mp4 .mov .mkv .webm .gif .webp). Throws Error(usage) for
/// another.
const AVOutputFormat* choose_container(const std::filesystem::path& target);

/// The encoder for a name of --codec (h264, hevc, av1, prores, vp9, nvenc) or of FFmpeg's.
/// Throws Error(usage) listing what this FFmpeg has.
const AVCodec* choose_encoder(const std::string& name);

/// The format asked for, or for the default "yuv420p" the encoder's own first choice where it
/// cannot do that. Throws Error(usage) listing the encoder's formats.
AVPixelFormat choose_pixel_format(const AVCodec& codec, const std::string& name);

/// Throws Error(usage) unless the container carries what the encoder makes.
void check_container_carries(const AVOutputFormat& container,
                             const AVCodec& codec,
                             const std::filesystem::path& target);

/// Whether the container carries packets of this codec.
bool container_carries(const AVOutputFormat& container, AVCodecID codec);

/// Whether the container takes these packets of sound: asked of the muxer itself, with a header
/// that goes nowhere. (Of WMV's sound avformat_query_codec says that MP4 takes it and Matroska does
/// not; it is the other way round.)
bool container_takes_sound(const AVOutputFormat& container, const AVCodecParameters& sound);

/// Quality (crf or the encoder's like of it) and speed settings. Throws Error(usage) when `crf` is
/// asked of an encoder that has none.
void set_quality(AVCodecContext& encoder, const AVCodec& codec, std::optional<int> crf);

}  // namespace hyportrait::media
