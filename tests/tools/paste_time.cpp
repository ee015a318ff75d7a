// SPDX-License-Identifier: Apache-2.0
// hyportrait-paste-time PORTRAIT_SIDE SQUARE_SIDE NETWORK_SIDE FRAMES: seconds a frame of what
// follows the decoder, one thread, as one line of JSON: scaling, colour match and paste-back; the
// detail; the conversion to yuv420p of what changed, and of the whole picture.
#include "base/stage_timer.h"
#include "detail/transfer.h"
#include "face/paste_back.h"
#include "media/colour.h"

#include <chrono>
#include <cmath>
#include <cstdlib>
#include <iostream>
#include <vector>

namespace hyportrait {
namespace {

/// Waves of several lengths, moved by `shift` px.
Frame waves(int side, double shift) {
  Frame frame = Frame::black(side, side);
  for (int y = 0; y < side; ++y) {
    for (int x = 0; x < side; ++x) {
      const double u = (x + shift) / side;
      const double v = static_cast<double>(y) / side;
      const double level = 128 + 50 * std::sin(40 * u + 9 * v) +
                           40 * std::sin(25 * v - 60 * u * v) +
                           30 * std::sin(400 * u) * std::sin(350 * v);
      for (int c = 0; c < 3; ++c) {
        frame.row(y)[3 * x + c] = static_cast<std::uint8_t>(level + c);
      }
    }
  }
  return frame;
}

template <class Work>
double seconds_of(int frames, const Work& work) {
  work(0);  // does not count
  const auto begin = std::chrono::steady_clock::now();
  for (int i = 1; i <= frames; ++i) {
    work(i);
  }
  return seconds_since(begin) / frames;
}

int measure(int portrait_side, int square, int network, int frames) {
  const Frame portrait = waves(portrait_side, 0);
  const int corner = (portrait_side - square) / 2;
  const face::CropBox box{corner, corner, corner + square, corner + square};
  std::vector<Frame> generated;
  for (int i = 0; i < 4; ++i) {
    generated.push_back(waves(network, i));
  }
  const auto drawn = [&](int i) -> const Frame& {
    return generated[static_cast<std::size_t>(i % 4)];
  };
  face::PasteBack paste(portrait, box, {});
  const double paste_seconds = seconds_of(frames, [&](int i) { paste(drawn(i)); });
  media::EncoderConverter converter(portrait_side, portrait_side, AV_PIX_FMT_YUV420P);
  const Frame& result = paste(drawn(0));
  converter.convert(result);
  const double changed_seconds =
      seconds_of(frames, [&](int) { converter.convert(result, paste.changed()); });
  const double whole_seconds = seconds_of(frames, [&](int) { converter.convert(result); });
  detail::DetailTransfer detail(waves(square, 0), generated[0], {});
  const double detail_seconds = seconds_of(frames, [&](int i) {
    Frame front = detail.find(drawn(i));
    detail.add(front);
  });
  std::cout << "{\"paste_seconds\": " << paste_seconds
            << ", \"conversion_seconds\": " << changed_seconds
            << ", \"whole_conversion_seconds\": " << whole_seconds
            << ", \"detail_seconds\": " << detail_seconds
            << ", \"detail_weight\": " << detail.mean_weight() << "}\n";
  return 0;
}

}  // namespace
}  // namespace hyportrait

int main(int argc, char** argv) {
  if (argc != 5) {
    std::cerr << "usage: hyportrait-paste-time PORTRAIT_SIDE SQUARE_SIDE NETWORK_SIDE FRAMES\n";
    return 2;
  }
  return hyportrait::measure(
      std::atoi(argv[1]), std::atoi(argv[2]), std::atoi(argv[3]), std::atoi(argv[4]));
}
