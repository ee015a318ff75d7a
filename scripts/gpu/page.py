# SPDX-License-Identifier: Apache-2.0
"""The report of scripts/gpu_report as Markdown, for docs/performance-log.md."""

import argparse
from typing import Any


def _rate(part: dict[str, Any]) -> str:
    return f"{part['tflop_per_second']:.0f} TFLOP/s, {100 * part['share_of_matrix_product']:.0f} %"


def _why_missing(part: dict[str, Any] | None) -> str | None:
    """Why a part has no figures, or None."""
    if part is None:
        return "not asked for"
    for word in ("failed", "not measured"):
        if word in part:
            return f"{word}: {part[word]}"
    return None


def _window_rows(windows: dict[str, Any]) -> list[str]:
    rows = ["| a window-step | seconds | min to max | of a matrix product | times the original |",
            "|---|---|---|---|---|"]  # fmt: skip
    original = windows.get("original", {}).get("seconds")
    for name in ("original", "torchscript", "compiled"):
        part = windows.get(name)
        why = _why_missing(part)
        if part is None or why:
            rows.append(f"| {name} | {why} | | | |")
            continue
        rate = _rate(part) if "tflop_per_second" in part else "(three branches)"
        faster = f"{original / part['seconds']:.2f}" if original else "-"
        span = f"{part['min']:.4f} to {part['max']:.4f}"
        rows.append(f"| {name} | {part['seconds']:.4f} | {span} | {rate} | {faster} |")
    return rows


def _kernel_rows(profile: dict[str, Any]) -> list[str]:
    rows = [f"{profile['kernels']} kernels, {profile['busy_ms']:.1f} ms in all; the largest:", "",
            "| ms | launches | kernel |", "|---|---|---|"]  # fmt: skip
    rows += [
        f"| {row['ms']:.2f} | {row['launches']} | `{row['kernel'][:90]}` |" for row in profile["largest"]
    ]
    return rows


def _bench_row(name: str, report: dict[str, Any]) -> str:
    why = _why_missing(report)
    if why:
        return f"| {name} | {why} | | | | |"
    unet, stages = report["unet"], report["stages"]
    decode = 1e3 * stages["decode"]["median_seconds"] / report["frames"]
    loading = sum(stage["load_seconds"] for stage in stages.values())
    return (
        f"| {name} ({report['engine']}) | {unet['window_step']['median_seconds']:.4f} | {decode:.1f} | "
        f"{report['frames_per_second']:.1f} | {report['peak_device_bytes'] / 1e9:.1f} | {loading:.1f} |"
    )


def page(found: dict[str, dict[str, Any]], options: argparse.Namespace) -> str:
    """`found`: the JSON of each part by name. For a part that failed or was not reached, the page says so."""
    machine = found.get("machine", {})
    lines = [
        f"# {machine.get('gpu', options.device)}, torch {machine.get('torch', 'unknown')}",
        "",
        f"`scripts/gpu_report --preset {options.preset} --size {options.size} --dtype {options.dtype}`",
        "",
    ]
    windows = found.get("windows", {"not measured": "the part was not asked for"})
    why = _why_missing(windows)
    if why:
        lines += [f"Window-steps: {why}", ""]
    else:
        peak = windows["matrix_product_flop_per_second"] / 1e12
        lines += [f"A matrix product of random numbers, in the same run: {peak:.0f} TFLOP/s.", ""]
        lines += [*_window_rows(windows), ""]
        if "profile" in windows.get("compiled", {}):
            lines += [*_kernel_rows(windows["compiled"]["profile"]), ""]
    lines += ["| `bench` | window-step, s | decode, ms a frame | frames a second | peak, GB | loading, s |",
              "|---|---|---|---|---|---|"]  # fmt: skip
    lines += [
        _bench_row(name, found[name])
        for name in ("torchscript", "compiled", "budget-12G", "budget-8G")
        if name in found
    ]
    others = {name: _why_missing(found[name]) for name in ("build", "bundle", "compile") if name in found}
    lines += ["", *(f"- {name}: {why}" for name, why in others.items() if why)]
    return "\n".join(lines).rstrip() + "\n"
