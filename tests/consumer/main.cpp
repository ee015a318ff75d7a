// SPDX-License-Identifier: Apache-2.0
#include <hyportrait/animate.h>
#include <hyportrait/bundle.h>
#include <hyportrait/error.h>
#include <hyportrait/version.h>

#include <iostream>

/// consumer BUNDLE PORTRAIT CLIP OUT: two frames, with a progress line a stage.
int main(int argc, char** argv) {
  if (argc != 5) {
    return 2;
  }
  hyportrait::AnimateOptions options;
  options.bundle = argv[1];
  options.ref = argv[2];
  options.drive = argv[3];
  options.output = argv[4];
  options.max_frames = 2;
  options.steps = 1;
  try {
    const hyportrait::AnimateResult result = hyportrait::animate(options, {});
    std::cout << HYPORTRAIT_VERSION << ' ' << result.frames << '\n';
    return 0;
  } catch (const hyportrait::Error& error) {
    std::cerr << error.what() << '\n';
    return static_cast<int>(error.exit_code());
  }
}
