// SPDX-License-Identifier: Apache-2.0
#include "media/picture_codecs.h"
#include "media/picture_header.h"

#include <libheif/heif.h>

#include <cstring>
#include <memory>
#include <new>

namespace hyportrait::media {
namespace {

template <auto Free>
struct HeifFree {
  template <class T>
  void operator()(T* p) const noexcept {
    Free(p);
  }
};
using ContextPtr = std::unique_ptr<heif_context, HeifFree<heif_context_free>>;
using HandlePtr = std::unique_ptr<heif_image_handle, HeifFree<heif_image_handle_release>>;
using ImagePtr = std::unique_ptr<heif_image, HeifFree<heif_image_release>>;
using OptionsPtr = std::unique_ptr<heif_decoding_options, HeifFree<heif_decoding_options_free>>;
using NclxPtr = std::unique_ptr<heif_color_profile_nclx, HeifFree<heif_nclx_color_profile_free>>;

void check(const heif_error& error) {
  if (error.code == heif_error_Memory_allocation_error &&
      error.subcode != heif_suberror_Security_limit_exceeded) {
    throw std::bad_alloc();
  }
  if (error.code == heif_error_Unsupported_feature ||
      error.code == heif_error_Unsupported_filetype) {
    throw BadPicture(std::string("cannot be decoded by this libheif (") + error.message + ")");
  }
  if (error.code != heif_error_Ok) {
    throw BadPicture(std::string("is damaged or cut off (") + error.message + ")");
  }
}

/// The ICC profile; or the primaries by number (ITU-T H.273, table 2) where they are not sRGB's.
void take_colours(const heif_image_handle& handle, StoredPicture& picture) {
  const std::size_t size = heif_image_handle_get_raw_color_profile_size(&handle);
  if (size > 0) {
    picture.profile.resize(size);
    check(heif_image_handle_get_raw_color_profile(&handle, picture.profile.data()));
    return;
  }
  heif_color_profile_nclx* raw = nullptr;
  if (heif_image_handle_get_nclx_color_profile(&handle, &raw).code != heif_error_Ok) {
    return;
  }
  const NclxPtr nclx(raw);
  const bool hdr =
      nclx->transfer_characteristics == heif_transfer_characteristic_ITU_R_BT_2100_0_PQ ||
      nclx->transfer_characteristics == heif_transfer_characteristic_ITU_R_BT_2100_0_HLG;
  if (hdr) {
    picture.note = "is an HDR picture, which is read as if it were an ordinary one";
  }
  if (nclx->color_primaries != heif_color_primaries_ITU_R_BT_709_5 &&
      nclx->color_primaries != heif_color_primaries_unspecified &&
      nclx->color_primary_white_y > 0) {
    picture.primaries = Primaries{{{nclx->color_primary_red_x, nclx->color_primary_red_y},
                                   {nclx->color_primary_green_x, nclx->color_primary_green_y},
                                   {nclx->color_primary_blue_x, nclx->color_primary_blue_y},
                                   {nclx->color_primary_white_x, nclx->color_primary_white_y}}};
  }
}

void take_pixels(const heif_image& image, StoredPicture& picture) {
  int stride = 0;
  const std::uint8_t* pixels =
      heif_image_get_plane_readonly(&image, heif_channel_interleaved, &stride);
  if (pixels == nullptr) {
    throw BadPicture("is damaged or cut off (no pixels)");
  }
  picture.width = heif_image_get_width(&image, heif_channel_interleaved);
  picture.height = heif_image_get_height(&image, heif_channel_interleaved);
  picture.allocate();
  for (int y = 0; y < picture.height; ++y) {
    std::memcpy(
        picture.row(y), pixels + static_cast<std::ptrdiff_t>(y) * stride, picture.row_bytes());
  }
}

}  // namespace

StoredPicture decode_heif(std::span<const std::uint8_t> bytes) {
  const ContextPtr context(heif_context_alloc());
  if (context == nullptr) {
    throw std::bad_alloc();
  }
  check(heif_context_read_from_memory_without_copy(
      context.get(), bytes.data(), bytes.size(), nullptr));
  heif_image_handle* raw_handle = nullptr;
  check(heif_context_get_primary_image_handle(context.get(), &raw_handle));
  const HandlePtr handle(raw_handle);
  const int width = heif_image_handle_get_width(handle.get());
  const int height = heif_image_handle_get_height(handle.get());
  if (const auto why = too_large(width, height)) {
    throw BadPicture(*why);
  }
  StoredPicture picture;
  const bool alpha = heif_image_handle_has_alpha_channel(handle.get()) != 0;
  picture.samples = alpha ? Samples::rgba : Samples::rgb;
  take_colours(*handle, picture);
  const OptionsPtr options(heif_decoding_options_alloc());
  if (options == nullptr) {
    throw std::bad_alloc();
  }
  options->convert_hdr_to_8bit = 1;
  heif_image* raw_image = nullptr;
  check(heif_decode_image(handle.get(),
                          &raw_image,
                          heif_colorspace_RGB,
                          alpha ? heif_chroma_interleaved_RGBA : heif_chroma_interleaved_RGB,
                          options.get()));
  take_pixels(*ImagePtr(raw_image), picture);
  return picture;
}

}  // namespace hyportrait::media
