// SPDX-License-Identifier: Apache-2.0
#include "media/colour.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace hyportrait::media {
namespace {

constexpr int kScaleFlags =
    SWS_BICUBIC | SWS_ACCURATE_RND | SWS_FULL_CHR_H_INT | SWS_FULL_CHR_H_INP;
constexpr int kUnity = 1 << 16;

/// One end of a conversion.
struct Side {
  int width;
  int height;
  AVPixelFormat format;
  AVColorSpace matrix;
  AVColorRange range;
  AVChromaLocation chroma;
};

/// The "J" formats are the plain ones with their range in the name; swscale warns about them.
AVPixelFormat without_range(AVPixelFormat format) {
  switch (format) {
    case AV_PIX_FMT_YUVJ420P:
      return AV_PIX_FMT_YUV420P;
    case AV_PIX_FMT_YUVJ422P:
      return AV_PIX_FMT_YUV422P;
    case AV_PIX_FMT_YUVJ444P:
      return AV_PIX_FMT_YUV444P;
    case AV_PIX_FMT_YUVJ440P:
      return AV_PIX_FMT_YUV440P;
    case AV_PIX_FMT_YUVJ411P:
      return AV_PIX_FMT_YUV411P;
    default:
      return format;
  }
}

bool is_full_range(AVColorRange range, AVPixelFormat format) {
  return range == AVCOL_RANGE_JPEG || without_range(format) != format;
}

/// swscale's name of a matrix; see Note [Colour] for what is not stated.
int sws_matrix(AVColorSpace matrix) {
  switch (matrix) {
    case AVCOL_SPC_BT709:
      return SWS_CS_ITU709;
    case AVCOL_SPC_FCC:
      return SWS_CS_FCC;
    case AVCOL_SPC_SMPTE240M:
      return SWS_CS_SMPTE240M;
    case AVCOL_SPC_BT2020_NCL:
    case AVCOL_SPC_BT2020_CL:
      return SWS_CS_BT2020;
    default:
      return SWS_CS_ITU601;
  }
}

/// Chroma siting, in 1/256 of a luma pixel, along an axis that is subsampled.
void set_siting(SwsContext* sws, const char* side, const Side& end) {
  const AVPixFmtDescriptor* descriptor = av_pix_fmt_desc_get(end.format);
  if (descriptor->log2_chroma_w != 1 || (descriptor->flags & AV_PIX_FMT_FLAG_RGB) != 0) {
    return;
  }
  const bool centre_x = end.chroma == AVCHROMA_LOC_CENTER || end.chroma == AVCHROMA_LOC_TOP;
  const bool top = end.chroma == AVCHROMA_LOC_TOPLEFT || end.chroma == AVCHROMA_LOC_TOP;
  av_opt_set_int(sws, (std::string(side) + "_h_chr_pos").c_str(), centre_x ? 128 : 0, 0);
  if (descriptor->log2_chroma_h == 1) {
    av_opt_set_int(sws, (std::string(side) + "_v_chr_pos").c_str(), top ? 0 : 128, 0);
  }
}

SwsPtr make_sws(const Side& from, const Side& to, ExitCode code) {
  auto sws = adopt<SwsPtr>(sws_alloc_context());
  av_opt_set_int(sws.get(), "srcw", from.width, 0);
  av_opt_set_int(sws.get(), "srch", from.height, 0);
  av_opt_set_int(sws.get(), "src_format", without_range(from.format), 0);
  av_opt_set_int(sws.get(), "src_range", is_full_range(from.range, from.format), 0);
  av_opt_set_int(sws.get(), "dstw", to.width, 0);
  av_opt_set_int(sws.get(), "dsth", to.height, 0);
  av_opt_set_int(sws.get(), "dst_format", without_range(to.format), 0);
  av_opt_set_int(sws.get(), "dst_range", is_full_range(to.range, to.format), 0);
  av_opt_set_int(sws.get(), "sws_flags", kScaleFlags, 0);
  set_siting(sws.get(), "src", from);
  set_siting(sws.get(), "dst", to);
  const std::string what = std::string("pixels cannot be converted from ") +
                           av_get_pix_fmt_name(from.format) + " to " +
                           av_get_pix_fmt_name(to.format);
  av_check(sws_init_context(sws.get(), nullptr, nullptr), code, what);
  // Greyscale to RGB has no matrix, and swscale says so with -1.
  sws_setColorspaceDetails(sws.get(),
                           sws_getCoefficients(sws_matrix(from.matrix)),
                           is_full_range(from.range, from.format),
                           sws_getCoefficients(sws_matrix(to.matrix)),
                           is_full_range(to.range, to.format),
                           0,
                           kUnity,
                           kUnity);
  return sws;
}

FramePtr make_picture(int width, int height, AVPixelFormat format) {
  FramePtr frame = make_frame();
  frame->width = width;
  frame->height = height;
  frame->format = format;
  av_check(av_frame_get_buffer(frame.get(), 0), ExitCode::failed, "no room for a picture");
  return frame;
}

bool same_layout(const AVFrame& a, const AVFrame& b) {
  return a.width == b.width && a.height == b.height && a.format == b.format &&
         a.colorspace == b.colorspace && a.color_range == b.color_range &&
         a.chroma_location == b.chroma_location;
}

Side rgb_side(int width, int height) {
  return {
      width, height, AV_PIX_FMT_RGB24, AVCOL_SPC_RGB, AVCOL_RANGE_JPEG, AVCHROMA_LOC_UNSPECIFIED};
}

constexpr int kGrid = 16;     // px: swscale's vectors, and twice its dither
constexpr int kBorder = 32;   // px converted around what changed, a multiple of the grid
constexpr int kDropped = 16;  // of the border: at its edge the chroma filter has seen no neighbour

FrameArea with_border(const FrameArea& changed, int width, int height) {
  const int left = std::max(changed.x - kBorder, 0) / kGrid * kGrid;
  const int top = std::max(changed.y - kBorder, 0) / kGrid * kGrid;
  const auto end = [](int last, int size) {
    return std::min((last + kBorder + kGrid - 1) / kGrid * kGrid, size);
  };
  return {.x = left,
          .y = top,
          .width = end(changed.x + changed.width, width) - left,
          .height = end(changed.y + changed.height, height) - top};
}

/// Copies a part into its picture, without the border's edge where the picture goes on.
void copy_inside(const AVFrame& part, const FrameArea& area, AVFrame& picture) {
  const auto format = static_cast<AVPixelFormat>(part.format);
  const AVPixFmtDescriptor* descriptor = av_pix_fmt_desc_get(format);
  const int left = area.x > 0 ? kDropped : 0;
  const int top = area.y > 0 ? kDropped : 0;
  const int right = area.x + area.width < picture.width ? kDropped : 0;
  const int bottom = area.y + area.height < picture.height ? kDropped : 0;
  for (int plane = 0; plane < av_pix_fmt_count_planes(format); ++plane) {
    const int shift = plane == 1 || plane == 2 ? descriptor->log2_chroma_h : 0;
    const int begin = av_image_get_linesize(format, left, plane);
    const int width = av_image_get_linesize(format, area.width - right, plane) - begin;
    const int rows = AV_CEIL_RSHIFT(area.height - bottom, shift) - (top >> shift);
    const std::ptrdiff_t target =
        static_cast<std::ptrdiff_t>((area.y + top) >> shift) * picture.linesize[plane] +
        av_image_get_linesize(format, area.x, plane) + begin;
    const std::ptrdiff_t source =
        static_cast<std::ptrdiff_t>(top >> shift) * part.linesize[plane] + begin;
    av_image_copy_plane(picture.data[plane] + target,
                        picture.linesize[plane],
                        part.data[plane] + source,
                        part.linesize[plane],
                        width,
                        rows);
  }
}

}  // namespace

