// SPDX-License-Identifier: Apache-2.0
#include <hyportrait/doctor.h>
#include <hyportrait/error.h>

#include "base/shown_text.h"
#include "cli/commands.h"
#include "cli/option_binding.h"
#include "cli/printing.h"
#include "cli/style.h"
#include "options/tool_options.h"
#include "report/report_json.h"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <iostream>
#include <memory>

namespace hyportrait::cli {
namespace {

struct DoctorArguments {
  BoundOptions<DoctorOptions> given;
  bool write_self_test = false;
  bool json = false;
};

/// The largest error of a precision's networks, and how many there are.
struct WorstError {
  std::size_t networks = 0;
  double error = 0.0;
};

WorstError worst_error(const Diagnosis::SelfTest& test, const std::string& dtype) {
  WorstError worst;
  for (const Diagnosis::NetworkError& error : test.errors) {
    if (error.dtype == dtype) {
      ++worst.networks;
      worst.error = std::max(worst.error, error.worst);
    }
  }
  return worst;
}

void print_good(Page& page, const std::string& text) {
  page.field(paint(Ink::good, "ok"), text);
}

void print_machine(Page& page, const Diagnosis& found) {
  print_good(
      page,
      fmt::format(
          "hyportrait {}, LibTorch {}, FFmpeg {}", found.version, found.libtorch, found.ffmpeg));
  print_good(page,
             fmt::format("CPU: {}, {}, {}, {} of memory, {} free",
                         found.cpu.name,
                         counted(found.cpu.threads, "thread"),
                         found.cpu.capability,
                         rounded_size(found.cpu.memory_bytes),
                         rounded_size(found.cpu.available_bytes)));
  if (found.gpu && !found.gpu->device.empty()) {
    print_good(page,
               fmt::format("GPU: {} ({}), {} of memory, {} free; the driver supports CUDA {}",
                           found.gpu->name,
                           found.gpu->device,
                           rounded_size(found.gpu->memory_bytes),
                           rounded_size(found.gpu->available_bytes),
                           found.gpu->driver_supports_cuda));
  }
}

void print_encoders(Page& page, const Diagnosis& found) {
  std::string here;
  std::string missing;
  for (const auto& [codec, encoder] : found.encoders) {
    std::string& list = encoder.empty() ? missing : here;
    list += (list.empty() ? "" : ", ") + codec + (encoder.empty() ? "" : " (" + encoder + ")");
  }
  if (!here.empty()) {
    print_good(page, "encoders: " + here + (missing.empty() ? "" : "; not here: " + missing));
  }
}

void print_networks(Page& page, const Diagnosis& found) {
  if (found.bundle) {
    print_good(page,
               "bundle: " + printable(found.bundle->name) + " in " +
                   shown_path(found.bundle->folder.string()) + ", every file as its manifest says");
  }
  if (!found.self_test) {
    return;
  }
  for (const auto& [dtype, bound] : found.self_test->bounds) {
    const WorstError worst = worst_error(*found.self_test, dtype);
    if (bound && worst.networks > 0 && worst.error <= *bound) {
      print_good(page,
                 fmt::format("self-test: {} in {} on {}, as the bundle's numbers within {}",
                             counted(static_cast<std::int64_t>(worst.networks), "network"),
                             dtype,
                             found.self_test->device,
                             rounded(*bound)));
    }
  }
}

void print_findings(Page& page, const Diagnosis& diagnosis) {
  for (const std::string& note : diagnosis.notes) {
    page.field(paint(Ink::note, "note"), printable(note));
  }
  for (const Diagnosis::Problem& problem : diagnosis.problems) {
    page.field(paint(Ink::bad, "problem"), printable(problem.problem));
    page.field("", "fix: " + printable(problem.fix));
  }
  page.blank();
  page.line(diagnosis.problems.empty()
                ? paint(Ink::good, "no problem found")
                : paint(Ink::bad,
                        counted(static_cast<std::int64_t>(diagnosis.problems.size()), "problem")));
}

void print_checklist(const Diagnosis& diagnosis) {
  Page page(std::cout);
  print_machine(page, diagnosis);
  print_encoders(page, diagnosis);
  print_networks(page, diagnosis);
  print_findings(page, diagnosis);
}

void print_doctor_result(const Diagnosis& diagnosis, bool json) {
  if (json) {
    print_json(json_of(diagnosis));
  } else {
    print_checklist(diagnosis);
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
      Page page(std::cout);
      print_findings(page, diagnosis);
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
