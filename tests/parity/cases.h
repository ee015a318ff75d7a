// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "nn/bundle.h"
#include "parity/arrays.h"

#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace hyportrait::parity {

/// One case: given arrays (and the --bundle folder, empty when there is none) -> computed arrays,
/// by the library functions that animate calls. Names and shapes: scripts/parity/cpp_cases.py.
using Case = std::function<Arrays(const Arrays& in, const std::filesystem::path& bundle)>;
using Cases = std::map<std::string, Case>;

/// In what `bundle` stores the weights of the module `name`; cases run it in that, as exported.
nn::Precision stored_precision(const nn::Bundle& bundle, const std::string& name);

/// Inputs `0`, `1`, ... of a module, in the manifest's order; flags are 0/1 arrays.
std::vector<c10::IValue> module_inputs(const nn::Module& module, const Arrays& in);

void add_face_cases(Cases& cases);  // face_cases.cpp
void add_diffusion_cases(
    Cases& cases);  // diffusion_cases.cpp: scheduler, denoise_linear, denoise_unet
void add_module_cases(Cases& cases);  // module_cases.cpp: module:NAME, portrait
void add_e2e_case(Cases& cases);      // e2e_case.cpp
void add_timing_cases(Cases& cases);  // timing_cases.cpp: time_unet, time_clip

}  // namespace hyportrait::parity
