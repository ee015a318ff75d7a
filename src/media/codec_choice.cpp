// SPDX-License-Identifier: Apache-2.0
#include "media/codec_choice.h"

#include "media/video_writer.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <array>
#include <memory>
#include <string_view>
#include <vector>

namespace hyportrait::media {
namespace {

/// A name of the command line and FFmpeg's encoders for it, best first.
struct Alias {
  std::string_view name;
  std::array<const char*, 3> encoders;
  AVCodecID codec;
};
constexpr std::array<Alias, 6> kAliases{{
    {"h264", {"libx264", "libopenh264", nullptr}, AV_CODEC_ID_H264},
    {"hevc", {"libx265", nullptr, nullptr}, AV_CODEC_ID_HEVC},
    {"av1", {"libsvtav1", "libaom-av1", "librav1e"}, AV_CODEC_ID_AV1},
    {"prores", {"prores_ks", "prores", nullptr}, AV_CODEC_ID_PRORES},
    {"vp9", {"libvpx-vp9", nullptr, nullptr}, AV_CODEC_ID_VP9},
    {"nvenc", {"h264_nvenc", nullptr, nullptr}, AV_CODEC_ID_NONE},
}};

/// How an encoder is told about quality: option's name, default, and what else it wants set.
struct Quality {
  std::string_view encoder;
  const char* option;
  int standard;
  const char* extra_option;
  const char* extra_value;
};
constexpr std::array<Quality, 10> kQualities{{
    {"libx264", "crf", 17, "preset", "medium"},
    {"libx264rgb", "crf", 17, "preset", "medium"},
    {"libx265", "crf", 20, "x265-params", "log-level=error"},
    {"libsvtav1", "crf", 28, "preset", "8"},
    {"libaom-av1", "crf", 28, "cpu-used", "6"},
    {"libvpx-vp9", "crf", 28, "row-mt", "1"},
    {"libvpx", "crf", 10, "cpu-used", "2"},
    {"h264_nvenc", "cq", 19, "rc", "vbr"},
    {"hevc_nvenc", "cq", 22, "rc", "vbr"},
    {"av1_nvenc", "cq", 28, "rc", "vbr"},
}};

/// A minute and more: what follows is larger than the video many times over, and browsers hold all
/// of it in memory.
constexpr std::int64_t kMaxAnimationFrames = 1800;

/// With AVX-512, x264 164 plans its bit rate (mbtree) from memory that nobody wrote: what a frame's
/// code came out as depended on what the process had done before. Every processor with AVX-512 has
/// AVX2.
void keep_x264_deterministic(AVCodecContext& encoder) {
  if ((av_get_cpu_flags() & AV_CPU_FLAG_AVX512) != 0) {
    av_check(av_opt_set(encoder.priv_data, "x264-params", "asm=avx2", 0),
             ExitCode::failed,
             "x264 does not take asm=avx2");
  }
}

/// openh264 has no constant rate factor: one quantizer for all, which is what x264's factor comes
/// to on the mean. Slices, which it codes in threads, are as many on every machine, for the same
/// bits.
void set_openh264_quality(AVCodecContext& encoder, std::optional<int> crf) {
  constexpr int kDefault = 17;
  constexpr int kFinest = 12;  // openh264's own limit for video
  constexpr int kCoarsest = 51;
  const int wanted = crf.value_or(kDefault);
  if (wanted < 0 || wanted > kCoarsest) {
    throw Error(ExitCode::usage,
                "--crf " + std::to_string(wanted) + ": not a value of libopenh264 (0 to 51)");
  }
  encoder.qmin = std::max(wanted, kFinest);
  encoder.qmax = encoder.qmin;
  encoder.slices = 4;
  encoder.gop_size = 250;  // as x264
  av_opt_set(encoder.priv_data, "profile", "high", 0);
  av_opt_set(encoder.priv_data, "coder", "cabac", 0);
}

/// Encoders of a GPU are taken by their own name only: whether there is one shows when they start.
const AVCodec* find_alias(const Alias& alias) {
  for (const char* name : alias.encoders) {
    const AVCodec* codec = name == nullptr ? nullptr : avcodec_find_encoder_by_name(name);
    if (codec != nullptr) {
      return codec;
    }
  }
  const AVCodec* other =
      alias.codec == AV_CODEC_ID_NONE ? nullptr : avcodec_find_encoder(alias.codec);
  return other == nullptr || (other->capabilities & AV_CODEC_CAP_HARDWARE) != 0 ? nullptr : other;
}

/// The video encoders of this FFmpeg that make what our containers usually carry.
std::string list_encoders() {
  constexpr std::array kCommon{AV_CODEC_ID_H264,
                               AV_CODEC_ID_HEVC,
                               AV_CODEC_ID_AV1,
                               AV_CODEC_ID_VP8,
                               AV_CODEC_ID_VP9,
                               AV_CODEC_ID_PRORES,
                               AV_CODEC_ID_DNXHD,
                               AV_CODEC_ID_FFV1,
                               AV_CODEC_ID_MPEG4,
                               AV_CODEC_ID_MJPEG};
  std::vector<std::string> names;
  const auto add = [&](std::string name) {
    if (std::find(names.begin(), names.end(), name) == names.end()) {
      names.push_back(std::move(name));
    }
  };
  for (const Alias& alias : kAliases) {
    if (find_alias(alias) != nullptr) {
      add(std::string(alias.name));
    }
  }
  void* state = nullptr;
  while (const AVCodec* codec = av_codec_iterate(&state)) {
    if (av_codec_is_encoder(codec) != 0 &&
        std::find(kCommon.begin(), kCommon.end(), codec->id) != kCommon.end()) {
      add(codec->name);
    }
  }
  return fmt::format("{}", fmt::join(names, ", "));
}

std::string lower_extension(const std::filesystem::path& target) {
  std::string extension = target.extension().string();
  std::transform(extension.begin(), extension.end(), extension.begin(), [](unsigned char c) {
    return std::tolower(c);
  });
  return extension;
}

std::vector<AVPixelFormat> formats_of(const AVCodec& codec) {
  std::vector<AVPixelFormat> formats;
  for (const AVPixelFormat* format = codec.pix_fmts;
       format != nullptr && *format != AV_PIX_FMT_NONE;
       ++format) {
    if (sws_isSupportedOutput(*format) != 0) {  // leaves out surfaces of a GPU
      formats.push_back(*format);
    }
  }
  return formats;
}

}  // namespace

const AVOutputFormat* choose_container(const std::filesystem::path& target) {
  const std::string extension = lower_extension(target);
  constexpr std::array<std::pair<std::string_view, const char*>, 6> kContainers{
      {{".mp4", "mp4"},
       {".mov", "mov"},
       {".mkv", "matroska"},
       {".webm", "webm"},
       {".gif", "gif"},
       {".webp", "webp"}}};
  for (const auto& [name, muxer] : kContainers) {
    const AVOutputFormat* format =
        extension == name ? av_guess_format(muxer, nullptr, nullptr) : nullptr;
    if (format != nullptr) {
      return format;
    }
  }
  throw Error(ExitCode::usage,
              target.string() +
                  ": the name's ending chooses the kind of video; use .mp4, .mov, .mkv, .webm, "
                  ".gif or .webp");
}

std::string default_codec(const std::filesystem::path& target) {
  const std::string extension = lower_extension(target);
  return extension == ".webm"   ? "vp9"
         : extension == ".gif"  ? "gif"
         : extension == ".webp" ? "libwebp_anim"
                                : "h264";
}

void check_length(const std::filesystem::path& target, std::int64_t frames) {
  const std::string extension = lower_extension(target);
  if (frames > kMaxAnimationFrames && (extension == ".gif" || extension == ".webp")) {
    throw Error(ExitCode::usage,
                target.string() + ": " + std::to_string(frames) + " frames are too many for a " +
                    extension + ", which takes " + std::to_string(kMaxAnimationFrames) +
                    "; choose .mp4, or a part of the clip with --start, --end or --max-frames");
  }
}

const AVCodec* choose_encoder(const std::string& name) {
  const auto* alias = std::find_if(
      kAliases.begin(), kAliases.end(), [&](const Alias& a) { return a.name == name; });
  const AVCodec* codec =
      alias != kAliases.end() ? find_alias(*alias) : avcodec_find_encoder_by_name(name.c_str());
  if (codec == nullptr || codec->type != AVMEDIA_TYPE_VIDEO) {
    const bool known = alias != kAliases.end() && alias->encoders[0] != nullptr;
    throw Error(ExitCode::usage,
                "--codec " + name + ": this FFmpeg has no " +
                    (known ? std::string("encoder ") + alias->encoders[0] : "such video encoder") +
                    "; it has " + list_encoders());
  }
  return codec;
}

AVPixelFormat choose_pixel_format(const AVCodec& codec, const std::string& name) {
  const bool is_default = name == WriterOptions{}.pixel_format;
  if (codec.id == AV_CODEC_ID_GIF && (is_default || name == "pal8")) {
    return AV_PIX_FMT_PAL8;  // by a Palette
  }
  if (codec.id == AV_CODEC_ID_WEBP && is_default) {
    return AV_PIX_FMT_RGB32;  // libwebp knows which YUV a WebP holds
  }
  const AVPixelFormat wanted = av_get_pix_fmt(name.c_str());
  const std::vector<AVPixelFormat> formats = formats_of(codec);
  const bool accepted = formats.empty()
                            ? sws_isSupportedOutput(wanted) != 0
                            : std::find(formats.begin(), formats.end(), wanted) != formats.end();
  if (wanted != AV_PIX_FMT_NONE && accepted) {
    return wanted;
  }
  if (is_default && !formats.empty()) {
    return formats.front();
  }
  std::string list;
  for (const AVPixelFormat format : formats) {
    list += (list.empty() ? "" : ", ") + std::string(av_get_pix_fmt_name(format));
  }
  throw Error(ExitCode::usage,
              "--pixel-format " + name + ": the encoder " + codec.name +
                  " does not take it; it takes " + list);
}

bool container_carries(const AVOutputFormat& container, AVCodecID codec) {
  return avformat_query_codec(&container, codec, FF_COMPLIANCE_NORMAL) == 1;
}

bool container_takes_sound(const AVOutputFormat& container, const AVCodecParameters& sound) {
  // MOV takes them with Microsoft's tag, without what a player needs.
  constexpr std::array kOnlyInTheirOwn{AV_CODEC_ID_WMAV1,
                                       AV_CODEC_ID_WMAV2,
                                       AV_CODEC_ID_WMAPRO,
                                       AV_CODEC_ID_WMALOSSLESS,
                                       AV_CODEC_ID_WMAVOICE};
  if (std::string_view(container.name) == "mov" &&
      std::find(kOnlyInTheirOwn.begin(), kOnlyInTheirOwn.end(), sound.codec_id) !=
          kOnlyInTheirOwn.end()) {
    return false;
  }
  AVFormatContext* raw = nullptr;
  av_check(avformat_alloc_output_context2(&raw, &container, nullptr, nullptr),
           ExitCode::failed,
           "a trial of the sound");
  const std::unique_ptr<AVFormatContext, AvFree<avformat_free_context>> trial(raw);
  trial->strict_std_compliance = FF_COMPLIANCE_EXPERIMENTAL;
  AVStream* stream = avformat_new_stream(trial.get(), nullptr);
  if (stream == nullptr || avio_open_dyn_buf(&trial->pb) < 0) {
    throw std::bad_alloc();
  }
  avcodec_parameters_copy(stream->codecpar, &sound);
  stream->codecpar->codec_tag = 0;
  stream->time_base = {1, std::max(sound.sample_rate, 1)};
  const int rc = avformat_write_header(trial.get(), nullptr);
  std::uint8_t* bytes = nullptr;
  avio_close_dyn_buf(trial->pb, &bytes);
  av_free(bytes);
  return rc >= 0;
}

void check_container_carries(const AVOutputFormat& container,
                             const AVCodec& codec,
                             const std::filesystem::path& target) {
  if (!container_carries(container, codec.id)) {
    throw Error(ExitCode::usage,
                target.string() + ": this kind of file cannot carry " + avcodec_get_name(codec.id) +
                    "; choose another --codec or another ending (.mkv carries nearly all, .mov "
                    "ProRes, .webm VP9 and "
                    "AV1)");
  }
}

void set_quality(AVCodecContext& encoder, const AVCodec& codec, std::optional<int> crf) {
  const auto* quality = std::find_if(kQualities.begin(), kQualities.end(), [&](const Quality& q) {
    return q.encoder == codec.name;
  });
  if (std::string_view(codec.name).starts_with("libx264")) {
    keep_x264_deterministic(encoder);
  }
  if (std::string_view(codec.name) == "libopenh264") {
    set_openh264_quality(encoder, crf);
    return;
  }
  if (quality != kQualities.end()) {
    av_opt_set(encoder.priv_data, quality->extra_option, quality->extra_value, 0);
    encoder.bit_rate = 0;
    const int rc =
        av_opt_set_double(encoder.priv_data, quality->option, crf.value_or(quality->standard), 0);
    av_check(rc,
             ExitCode::usage,
             "--crf " + std::to_string(crf.value_or(quality->standard)) + ": not a value of " +
                 codec.name);
    return;
  }
  if (crf && av_opt_set_double(encoder.priv_data, "crf", *crf, 0) < 0) {
    throw Error(
        ExitCode::usage,
        std::string("--crf: the encoder ") + codec.name + " has no such setting; leave it out");
  }
}

void check_output(const std::filesystem::path& target,
                  const std::string& codec,
                  const std::string& pixel_format) {
  const AVOutputFormat* container = choose_container(target);
  const AVCodec* encoder = choose_encoder(codec == kAutoCodec ? default_codec(target) : codec);
  check_container_carries(*container, *encoder, target);
  choose_pixel_format(*encoder, pixel_format);
}

}  // namespace hyportrait::media