void RgbConverter::configure(const AVFrame& source) {
  const auto format = static_cast<AVPixelFormat>(source.format);
  if (sws_isSupportedInput(format) == 0) {
    throw Error(ExitCode::input,
                std::string("pixel format ") + av_get_pix_fmt_name(format) + " cannot be read");
  }
  const Side from{source.width,
                  source.height,
                  format,
                  source.colorspace,
                  source.color_range,
                  source.chroma_location};
  sws_ = make_sws(from, rgb_side(width_, height_), ExitCode::input);
  rgb_ = make_picture(width_, height_, AV_PIX_FMT_RGB24);
  configured_for_ = make_frame();
  configured_for_->width = source.width;
  configured_for_->height = source.height;
  configured_for_->format = source.format;
  configured_for_->colorspace = source.colorspace;
  configured_for_->color_range = source.color_range;
  configured_for_->chroma_location = source.chroma_location;
}

Frame RgbConverter::convert(const AVFrame& source) {
  if (configured_for_ == nullptr || !same_layout(*configured_for_, source)) {
    configure(source);
  }
  av_check(
      sws_scale(
          sws_.get(), source.data, source.linesize, 0, source.height, rgb_->data, rgb_->linesize),
      ExitCode::input,
      "a frame's pixels cannot be converted");
  const RgbView stored{
      .pixels = rgb_->data[0], .stride = rgb_->linesize[0], .width = width_, .height = height_};
  return upright(stored, orientation_);
}

