// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "media/av_ptr.h"

#include <filesystem>
#include <vector>

namespace hyportrait::media {

/// Opens a local clip for demuxing and finds its streams; never the network, and never a play list
/// or a text file that libav would draw. Throws Error(input) naming the file, why, and what to do.
InputPtr open_input(const std::filesystem::path& path);

/// The stream that users mean by the clip's picture (no cover art) or its sound; nullptr when there
/// is none.
AVStream* best_stream(const AVFormatContext& input, AVMediaType type);

/// The clip's sound tracks, in its own order.
std::vector<AVStream*> sound_tracks(const AVFormatContext& input);

/// Lets the demuxer skip all other streams.
void use_only(AVFormatContext& input, const AVStream& stream);

/// A decoder for the stream, opened. Throws Error(input).
CodecPtr open_decoder(const AVStream& stream, const std::filesystem::path& path);

/// Reads on until a packet of `stream` (flushing what the decoder cannot take is left to the
/// caller). False at the end of the file. `broken_off`, kept by the caller from call to call, says
/// then whether the file is truncated: it ended in an error, or its last packet is not whole.
bool read_packet(AVFormatContext& input,
                 const AVStream& stream,
                 AVPacket& packet,
                 bool& broken_off);

}  // namespace hyportrait::media
