// SPDX-License-Identifier: Apache-2.0
// Writes the HEIC and AVIF pictures of the unit tests: hyportrait-make-heif hevc|av1 alpha|opaque
// PROFILE OUT. 64x48, left half red, right half blue and, with alpha, half transparent. PROFILE
// holds an ICC profile, or nothing.
#include <libheif/heif.h>

#include <cstdint>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>

namespace {

heif_image* draw(bool alpha) {
  heif_image* image = nullptr;
  heif_image_create(64,
                    48,
                    heif_colorspace_RGB,
                    alpha ? heif_chroma_interleaved_RGBA : heif_chroma_interleaved_RGB,
                    &image);
  heif_image_add_plane(image, heif_channel_interleaved, 64, 48, 8);
  int stride = 0;
  std::uint8_t* pixels = heif_image_get_plane(image, heif_channel_interleaved, &stride);
  for (int y = 0; y < 48; ++y) {
    for (int x = 0; x < 64; ++x) {
      std::uint8_t* to = pixels + y * stride + x * (alpha ? 4 : 3);
      to[0] = x < 32 ? 200 : 20;
      to[1] = 20;
      to[2] = x < 32 ? 20 : 200;
      if (alpha) {
        to[3] = 128;
      }
    }
  }
  return image;
}

bool encode(heif_image* image, heif_compression_format format, const char* target) {
  heif_context* context = heif_context_alloc();
  heif_encoder* encoder = nullptr;
  if (heif_context_get_encoder_for_format(context, format, &encoder).code != heif_error_Ok) {
    return false;
  }
  heif_encoder_set_lossy_quality(encoder, 95);
  const bool done =
      heif_context_encode_image(context, image, encoder, nullptr, nullptr).code == heif_error_Ok &&
      heif_context_write_to_file(context, target).code == heif_error_Ok;
  heif_encoder_release(encoder);
  heif_context_free(context);
  return done;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) {
    return 2;
  }
  const std::string format = argv[1];
  std::ifstream file(argv[3], std::ios::binary);
  const std::string profile{std::istreambuf_iterator<char>(file), {}};
  heif_image* image = draw(std::string(argv[2]) == "alpha");
  if (!profile.empty()) {
    heif_image_set_raw_color_profile(image, "prof", profile.data(), profile.size());
  }
  const bool done =
      encode(image, format == "hevc" ? heif_compression_HEVC : heif_compression_AV1, argv[4]);
  heif_image_release(image);
  if (!done) {
    std::fprintf(stderr, "this libheif cannot write %s\n", format.c_str());
  }
  return done ? 0 : 1;
}
