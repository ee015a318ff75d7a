# SPDX-License-Identifier: Apache-2.0
"""Exports the averaged weights of a work folder as small fp16 files, and imports them to continue training.

    checkpoints.py export --work DIR --out DIR [STAGE ...]
    checkpoints.py import --work DIR --from DIR

``--from`` is a folder of exported files or a demo bundle. An imported stage has its weights and spent minutes,
but no optimiser state.
"""

import argparse
import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[2] / part) for part in ("scripts", "python")]

import torch

from train_demo import bundle_weights
from train_demo.loop import save_warm_start
from train_demo.train import STAGES


def export_stages(work: Path, out: Path, stages: list[str]) -> None:
    out.mkdir(parents=True, exist_ok=True)
    for name in stages:
        path = work / f"{name}.pt"
        if not path.exists():
            continue
        state = torch.load(path, map_location="cpu", weights_only=True)
        torch.save({"weights": bundle_weights.halves(state["averaged"]), "step": state["step"],
                    "seconds": state["seconds"]}, out / f"{name}.pt")
        size = (out / f"{name}.pt").stat().st_size / 1e6
        print(f"{name}: step {state['step']}, {state['seconds'] / 60:.1f} min, {size:.1f} MB")


def _stages_of(source: Path) -> dict[str, dict]:
    if (source / "manifest.json").exists():
        return bundle_weights.read(source)
    states = {path.stem: torch.load(path, map_location="cpu", weights_only=True)
              for path in sorted(source.glob("*.pt"))}
    for state in states.values():
        state["weights"] = bundle_weights.floats(state["weights"])
    return states


def import_stages(work: Path, source: Path) -> None:
    """Imports ``source`` into the work folder, except stages that already have a checkpoint."""
    work.mkdir(parents=True, exist_ok=True)
    for name, state in _stages_of(source).items():
        path = work / f"{name}.pt"
        if path.exists():
            print(f"{name}: kept, {path} exists")
            continue
        save_warm_start(path, state["weights"], state["step"], state["seconds"])
        print(f"{name}: step {state['step']}")


def main() -> int:
    parser = argparse.ArgumentParser(description="Moves trained weights out of and into a work folder.")
    commands = parser.add_subparsers(dest="command", required=True)
    out = commands.add_parser("export")
    out.add_argument("stages", nargs="*", default=list(STAGES), help="stages (all)")
    out.add_argument("--out", type=Path, required=True)
    into = commands.add_parser("import")
    into.add_argument("--from", dest="source", type=Path, required=True)
    for command in (out, into):
        command.add_argument("--work", type=Path, required=True)
    options = parser.parse_args()
    if options.command == "export":
        export_stages(options.work, options.out, options.stages)
    else:
        import_stages(options.work, options.source)
    return 0


if __name__ == "__main__":
    sys.exit(main())
