// SPDX-License-Identifier: Apache-2.0
#include "base/shown_text.h"
#include "cli/commands.h"
#include "cli/printing.h"
#include "cli/style.h"
#include "report/report_json.h"

#include <spdlog/fmt/fmt.h>

#include <iostream>
#include <memory>
#include <sstream>

namespace hyportrait::cli {
namespace {

using Json = nlohmann::ordered_json;

/// The config's number at `path`, rounded; "-" where there is none.
std::string figure(const Json& config, const char* path) {
  const Json::json_pointer pointer(path);
  return config.contains(pointer) && config.at(pointer).is_number()
             ? rounded(config.at(pointer).get<double>())
             : "-";
}

/// "2", "1 to 2.5" of a guidance scale.
std::string guidance(const Json& config, const std::string& name) {
  const std::string first = figure(config, ("/guidance/" + name + "/0").c_str());
  const std::string last = figure(config, ("/guidance/" + name + "/1").c_str());
  return first == last ? first : first + " to " + last;
}

/// What the configuration means for a run.
void print_configuration(Page& page, const Json& config) {
  const std::string steps = figure(config, "/sampler/steps");
  const std::string overlap = figure(config, "/window/overlap");
  const std::string padding = figure(config, "/window/padding");
  page.sentence(fmt::format(
      "It draws squares of {0}x{0} px in {1} step{2}, over windows of {3} frames that {4}{5}.",
      figure(config, "/image_size"),
      steps,
      steps == "1" ? "" : "s",
      figure(config, "/window/frames"),
      overlap == "0" ? "do not overlap" : "share " + overlap,
      padding == "0" ? "" : ", with " + padding + " more at each end of the clip"));
  page.sentence(
      fmt::format("Guidance is {} for the look and {} for the motion; {} frames are decoded "
                  "together.",
                  guidance(config, "appearance"),
                  guidance(config, "motion"),
                  figure(config, "/decode_chunk")));
}

/// Its beginning, as far as a card has room for it.
std::string shortened(const std::string& text) {
  constexpr std::size_t kRoom = 200;
  if (text.size() <= kRoom) {
    return printable(text);
  }
  const std::size_t blank = text.rfind(' ', kRoom);
  return printable(text.substr(0, blank == std::string::npos ? kRoom : blank)) + " ...";
}

/// A text of several lines, all of it.
void print_licence(Page& page, const std::string& licence) {
  std::istringstream lines(licence);
  const char* label = "licence";
  for (std::string line; std::getline(lines, line); label = "") {
    page.field(label, printable(line));
  }
}

void print_info(const BundleInfo& info) {
  Page page(std::cout);
  page.field(paint(Ink::heading, "name"), printable(info.name));
  page.field("kind", info.kind);
  page.field("folder", shown_path(info.folder.string()));
  print_licence(page, info.licence);
  page.field("provenance", shortened(info.provenance));
  page.field("hash", info.hash.substr(0, 12));
  page.blank();
  std::vector<std::vector<std::string>> rows{{"module", "size", "file"}};
  std::uint64_t bytes = 0;
  for (const BundleInfo::Module& module : info.modules) {
    rows.push_back({printable(module.name), rounded_size(module.bytes), printable(module.file)});
    bytes += module.bytes;
  }
  rows.push_back({"all", rounded_size(bytes), ""});
  page.table(rows, {1});
  page.blank();
  print_configuration(page, Json::parse(info.manifest_json).at("config"));
  page.blank();
  page.line(paint(Ink::faint, "The whole manifest: --json"));
}

}  // namespace

void add_bundle(CLI::App& app, Action& action) {
  CLI::App* command = app.add_subcommand("bundle", "Show or check a model bundle");
  command->require_subcommand(1);
  struct Arguments {
    std::string folder;
    bool json = false;
  };
  const auto arguments = std::make_shared<Arguments>();
  CLI::App* info = command->add_subcommand(
      "info", "Print the bundle's name, licence, provenance, modules and main figures");
  info->add_option(
          "folder", arguments->folder, "Bundle [models/official if it is there, else models/demo]")
      ->type_name("DIR");
  info->add_flag("--json", arguments->json, "As JSON");
  info->callback([arguments, &action] {
    action = [arguments] {
      const BundleInfo report = library(LogLevel::info).bundle_info(arguments->folder);
      if (arguments->json) {
        print_json(json_of(report));
      } else {
        print_info(report);
      }
    };
  });
  CLI::App* verify = command->add_subcommand(
      "verify", "Check every file's hash, code and signature, whatever was checked before");
  verify
      ->add_option(
          "folder", arguments->folder, "Bundle [models/official if it is there, else models/demo]")
      ->type_name("DIR");
  verify->callback([arguments, &action] {
    action = [arguments] {
      library(LogLevel::info).bundle_verify(arguments->folder);
      std::cerr << "the bundle is whole\n";
    };
  });
}

}  // namespace hyportrait::cli
