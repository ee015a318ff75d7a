// SPDX-License-Identifier: Apache-2.0
#include "cli/commands.h"

#include <hyportrait/config.h>
#include <hyportrait/version.h>

#include "cli/style.h"

namespace hyportrait::cli {

void add_commands(CLI::App& app, Action& action) {
#if HYPORTRAIT_HAS_MEDIA
  app.footer("Start here: hyportrait animate --ref face.png --drive clip.mp4");
  add_animate(app, action);
  add_batch(app, action);
  add_motion(app, action);
  add_detail(app, action);
  add_report(app, action);
  add_bundle(app, action);
  add_compare(app, action);
  add_inspect(app, action);
  add_metrics(app, action);
  add_bench(app, action);
  add_doctor(app, action);
#else
  app.footer("Built without OpenCV and FFmpeg: no animate and nothing else that needs media.");
  add_bundle(app, action);
  add_bench(app, action);
#endif
  add_completion(app, action);
  add_help(app, action);
  add_color_option(app);
  guard_options(app);
}

std::string version_text() {
  const std::string revision = HYPORTRAIT_REVISION;
  return std::string("hyportrait ") + HYPORTRAIT_VERSION +
         (revision.empty() ? "" : " (" + revision + ")") + "\nLibTorch " +
         HYPORTRAIT_LIBTORCH_VERSION +
         (std::string_view(HYPORTRAIT_FFMPEG_VERSION).empty()
              ? ""
              : ", FFmpeg " HYPORTRAIT_FFMPEG_VERSION);
}

}  // namespace hyportrait::cli
