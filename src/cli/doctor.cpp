// SPDX-License-Identifier: Apache-2.0
#include <hyportrait/doctor.h>
#include <hyportrait/error.h>

#include "base/shown_text.h"
#include "cli/commands.h"
#include "cli/option_binding.h"
#include "cli/printing.h"
#include "options/tool_options.h"
#include "report/report_json.h"

#include <iostream>
#include <memory>

namespace hyportrait::cli {
namespace {

struct DoctorArguments {
  BoundOptions<DoctorOptions> given;
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
      std::cout << indent << key << ": " << printable(text(value)) << '\n';
    }
  }
}

void print_diagnosis(const Diagnosis& diagnosis) {
  for (const std::string& note : diagnosis.notes) {
    std::cout << "\nnote: " << printable(note) << '\n';
  }
  for (const Diagnosis::Problem& problem : diagnosis.problems) {
    std::cout << "\nPROBLEM: " << printable(problem.problem)
              << "\n   fix: " << printable(problem.fix) << '\n';
  }
  if (diagnosis.problems.empty()) {
    std::cout << "\nno problem found\n";
  }
}

void print_doctor_result(const Diagnosis& diagnosis, bool json) {
  if (json) {
    print_json(json_of(diagnosis));
  } else {
    print_facts(json_of(diagnosis), "");
    print_diagnosis(diagnosis);
  }
  flush_standard_output();
}

/// The library; where it cannot be loaded, that is the one finding.
const Api& library_or_finding(const DoctorArguments& arguments) {
  try {
    return library(LogLevel::warn);
  } catch (const Error& error) {
    Diagnosis diagnosis;
    diagnosis.problems.push_back(
        {error.what(),
         "put LibTorch 2.11.0 into a folder libtorch beside bin, or run with LD_LIBRARY_PATH=DIR "
         "where DIR holds libtorch_cpu.so, or run scripts/quickstart"});
    if (arguments.json) {
      print_doctor_result(diagnosis, true);
    } else {
      print_diagnosis(diagnosis);
      flush_standard_output();
    }
    throw;
  }
}

void run_doctor(const DoctorArguments& arguments) {
  const DoctorOptions options = arguments.given.read();
  validate(options);
  const Api& api = library_or_finding(arguments);
  if (arguments.write_self_test) {
    api.write_self_test(options.bundle);
    std::cerr << "wrote the bundle's selftest.json\n";
    return;
  }
  const Diagnosis diagnosis = api.diagnose(options);
  print_doctor_result(diagnosis, arguments.json);
  if (!diagnosis.passed()) {
    throw Error(
        ExitCode::failed,
        counted(static_cast<std::int64_t>(diagnosis.problems.size()), "problem") +
            (diagnosis.problems.size() == 1 ? "; its fix is above" : "; each has its fix above"));
  }
}

}  // namespace

void add_doctor(CLI::App& app, Action& action) {
  CLI::App* command = app.add_subcommand(
      "doctor", "Check versions, CPU, GPU, FFmpeg and the bundle, and say what mends each problem");
  const auto arguments = std::make_shared<DoctorArguments>();
  arguments->given.add(*command, doctor_option_specs());
  command->add_flag("--write-self-test",
                    arguments->write_self_test,
                    "Write the bundle's selftest.json on this machine instead of checking");
  command->add_flag("--json", arguments->json, "As JSON");
  command->footer("Example: hyportrait doctor --bundle models/demo");
  command->callback([arguments, &action] { action = [arguments] { run_doctor(*arguments); }; });
}

}  // namespace hyportrait::cli
