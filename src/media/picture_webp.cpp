// SPDX-License-Identifier: Apache-2.0
#include "media/picture_codecs.h"

#include <webp/decode.h>

#include <new>

namespace hyportrait::media {

StoredPicture decode_webp(std::span<const std::uint8_t> bytes) {
  WebPBitstreamFeatures features{};
  if (WebPGetFeatures(bytes.data(), bytes.size(), &features) != VP8_STATUS_OK) {
    throw BadPicture("is damaged or cut off");
  }
  if (features.has_animation != 0) {
    throw BadPicture("is an animated WebP, which is not read");
  }
  const bool alpha = features.has_alpha != 0;
  StoredPicture picture{.width = features.width,
                        .height = features.height,
                        .samples = alpha ? Samples::rgba : Samples::rgb};
  picture.allocate();
  const auto decode = alpha ? WebPDecodeRGBAInto : WebPDecodeRGBInto;
  if (decode(bytes.data(),
             bytes.size(),
             picture.data.data(),
             picture.data.size(),
             static_cast<int>(picture.row_bytes())) == nullptr) {
    throw BadPicture("is damaged or cut off");
  }
  return picture;
}

}  // namespace hyportrait::media
