// SPDX-License-Identifier: Apache-2.0
// Empty on purpose: owns the precompiled headers that the tests reuse.
