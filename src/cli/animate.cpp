// SPDX-License-Identifier: Apache-2.0
#include <hyportrait/error.h>

#include "cli/commands.h"
#include "cli/library.h"
#include "cli/progress_bar.h"
#include "core/animate_options.h"
#include "core/json_strict.h"

#include <iostream>
#include <map>
#include <memory>

namespace hyportrait::cli {
namespace {

struct Arguments {
  std::map<std::string, std::string> given;  ///< by option name: the text on the command line
  std::string config;
  bool print_config = false;
  bool dry_run = false;
  bool json = false;
  bool quiet = false;
  std::string log_level = "info";
};

/// Defaults, then the config file, then the flags.
AnimateOptions options_from(const CLI::App& command, const Arguments& arguments) {
  AnimateOptions options;
  if (!arguments.config.empty()) {
    const nlohmann::json config = read_json(arguments.config, ExitCode::usage);
    apply_config(
        options, config, arguments.config, std::filesystem::path(arguments.config).parent_path());
  }
  for (const OptionSpec& spec : animate_option_specs()) {
    if (command.count("--" + spec.name) > 0) {
      set_option(options, spec, arguments.given.at(spec.name));
    }
  }
  return options;
}

/// `key: value` lines of a plan, nested ones indented.
void print_table(const nlohmann::ordered_json& object, const std::string& indent) {
  for (const auto& [key, value] : object.items()) {
    if (value.is_object()) {
      std::cout << indent << key << ":\n";
      print_table(value, indent + "  ");
    } else {
      std::cout << indent << key << ": "
                << (value.is_string() ? value.get<std::string>() : value.dump()) << '\n';
    }
  }
}

void print_config(const nlohmann::ordered_json& config) {
  for (const auto& [name, value] : config.items()) {
    if (value.is_string() && !is_utf8(value.get<std::string>())) {
      throw Error(ExitCode::usage,
                  "--" + name + " " + value.get<std::string>() +
                      ": is not UTF-8, and JSON can hold nothing else; leave it out of the config "
                      "and give it as a flag, or rename the file");
    }
  }
  std::cout << json_text(config) << '\n';
}

void run(const CLI::App& command, const Arguments& arguments) {
  const AnimateOptions options = options_from(command, arguments);
  if (arguments.print_config) {
    print_config(to_config(options));
    return;
  }
  validate(options);
  const Api& api = library(arguments.quiet ? "error" : arguments.log_level);
  if (arguments.dry_run) {
    const std::string plan = api.plan_json(options);
    if (arguments.json) {
      std::cout << plan << '\n';
    } else {
      print_table(nlohmann::ordered_json::parse(plan), "");
    }
    return;
  }
  ProgressBar bar;
  const RunHooks hooks = foreground_hooks(bar, arguments.quiet);
  const AnimateResult result = api.animate(options, hooks);
  if (arguments.json) {
    std::cout << result.report_json << '\n';
  } else if (!arguments.quiet) {
    std::cerr << "wrote " << result.output.string() << " (" << result.frames << " frames)\n";
  }
}

}  // namespace

void add_animate(CLI::App& app, Action& action) {
  CLI::App* command = app.add_subcommand(
      "animate",
      "Animate a portrait: the look of --ref, the motion and sound of --drive, into one MP4");
  const auto arguments = std::make_shared<Arguments>();
  for (const OptionSpec& spec : animate_option_specs()) {
    std::string& text = arguments->given[spec.name];
    const std::string names = (spec.name == "output" ? "-o,--" : "--") + spec.name;
    CLI::Option* option = spec.kind == OptionKind::flag
                              ? command->add_flag(names, text, spec.help)
                              : command->add_option(names, text, spec.help);
    option->group(spec.group);
    if (spec.kind != OptionKind::flag) {
      option->type_name(spec.value);
    }
  }
  const std::string group = "Run";
  command
      ->add_option(
          "--config", arguments->config, "Options from a JSON file with the same names; flags win")
      ->type_name("FILE")
      ->group(group);
  command
      ->add_flag(
          "--print-config", arguments->print_config, "Print the options as a config file and stop")
      ->group(group);
  command->add_flag("--dry-run", arguments->dry_run, "Print what would be done and stop")
      ->group(group);
  command
      ->add_flag("--json",
                 arguments->json,
                 "Print the run's report (or the plan) as JSON on standard output")
      ->group(group);
  command->add_flag("--quiet", arguments->quiet, "Errors only")->group(group);
  command
      ->add_option(
          "--log-level", arguments->log_level, "trace, debug, info, warn, error or off [info]")
      ->type_name("LEVEL")
      ->group(group);
  command->footer("Example: hyportrait animate --ref face.png --drive clip.mp4 -o out.mp4");
  command->callback([command, arguments, &action] {
    action = [command, arguments] { run(*command, *arguments); };
  });
}

}  // namespace hyportrait::cli
