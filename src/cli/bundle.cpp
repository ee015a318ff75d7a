// SPDX-License-Identifier: Apache-2.0
#include "cli/commands.h"
#include "cli/library.h"

#include <nlohmann/json.hpp>

#include <iostream>
#include <memory>

namespace hyportrait::cli {
namespace {

std::string megabytes(std::uint64_t bytes) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f MB", static_cast<double>(bytes) / 1e6);
  return text;
}

void print_info(const std::string& report) {
  const nlohmann::ordered_json info = nlohmann::ordered_json::parse(report);
  for (const char* key : {"folder", "name", "kind", "licence", "provenance", "hash"}) {
    const auto& value = info.at(key);
    std::cout << key << ": " << (value.is_string() ? value.get<std::string>() : value.dump(2))
              << '\n';
  }
  std::cout << "modules:\n";
  for (const auto& [name, module] : info.at("modules").items()) {
    std::cout << "  " << name << ": " << module.at("file").get<std::string>() << ", "
              << megabytes(module.at("bytes").get<std::uint64_t>()) << '\n';
  }
  std::cout << "config: " << info.at("config").dump(2) << '\n';
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
      const std::string report = library("info").bundle_info_json(arguments->folder);
      if (arguments->json) {
        std::cout << report << '\n';
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
      library("info").bundle_verify(arguments->folder);
      std::cerr << "the bundle is whole\n";
    };
  });
}

}  // namespace hyportrait::cli
