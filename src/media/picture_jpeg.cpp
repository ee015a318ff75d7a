// SPDX-License-Identifier: Apache-2.0
#include "media/picture_codecs.h"

#include <jerror.h>
#include <jpeglib.h>

#include <algorithm>
#include <array>
#include <csetjmp>
#include <cstdio>  // jpeglib.h needs it before
#include <cstdlib>
#include <memory>
#include <new>

namespace hyportrait::media {
namespace {

constexpr int kMaxScans = 500;  // of a progressive file; cameras write about ten

/// libjpeg's state, and where it leaves to.
struct JpegReader {
  jpeg_error_mgr errors{};
  jpeg_decompress_struct info{};
  jpeg_progress_mgr progress{};
  std::jmp_buf leave{};
  std::array<char, JMSG_LENGTH_MAX> why{};
  bool created = false;

  JpegReader() = default;
  JpegReader(const JpegReader&) = delete;
  JpegReader& operator=(const JpegReader&) = delete;
  ~JpegReader() {
    if (created) {
      jpeg_destroy_decompress(&info);
    }
  }
};

JpegReader& reader_of(j_common_ptr info) {
  return *static_cast<JpegReader*>(info->client_data);
}

[[noreturn]] void leave_with_message(j_common_ptr info) {
  JpegReader& reader = reader_of(info);
  info->err->format_message(info, reader.why.data());
  std::longjmp(reader.leave, 1);
}

/// libjpeg fills what is missing with grey and calls it a warning. Bytes too many between markers,
/// a strange colour transform and a broken profile harm no pixel.
void judge_warning(j_common_ptr info, int level) {
  constexpr std::array<int, 3> kHarmless{JWRN_EXTRANEOUS_DATA, JWRN_ADOBE_XFORM, JWRN_BOGUS_ICC};
  const int code = info->err->msg_code;
  if (level < 0 && std::find(kHarmless.begin(), kHarmless.end(), code) == kHarmless.end()) {
    leave_with_message(info);
  }
}

void count_scans(j_common_ptr info) {
  const auto* decompress = reinterpret_cast<const jpeg_decompress_struct*>(info);
  if (decompress->input_scan_number > kMaxScans) {
    leave_with_message(info);
  }
}

void prepare(JpegReader& reader) {
  reader.info.err = jpeg_std_error(&reader.errors);
  reader.info.client_data = &reader;
  reader.errors.error_exit = leave_with_message;
  reader.errors.emit_message = judge_warning;
  reader.errors.output_message = [](j_common_ptr) {};
  reader.progress.progress_monitor = count_scans;
}

/// False where libjpeg has left; then `reader.why` says why. Owns nothing, since a jump runs no
/// destructor.
bool read_header(JpegReader& reader, std::span<const std::uint8_t> bytes) {
  if (setjmp(reader.leave) != 0) {
    return false;
  }
  jpeg_create_decompress(&reader.info);
  reader.created = true;
  reader.info.client_data = &reader;
  reader.info.progress = &reader.progress;
  jpeg_mem_src(&reader.info, bytes.data(), bytes.size());
  jpeg_save_markers(&reader.info, JPEG_APP0 + 2, 0xFFFF);  // the ICC profile's
  jpeg_read_header(&reader.info, TRUE);
  if (reader.info.num_components == 4) {
    reader.info.out_color_space = JCS_CMYK;
  } else if (reader.info.out_color_space != JCS_GRAYSCALE) {
    reader.info.out_color_space = JCS_RGB;
  }
  return true;
}

bool read_pixels(JpegReader& reader, StoredPicture& picture) {
  if (setjmp(reader.leave) != 0) {
    return false;
  }
  jpeg_start_decompress(&reader.info);
  while (reader.info.output_scanline < reader.info.output_height) {
    JSAMPROW row = picture.row(static_cast<int>(reader.info.output_scanline));
    jpeg_read_scanlines(&reader.info, &row, 1);
  }
  jpeg_finish_decompress(&reader.info);
  return true;
}

/// The ICC profile in libjpeg's own memory (free() takes it), null where there is none.
struct RawProfile {
  JOCTET* bytes = nullptr;
  unsigned int size = 0;
};

bool read_profile(JpegReader& reader, RawProfile& profile) {
  if (setjmp(reader.leave) != 0) {
    return false;
  }
  jpeg_read_icc_profile(&reader.info, &profile.bytes, &profile.size);
  return true;
}

bool take_profile(JpegReader& reader, StoredPicture& picture) {
  RawProfile raw;
  const bool read = read_profile(reader, raw);
  const std::unique_ptr<JOCTET, void (*)(void*)> owner(raw.bytes, std::free);
  if (read && raw.bytes != nullptr) {
    picture.profile.assign(raw.bytes, raw.bytes + raw.size);
  }
  return read;
}

}  // namespace

StoredPicture decode_jpeg(std::span<const std::uint8_t> bytes) {
  JpegReader reader;
  prepare(reader);
  StoredPicture picture;
  bool whole = read_header(reader, bytes);
  if (whole) {
    picture.width = static_cast<int>(reader.info.image_width);
    picture.height = static_cast<int>(reader.info.image_height);
    picture.samples = reader.info.out_color_space == JCS_CMYK        ? Samples::cmyk
                      : reader.info.out_color_space == JCS_GRAYSCALE ? Samples::grey
                                                                     : Samples::rgb;
    picture.allocate();
    whole = take_profile(reader, picture) && read_pixels(reader, picture);
  }
  if (!whole) {
    if (reader.errors.msg_code == JERR_OUT_OF_MEMORY) {
      throw std::bad_alloc();
    }
    throw BadPicture(std::string("is damaged or cut off (") + reader.why.data() + ")");
  }
  if (picture.samples == Samples::cmyk && reader.info.saw_Adobe_marker == FALSE) {
    std::transform(picture.data.begin(), picture.data.end(), picture.data.begin(), [](int ink) {
      return static_cast<std::uint8_t>(255 - ink);
    });
  }
  return picture;
}

}  // namespace hyportrait::media
