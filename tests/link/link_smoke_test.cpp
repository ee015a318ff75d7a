// SPDX-License-Identifier: Apache-2.0
// Torch, OpenCV, spdlog and libav in one binary: their ABIs and their copies of fmt must agree
// (cmake/dependencies.cmake, Note [Torch headers last]).
extern "C" {
#include <libavcodec/avcodec.h>
#include <libavfilter/avfilter.h>
#include <libavformat/avformat.h>
#include <libswscale/swscale.h>
}
#include <gtest/gtest.h>
#include <opencv2/imgproc.hpp>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>
#include <torch/types.h>

#include <sstream>

namespace {

TEST(LinkSmoke, OpenCvAndTorchShareMemoryAndStrings) {
  torch::Tensor pixels = torch::arange(12, torch::kFloat).view({3, 4});
  const cv::Mat view(3, 4, CV_32F, pixels.mutable_data_ptr());
  cv::Mat small;
  cv::resize(view, small, {2, 1}, 0, 0, cv::INTER_AREA);
  EXPECT_NEAR(cv::mean(small)[0], pixels.mean().item<double>(), 1e-4);
  EXPECT_THROW(torch::ones({2}) + torch::ones({3}), c10::Error);
  EXPECT_THROW(cv::resize(cv::Mat(), small, {2, 1}), cv::Exception);
}

TEST(LinkSmoke, SpdlogFormats) {
  std::ostringstream text;
  spdlog::logger logger("test", std::make_shared<spdlog::sinks::ostream_sink_mt>(text));
  logger.set_pattern("%v");
  logger.info("{} {:.2f} {}", std::string("torch"), 2.5, torch::ones({2}).sum().item<int>());
  EXPECT_EQ(text.str(), "torch 2.50 2\n");
}

TEST(LinkSmoke, LibavKnowsItsCodecsAndFilters) {
  EXPECT_NE(avcodec_find_decoder(AV_CODEC_ID_H264), nullptr);
  EXPECT_NE(av_guess_format("mp4", nullptr, nullptr), nullptr);
  EXPECT_NE(avfilter_get_by_name("aresample"), nullptr);
  EXPECT_EQ(sws_isSupportedInput(AV_PIX_FMT_YUV420P), 1);
}

}  // namespace
