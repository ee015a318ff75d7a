// SPDX-License-Identifier: Apache-2.0
#include "cli/commands.h"

#include <hyportrait/config.h>
#include <hyportrait/version.h>

#include "core/json_strict.h"

#include <vector>

namespace hyportrait::cli {
namespace {

/// The subcommand that was being parsed, or the program itself.
const CLI::App* parsed_app(const CLI::App* app) {
  const auto chosen = app->get_subcommands();
  return chosen.empty() ? app : chosen.front();
}

std::vector<std::string> known_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) {
      names.push_back("--" + name);
    }
  }
  for (const CLI::App* subcommand : app.get_subcommands(nullptr)) {
    names.push_back(subcommand->get_name());
  }
  return names;
}

}  // namespace

void add_commands(CLI::App& app, Action& action) {
#if HYPORTRAIT_HAS_MEDIA
  app.footer("Start here: hyportrait animate --ref face.png --drive clip.mp4");
  add_animate(app, action);
  add_batch(app, action);
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
}

std::string version_text() {
  const std::string revision = HYPORTRAIT_REVISION;
  return std::string("hyportrait ") + HYPORTRAIT_VERSION +
         (revision.empty() ? "" : " (" + revision + ")");
}

std::string explain(const CLI::App& app, const CLI::ParseError& error) {
  const CLI::App& parsed = *parsed_app(&app);
  std::string text = error.what();
  // CLI11 reports a missing subcommand before the word that was meant to be one.
  if (const std::vector<std::string> extras = app.remaining(true); !extras.empty()) {
    const std::string word = extras.front().substr(0, extras.front().find('='));
    const std::string guess = nearest_word(word, known_names(parsed));
    text = "unknown argument '" + word + "'" +
           (guess.empty() ? "" : "; did you mean '" + guess + "'?");
  }
  const std::string name =
      parsed.get_parent() == nullptr ? "hyportrait" : "hyportrait " + parsed.get_name();
  return text + "\nSee " + name + " --help";
}

}  // namespace hyportrait::cli
