// SPDX-License-Identifier: Apache-2.0
#include "media/colour_profile.h"

#include <lcms2.h>

#include <array>
#include <cstdlib>
#include <type_traits>
#include <vector>

namespace hyportrait::media {
namespace {

constexpr cmsUInt32Number kTransformFlags = cmsFLAGS_BLACKPOINTCOMPENSATION;

struct CloseProfile {
  void operator()(void* profile) const noexcept { cmsCloseProfile(profile); }
};
struct DeleteTransform {
  void operator()(void* transform) const noexcept { cmsDeleteTransform(transform); }
};
struct FreeCurve {
  void operator()(cmsToneCurve* curve) const noexcept { cmsFreeToneCurve(curve); }
};
using ProfilePtr = std::unique_ptr<void, CloseProfile>;
using TransformPtr = std::unique_ptr<void, DeleteTransform>;
using CurvePtr = std::unique_ptr<cmsToneCurve, FreeCurve>;

/// IEC 61966-2-1, as lcms parametrises it (type 4).
CurvePtr srgb_curve() {
  const std::array<double, 5> parameters{2.4, 1.0 / 1.055, 0.055 / 1.055, 1.0 / 12.92, 0.04045};
  return CurvePtr(cmsBuildParametricToneCurve(nullptr, 4, parameters.data()));
}

ProfilePtr profile_of(const StoredPicture& picture) {
  if (!picture.profile.empty()) {
    return ProfilePtr(cmsOpenProfileFromMem(picture.profile.data(),
                                            static_cast<cmsUInt32Number>(picture.profile.size())));
  }
  if (!picture.primaries) {
    return nullptr;
  }
  const Primaries& p = *picture.primaries;
  const cmsCIExyY white{p[3][0], p[3][1], 1.0};
  const cmsCIExyYTRIPLE triple{
      {p[0][0], p[0][1], 1.0}, {p[1][0], p[1][1], 1.0}, {p[2][0], p[2][1], 1.0}};
  const CurvePtr curve = srgb_curve();
  std::array<cmsToneCurve*, 3> curves{curve.get(), curve.get(), curve.get()};
  return ProfilePtr(cmsCreateRGBProfile(&white, &triple, curves.data()));
}

cmsUInt32Number pixel_type(Samples samples, int bytes) {
  const auto depth = static_cast<cmsUInt32Number>(bytes);
  switch (samples) {
    case Samples::grey:
      return COLORSPACE_SH(PT_GRAY) | CHANNELS_SH(1) | BYTES_SH(depth);
    case Samples::grey_alpha:
      return COLORSPACE_SH(PT_GRAY) | CHANNELS_SH(1) | EXTRA_SH(1) | BYTES_SH(depth);
    case Samples::rgb:
      return COLORSPACE_SH(PT_RGB) | CHANNELS_SH(3) | BYTES_SH(depth);
    case Samples::rgba:
      return COLORSPACE_SH(PT_RGB) | CHANNELS_SH(3) | EXTRA_SH(1) | BYTES_SH(depth);
    case Samples::cmyk:
      return COLORSPACE_SH(PT_CMYK) | CHANNELS_SH(4) | FLAVOR_SH(1) | BYTES_SH(depth);
  }
  return 0;
}

cmsColorSpaceSignature space_of(Samples samples) {
  switch (samples) {
    case Samples::grey:
    case Samples::grey_alpha:
      return cmsSigGrayData;
    case Samples::cmyk:
      return cmsSigCmykData;
    default:
      return cmsSigRgbData;
  }
}

TransformPtr transform(const ProfilePtr& from, Samples samples, int bytes) {
  const ProfilePtr srgb(cmsCreate_sRGBProfile());
  return TransformPtr(cmsCreateTransform(from.get(),
                                         pixel_type(samples, bytes),
                                         srgb.get(),
                                         TYPE_RGB_8,
                                         INTENT_RELATIVE_COLORIMETRIC,
                                         kTransformFlags));
}

/// A profile that moves no colour by more than a level is sRGB: then pixels stay as they are.
bool is_srgb(const ProfilePtr& profile, bool grey) {
  const TransformPtr change = transform(profile, grey ? Samples::grey : Samples::rgb, 1);
  std::vector<std::uint8_t> colours;
  for (int red = 0; red <= 255; red += grey ? 1 : 17) {
    for (int green = 0; green <= 255 && !grey; green += 17) {
      for (int blue = 0; blue <= 255; blue += 17) {
        for (const int level : {red, green, blue}) {
          colours.push_back(static_cast<std::uint8_t>(level));
        }
      }
    }
    if (grey) {
      colours.push_back(static_cast<std::uint8_t>(red));
    }
  }
  const std::size_t channels = grey ? 1 : 3;
  const std::size_t count = colours.size() / channels;
  std::vector<std::uint8_t> changed(count * 3);
  cmsDoTransform(change.get(), colours.data(), changed.data(), static_cast<cmsUInt32Number>(count));
  for (std::size_t i = 0; i < changed.size(); ++i) {
    const int before = colours[grey ? i / 3 : i];
    if (std::abs(before - changed[i]) > 1) {
      return false;
    }
  }
  return true;
}

}  // namespace

ToSrgb::ToSrgb(const StoredPicture& picture) {
  const ProfilePtr profile = profile_of(picture);
  if (profile == nullptr) {
    warning_ = picture.profile.empty() ? "" : "its colour profile is damaged, and is left out";
    return;
  }
  const bool grey = space_of(picture.samples) == cmsSigGrayData;
  const cmsColorSpaceSignature space = cmsGetColorSpace(profile.get());
  spread_grey_ = grey && space == cmsSigRgbData;
  if (space != space_of(picture.samples) && !spread_grey_) {
    warning_ = "its colour profile is for another kind of picture, and is left out";
    return;
  }
  channels_ = picture.channels();
  bytes_ = picture.bytes;
  const Samples samples = spread_grey_ ? Samples::rgb : picture.samples;
  TransformPtr change = transform(profile, samples, picture.bytes);
  if (change == nullptr) {
    warning_ = "its colour profile cannot be used, and is left out";
    return;
  }
  if (picture.samples == Samples::cmyk || !is_srgb(profile, grey && !spread_grey_)) {
    transform_ = change.release();
  }
}

ToSrgb::~ToSrgb() {
  if (transform_ != nullptr) {
    cmsDeleteTransform(transform_);
  }
}

void ToSrgb::convert(const std::uint8_t* row, std::uint8_t* rgb, int pixels) const {
  std::vector<std::uint8_t> spread;
  if (spread_grey_) {
    const auto sample = static_cast<std::size_t>(bytes_);
    for (int x = 0; x < pixels; ++x, row += static_cast<std::ptrdiff_t>(channels_) * bytes_) {
      for (int copy = 0; copy < 3; ++copy) {
        spread.insert(spread.end(), row, row + sample);
      }
    }
    row = spread.data();
  }
  cmsDoTransform(transform_, row, rgb, static_cast<cmsUInt32Number>(pixels));
}

}  // namespace hyportrait::media
