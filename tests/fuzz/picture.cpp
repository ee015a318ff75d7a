// SPDX-License-Identifier: Apache-2.0
// The header of a picture of any kind.
#include "fuzz/fuzz.h"
#include "media/picture_header.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto header = hyportrait::media::read_picture_header({data, size});
  hyportrait::test::must(!header || (header->width >= 0 && header->height >= 0));
  return 0;
}
