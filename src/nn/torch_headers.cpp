// SPDX-License-Identifier: Apache-2.0
// Empty on purpose: owns the precompiled torch headers that the layers reuse.
