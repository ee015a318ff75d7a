// SPDX-License-Identifier: Apache-2.0
#include "base/shown_text.h"
#include "cli/checks.h"
#include "cli/commands.h"
#include "cli/library.h"
#include "report/report_json.h"

#include <iostream>
#include <memory>

namespace hyportrait::cli {
namespace {

void print_info(const BundleInfo& info) {
  std::cout << "folder: " << printable(info.folder.string()) << "\nname: " << printable(info.name)
            << "\nkind: " << info.kind << "\nlicence: " << info.licence
            << "\nprovenance: " << info.provenance << "\nhash: " << info.hash << "\nmodules:\n";
  for (const BundleInfo::Module& module : info.modules) {
    std::cout << "  " << module.name << ": " << printable(module.file) << ", "
              << size_text(module.bytes) << '\n';
  }
  std::cout << "config: " << nlohmann::ordered_json::parse(info.manifest_json).at("config").dump(2)
            << '\n';
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
      "info", "Print the bundle's name, licence, provenance, modules and configuration");
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
