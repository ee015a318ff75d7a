// SPDX-License-Identifier: Apache-2.0
#pragma once

/// Marks what libhyportrait exports; everything else in it is hidden.
#define HYPORTRAIT_API __attribute__((visibility("default")))