EncoderConverter::EncoderConverter(int width, int height, AVPixelFormat format)
    : width_(width),
      height_(height),
      format_(format),
      whole_(make_part({.x = 0, .y = 0, .width = width, .height = height})) {}

EncoderConverter::Part EncoderConverter::make_part(const FrameArea& area) const {
  const ColourTags tags = output_colour(format_);
  Part part{.area = area,
            .sws = make_sws(
                rgb_side(area.width, area.height),
                {area.width, area.height, format_, tags.matrix, tags.range, AVCHROMA_LOC_LEFT},
                ExitCode::usage),
            .rgb = make_picture(area.width, area.height, AV_PIX_FMT_RGB24),
            .converted = make_picture(area.width, area.height, format_)};
  part.converted->colorspace = tags.matrix;
  part.converted->color_range = tags.range;
  part.converted->color_primaries = AVCOL_PRI_BT709;
  part.converted->color_trc = AVCOL_TRC_BT709;
  part.converted->chroma_location = AVCHROMA_LOC_LEFT;
  return part;
}

void EncoderConverter::convert_part(Part& part, const Frame& source) {
  const FrameArea& area = part.area;
  for (int y = 0; y < area.height; ++y) {
    std::memcpy(part.rgb->data[0] + static_cast<std::ptrdiff_t>(y) * part.rgb->linesize[0],
                source.at(area.x, area.y + y),
                static_cast<std::size_t>(area.width) * 3);
  }
  av_check(av_frame_make_writable(part.converted.get()), ExitCode::failed, "no room for a picture");
  av_check(sws_scale(part.sws.get(),
                     part.rgb->data,
                     part.rgb->linesize,
                     0,
                     area.height,
                     part.converted->data,
                     part.converted->linesize),
           ExitCode::failed,
           "a frame's pixels cannot be converted");
}

void EncoderConverter::convert_changed(const Frame& source, const FrameArea& changed) {
  const FrameArea area = with_border(changed, width_, height_);
  if (!part_ || part_->area != area) {
    part_ = make_part(area);
  }
  convert_part(*part_, source);
  AVFrame& target = *whole_.converted;
  av_check(av_frame_make_writable(&target), ExitCode::failed, "no room for a picture");
  copy_inside(*part_->converted, part_->area, target);
}

FramePtr EncoderConverter::convert(const Frame& source, const std::optional<FrameArea>& changed) {
  const bool first = !converted_before_;
  converted_before_ = true;
  if (first || !changed) {
    convert_part(whole_, source);
  } else if (changed->x < width_ && changed->y < height_) {
    convert_changed(source, *changed);
  }
  return adopt<FramePtr>(av_frame_clone(whole_.converted.get()));
}

ColourTags output_colour(AVPixelFormat format) {
  if ((av_pix_fmt_desc_get(format)->flags & AV_PIX_FMT_FLAG_RGB) != 0) {
    return {AVCOL_SPC_RGB, AVCOL_RANGE_JPEG};
  }
  return {AVCOL_SPC_BT709,
          is_full_range(AVCOL_RANGE_UNSPECIFIED, format) ? AVCOL_RANGE_JPEG : AVCOL_RANGE_MPEG};
}

std::string describe_colour(AVColorSpace matrix, AVColorRange range, AVPixelFormat format) {
  if ((av_pix_fmt_desc_get(format)->flags & AV_PIX_FMT_FLAG_RGB) != 0) {
    return "RGB";
  }
  const char* name = av_color_space_name(matrix);
  const std::string shown =
      matrix == AVCOL_SPC_UNSPECIFIED || name == nullptr ? "bt601 (not stated)" : name;
  return shown + (is_full_range(range, format) ? ", full range" : ", limited range");
}

}  // namespace hyportrait::media
