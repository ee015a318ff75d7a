# SPDX-License-Identifier: Apache-2.0
"""Compares an array with the original's, within a bound."""

from dataclasses import dataclass

import numpy as np

PYTHON, CPP = "python", "cpp"


@dataclass(frozen=True)
class Relative:
    """max |ours - golden| / max |golden|."""

    bound: float

    def measure(self, ours: np.ndarray, golden: np.ndarray) -> tuple[float, bool]:
        if golden.size == 0:
            return 0.0, True
        scale = np.abs(golden).max()
        error = float(np.abs(ours - golden).max() / (scale if scale > 0 else 1.0))
        return error, error <= self.bound  # False for NaN

    def __str__(self) -> str:
        return f"{self.bound:.0e}"


@dataclass(frozen=True)
class Absolute:
    """max |ours - golden|."""

    bound: float

    def measure(self, ours: np.ndarray, golden: np.ndarray) -> tuple[float, bool]:
        error = float(np.abs(ours - golden).max()) if golden.size else 0.0
        return error, error <= self.bound

    def __str__(self) -> str:
        return f"{self.bound:.0e} abs"


@dataclass(frozen=True)
class Levels:
    """8-bit images: no value differs by more than one level, and at least this share are equal."""

    equal: float

    def measure(self, ours: np.ndarray, golden: np.ndarray) -> tuple[float, bool]:
        apart = np.abs(ours - golden)
        worst, share = float(apart.max()), float((apart == 0).mean())
        return worst, worst <= 1.0 and share >= self.equal

    def __str__(self) -> str:
        return f"1 level, {100 * self.equal:g} %"


EXACT = Absolute(0.0)
Bound = Relative | Absolute | Levels

# The bounds by case and array, from "Tolerances" in the pack's README. A trailing * matches any ending. The
# first row that matches both applies, so special rows come first.
BOUNDS: tuple[tuple[str, str, Bound], ...] = (
    ("keys/*", "*", EXACT),
    ("crops_functions", "*", EXACT),
    ("crops_*", "crop_bbox", EXACT),
    ("crops_*", "dino_input", Relative(1e-5)),
    ("crops_*", "arcface_input", Relative(1e-5)),
    ("crops_*", "*", Levels(0.999)),
    ("denoise_linear_*", "*", Relative(2e-5)),
    ("denoise_shared", "*", Relative(1e-4)),
    ("denoise_unet_*", "*", Relative(5e-4)),
    ("detector", "network_sizes", EXACT),
    ("detector", "network_*", Levels(0.999)),
    ("detector", "*_scores", Absolute(1e-6)),
    ("detector", "*", Absolute(1e-4)),
    ("dino_imadapter", "*", Relative(1e-4)),
    ("e2e_tiny", "crop_bbox", EXACT),
    ("e2e_tiny", "head_exp", EXACT),
    ("e2e_tiny", "dino_input", Relative(1e-5)),
    ("e2e_tiny", "arcface_input", Relative(1e-5)),
    ("e2e_tiny", "motion own *", Relative(2e-3)),
    ("e2e_tiny", "motion *", Relative(1e-4)),
    ("e2e_tiny", "latents", Relative(1e-3)),
    ("e2e_tiny", "decoded", Relative(1e-3)),
    ("e2e_tiny", "*", Levels(0.99)),
    ("expression", "*", Relative(1e-4)),
    ("headpose", "*", Relative(1e-4)),
    ("image_projector", "*", Relative(1e-5)),
    ("motion_bucket", "*", EXACT),
    ("motion_refiner", "*", Relative(1e-4)),
    ("paste_back", "soft_mask_last", Absolute(1e-6)),
    ("paste_back", "*", Levels(0.999)),
    ("pose_guider", "*", Relative(1e-5)),
    ("scheduler", "*", Relative(1e-6)),
    ("tiny_dino_imadapter", "*", Relative(1e-4)),
    ("tiny_pose_guider", "*", Relative(1e-5)),
    ("tiny_vae", "*", Relative(1e-4)),
    ("unet_full", "*", Relative(2e-4)),
    ("unet_tiny", "*", Relative(1e-4)),
    ("vae", "*", Relative(1e-4)),
)

# Bounds for bf16 and fp16 (docs/weights.md has the measured errors). They compare with the original's float32
# numbers, so they cover the whole rounding error. Arrays without a row keep the bound above: their networks
# stay in float32. The maps in unet_tiny's middle have one pixel, so a norm's group has only two numbers.
HALF_BOUNDS: tuple[tuple[str, str, Bound, Bound], ...] = (
    ("denoise_shared", "image_context", Relative(2e-2), Relative(3e-3)),
    ("denoise_unet_*", "*", Relative(1e-1), Relative(2e-2)),
    ("dino_imadapter", "*", Relative(5e-2), Relative(6e-3)),
    ("image_projector", "*", Relative(2e-2), Relative(3e-3)),
    ("pose_guider", "*", Relative(2e-2), Relative(2e-3)),
    ("tiny_dino_imadapter", "*", Relative(5e-2), Relative(6e-3)),
    ("tiny_pose_guider", "*", Relative(2e-2), Relative(2e-3)),
    ("tiny_vae", "decoded*", Relative(7e-2), Relative(1e-2)),
    ("unet_tiny", "mid_block", Relative(5e-1), Relative(1e-1)),
    ("unet_tiny", "up_blocks_0", Relative(2e-1), Relative(3e-2)),
    ("unet_tiny", "*", Relative(1e-1), Relative(4e-2)),
)


def _fits(pattern: str, name: str) -> bool:
    if pattern.startswith("*"):
        return name.endswith(pattern[1:])
    return name.startswith(pattern[:-1]) if pattern.endswith("*") else name == pattern


def has_half(case: str) -> bool:
    """Whether any network of the case runs in half precision."""
    return any(_fits(pattern, case) for pattern, *_ in HALF_BOUNDS)


def bound_of(case: str, array: str, dtype: str = "fp32") -> Bound:
    if dtype != "fp32":
        for case_pattern, array_pattern, bf16, fp16 in HALF_BOUNDS:
            if _fits(case_pattern, case) and _fits(array_pattern, array):
                return bf16 if dtype == "bf16" else fp16
    for case_pattern, array_pattern, bound in BOUNDS:
        if _fits(case_pattern, case) and _fits(array_pattern, array):
            return bound
    raise KeyError(f"no bound for {case} {array}")


@dataclass(frozen=True)
class Result:
    """One comparison, or one failure before it; `note` says why."""

    case: str
    where: str  # PYTHON or CPP
    array: str
    error: float
    bound: str
    passed: bool
    note: str = ""

    def line(self) -> str:
        verdict = "pass" if self.passed else "FAIL"
        note = f"  {self.note}" if self.note else ""
        return (
            f"{self.case:<24} {self.where:<6} {self.array:<34} {self.error:8.1e}  {self.bound:<14} "
            f"{verdict}{note}"
        )


def failure(case: str, where: str, array: str, note: str) -> Result:
    return Result(case, where, array, float("nan"), "-", False, note)


def compare(
    case: str, where: str, array: str, ours: np.ndarray, golden: np.ndarray, dtype: str = "fp32"
) -> Result:
    """Judges by BOUNDS and HALF_BOUNDS in double precision. A different shape fails."""
    bound = bound_of(case, array, dtype)
    if ours.shape != golden.shape:
        return failure(
            case, where, array, f"shape {list(ours.shape)}, expected {list(golden.shape)}"
        )
    error, passed = bound.measure(ours.astype(np.float64), golden.astype(np.float64))
    return Result(case, where, array, error, str(bound), passed)
