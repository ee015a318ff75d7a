// SPDX-License-Identifier: Apache-2.0
#include <hyportrait/doctor.h>
#include <hyportrait/error.h>

#include "cli/commands.h"
#include "cli/library.h"
#include "core/json_strict.h"

#include <nlohmann/json.hpp>

#include <iostream>
#include <memory>

namespace hyportrait::cli {
namespace {

using Json = nlohmann::ordered_json;

struct Arguments {
  DoctorOptions options;
  bool write_self_test = false;
  bool json = false;
};

std::string text(const Json& value) {
  return value.is_string() ? value.get<std::string>() : value.is_null() ? "-" : value.dump();
}

void print_facts(const Json& facts, const std::string& indent) {
  for (const auto& [key, value] : facts.items()) {
    if (value.is_object()) {
      std::cout << indent << key << ":\n";
      print_facts(value, indent + "  ");
    } else if (!value.is_array() && key != "passed") {
      std::cout << indent << key << ": " << text(value) << '\n';
    }
  }
}

void print_report(const Json& report) {
  print_facts(report, "");
  for (const Json& note : report.at("notes")) {
    std::cout << "\nnote: " << note.get<std::string>() << '\n';
  }
  for (const Json& problem : report.at("problems")) {
    std::cout << "\nPROBLEM: " << text(problem.at("problem"))
              << "\n   cure: " << text(problem.at("cure")) << '\n';
  }
  if (report.at("problems").empty()) {
    std::cout << "\nno problem found\n";
  }
}

/// The library; where it cannot be loaded, that is the one finding.
const Api& library_or_finding(const Arguments& arguments) {
  try {
    return library("warn");
  } catch (const Error& error) {
    const Json problem = {
        {"problem", error.what()},
        {"cure",
         "put LibTorch 2.11.0 into a folder libtorch beside bin, or run with LD_LIBRARY_PATH=DIR "
         "where DIR holds libtorch_cpu.so, or run scripts/quickstart"}};
    const Json report = {{"notes", Json::array()}, {"problems", {problem}}, {"passed", false}};
    if (arguments.json) {
      std::cout << json_text(report) << '\n' << std::flush;
    } else {
      print_report(report);
    }
    throw;
  }
}

void run(const Arguments& arguments) {
  const Api& api = library_or_finding(arguments);
  if (arguments.write_self_test) {
    api.write_self_test(arguments.options.bundle);
    std::cerr << "wrote the bundle's selftest.json\n";
    return;
  }
  const CheckReport report = api.doctor(arguments.options);
  if (arguments.json) {
    std::cout << report.report_json << '\n' << std::flush;
  } else {
    print_report(Json::parse(report.report_json));
    std::cout << std::flush;
  }
  if (!report.passed) {
    throw Error(ExitCode::failed,
                std::to_string(report.failures.size()) + " problem(s); each has its cure above");
  }
}

}  // namespace

void add_doctor(CLI::App& app, Action& action) {
  CLI::App* command = app.add_subcommand(
      "doctor", "Check versions, CPU, GPU, FFmpeg and the bundle, and say what mends each problem");
  const auto arguments = std::make_shared<Arguments>();
  command
      ->add_option("--bundle",
                   arguments->options.bundle,
                   "Bundle to check [models/official if it is there, else models/demo]")
      ->type_name("DIR");
  command->add_option("--device", arguments->options.device, "Where the self-test runs [auto]")
      ->type_name("auto|cpu|cuda|cuda:N");
  command->add_flag("--write-self-test",
                    arguments->write_self_test,
                    "Write the bundle's selftest.json on this machine instead of checking");
  command->add_flag("--json", arguments->json, "As JSON");
  command->footer("Example: hyportrait doctor --bundle models/demo");
  command->callback([arguments, &action] { action = [arguments] { run(*arguments); }; });
}

}  // namespace hyportrait::cli
