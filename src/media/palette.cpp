// SPDX-License-Identifier: Apache-2.0
#include "media/palette.h"

#include <string>

namespace hyportrait::media {
namespace {

void palette_check(int rc) {
  av_check(rc, ExitCode::failed, "the colours of a GIF cannot be chosen");
}

}  // namespace

Palette::Palette(int width, int height, AVRational time_base)
    : graph_(adopt<GraphPtr>(avfilter_graph_alloc())) {
  graph_->nb_threads = 1;
  const std::string filters =
      "buffer@entry=video_size=" + std::to_string(width) + "x" + std::to_string(height) +
      ":pix_fmt=" + std::to_string(kInput) + ":time_base=" + std::to_string(time_base.num) + "/" +
      std::to_string(time_base.den) +
      ":pixel_aspect=1/1,split[a][b];[a]palettegen=stats_mode=single:reserve_transparent=0[p];"
      "[b][p]paletteuse=new=1,buffersink@exit";
  palette_check(avfilter_graph_parse_ptr(graph_.get(), filters.c_str(), nullptr, nullptr, nullptr));
  palette_check(avfilter_graph_config(graph_.get(), nullptr));
  entry_ = avfilter_graph_get_filter(graph_.get(), "buffer@entry");
  exit_ = avfilter_graph_get_filter(graph_.get(), "buffersink@exit");
}

void Palette::send(AVFrame* picture) {
  palette_check(av_buffersrc_add_frame(entry_, picture));
}

FramePtr Palette::receive() {
  FramePtr picture = make_frame();
  const int rc = av_buffersink_get_frame(exit_, picture.get());
  if (rc == AVERROR(EAGAIN) || rc == AVERROR_EOF) {
    return nullptr;
  }
  palette_check(rc);
  return picture;
}

}  // namespace hyportrait::media
