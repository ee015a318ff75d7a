// SPDX-License-Identifier: Apache-2.0
// hyportrait-parity CASE IN.safetensors OUT.safetensors [--bundle DIR]: computes one case of the
// parity pack with the library; scripts/parity/check compares.
#include <hyportrait/error.h>

#include "parity/cases.h"

#include <exception>
#include <iostream>
#include <string>
#include <vector>

namespace {

using namespace hyportrait;

int compute_case(const std::vector<std::string>& words) {
  if (words.size() != 3 && !(words.size() == 5 && words[3] == "--bundle")) {
    throw Error(ExitCode::usage, "usage: hyportrait-parity CASE IN OUT [--bundle DIR]");
  }
  parity::Cases cases;
  parity::add_face_cases(cases);
  parity::add_diffusion_cases(cases);
  parity::add_module_cases(cases);
  parity::add_e2e_case(cases);
  parity::add_timing_cases(cases);
  const auto found = cases.find(words[0]);
  if (found == cases.end()) {
    throw Error(ExitCode::usage, "no case '" + words[0] + "'");
  }
  const std::filesystem::path bundle = words.size() == 5 ? words[4] : "";
  parity::write_arrays(words[2], found->second(parity::read_arrays(words[1]), bundle));
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return compute_case({argv + 1, argv + argc});
  } catch (const hyportrait::Error& error) {
    std::cerr << "hyportrait-parity: " << error.what() << '\n';
    return static_cast<int>(error.exit_code());
  } catch (const std::exception& error) {
    std::cerr << "hyportrait-parity: " << error.what() << '\n';
    return 1;
  }
}
