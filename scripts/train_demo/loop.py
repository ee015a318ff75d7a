# SPDX-License-Identifier: Apache-2.0
"""The training loop that every stage shares: time budget, checkpoints, resume, weight average, log.

A stage has a budget of minutes: processor time on a CPU, so that other load does not matter, and wall time on
a GPU. The budget counts over restarts. The learning rate and other schedules depend on the share that is
spent. Running the command again resumes; a larger budget continues from the last state with the learning rate
for its share.

Two processes with one thread each train faster than one process with two. In a torch.distributed group each
process draws its own batches, gradients are averaged, and the first process keeps time, checkpoints and log.
"""

import copy
import math
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.nn.attention import SDPBackend, sdpa_kernel

from train_demo.muon import Muon, matrices
from train_demo.recorder import Recorder

Module = TypeVar("Module", bound=nn.Module)
_SAVE_SECONDS = 60.0
_LOG_SECONDS = 20.0


class Stage:
    """The state of one stage: modules, optimisers, weight average, and what was spent."""

    def __init__(self, name: str, modules: nn.ModuleDict, folder: Path, device: str, rate: float,
                 average: float = 0.999, muon_rate: float = 0.01) -> None:
        """``average`` is the decay of the weight average at its end; it starts faster. Muon trains
        the matrices, with ``muon_rate``; AdamW the rest, with ``rate``."""
        self.name, self.modules, self.device = name, modules.to(device), device
        self.path = folder / f"{name}.pt"
        muons = matrices(self.modules)
        apart = {id(weight) for weight in muons}
        rest = [p for p in modules.parameters() if p.requires_grad and id(p) not in apart]
        adam = torch.optim.AdamW(rest, rate, (0.9, 0.98), weight_decay=1e-3,
                                 foreach=device != "cpu", capturable=device != "cpu")
        self.optimisers: dict[str, tuple[torch.optim.Optimizer, float]] = {"adam": (adam, rate)}
        if muons:
            self.optimisers["muon"] = (Muon(muons, muon_rate), muon_rate)
        self._rates_on_the_device()
        self._entering = torch.ones((), device=device)
        self.averaged = copy.deepcopy(modules).eval().requires_grad_(False)
        self.average = average
        self.step, self.seconds = 0, 0.0
        self._rank, self._processes = 0, 1
        if dist.is_initialized():
            self._rank, self._processes = dist.get_rank(), dist.get_world_size()

    def resume(self) -> None:
        """Loads the checkpoint, if there is one."""
        if not self.path.exists():
            return
        state = torch.load(self.path, map_location=self.device, weights_only=True)
        self.modules.load_state_dict(state["modules"])
        self.averaged.load_state_dict(state["averaged"])
        if state["optimiser"] is not None:  # a warm start has none
            for key, (optimiser, _) in self.optimisers.items():
                optimiser.load_state_dict(state["optimiser"][key])
            self._rates_on_the_device()
        self.step, self.seconds = state["step"], state["seconds"]
        self.say(f"resumed at step {self.step}, {self.seconds / 60:.1f} min")

    def _rates_on_the_device(self) -> None:
        """Makes learning rates tensors on the device, so that recorded steps read them. A checkpoint may come
        from another device."""
        for optimiser, rate in self.optimisers.values():
            for group in optimiser.param_groups:
                group["lr"] = torch.tensor(rate, device=self.device)
                if "capturable" in group:
                    group["capturable"] = self.device != "cpu"

    def save(self) -> None:
        """Writes the checkpoint; the old one stays until the new one is complete."""
        if self._rank > 0:
            return
        self.path.parent.mkdir(parents=True, exist_ok=True)
        part = self.path.with_suffix(".part")
        torch.save({"modules": self.modules.state_dict(), "averaged": self.averaged.state_dict(),
                    "optimiser": {key: optimiser.state_dict()
                                  for key, (optimiser, _) in self.optimisers.items()},
                    "step": self.step, "seconds": self.seconds}, part)
        part.replace(self.path)

    def train(self, minutes: float, loss_of: Callable[[int, float], dict[str, Tensor]],
              check: Callable[[], str] | None = None, check_minutes: float = 3.0) -> None:
        """Trains until the budget is spent.

        loss_of(seed, progress) returns named losses, of which "loss" is minimised. ``seed`` differs for every step of
        every process, progress runs from 0 to 1. ``check`` describes the averaged weights on held-out data,
        for the log. Raises FloatingPointError if a loss is not finite; the last checkpoint stays.
        """
        self._loop(minutes, lambda seed, progress: self._learn(lambda: loss_of(seed, progress)), check, check_minutes)

    def train_drawn(self, minutes: float, draw: Callable[[int], tuple[str, dict[str, Tensor]]],
                    loss_of: Callable[[str, dict[str, Tensor]], dict[str, Tensor]],
                    check: Callable[[], str] | None = None, check_minutes: float = 3.0) -> None:
        """As train(), with random choices, except noise, drawn in advance. draw(seed) returns the kind of a
        step and CPU tensors, whose shapes depend only on the kind. loss_of(kind, drawn) gets them on the
        device. On a GPU each kind of step is recorded and replayed, so loss_of must not synchronise with
        the device or copy to it."""
        def learn(kind: str, drawn: dict[str, Tensor]) -> dict[str, Tensor]:
            return self._learn(lambda: loss_of(kind, drawn))

        if self.device == "cpu":
            self._loop(minutes, lambda seed, progress: learn(*draw(seed)), check, check_minutes)
            return
        recorder = Recorder(learn, self.device)
        with recorder.stream_of_all_work():
            self._loop(minutes, lambda seed, progress: recorder(*draw(seed)), check, check_minutes)

    def _loop(self, minutes: float, step: Callable[[int, float], dict[str, Tensor]],
              check: Callable[[], str] | None, check_minutes: float) -> None:
        self.resume()
        clock = time.process_time if self.device == "cpu" else time.monotonic
        saved = logged = checked = time.monotonic()
        last = clock()
        sums: dict[str, Tensor] = {}
        count = 0
        while self.seconds < minutes * 60:
            progress = self.seconds / (minutes * 60)
            self._set_pace(progress)
            losses = step(self.step * self._processes + self._rank, progress)
            self.step += 1
            for key, value in losses.items():  # stays on the device: reading it would synchronise
                sums[key] = sums[key] + value if key in sums else value
            count += 1
            spent = clock()
            self.seconds, last = self._broadcast(self.seconds + spent - last), spent
            now = time.monotonic()
            if now - logged > _LOG_SECONDS:
                self._log(progress, {key: value.item() / count for key, value in sums.items()})
                sums, count, logged = {}, 0, now
            if now - saved > _SAVE_SECONDS:
                self.save()
                saved = now
            if check is not None and self._rank == 0 and now - checked > check_minutes * 60:
                self.say(check())
                checked, last = time.monotonic(), clock()
        self.save()
        if check is not None and self._rank == 0:
            self.say(check())

    def _set_pace(self, progress: float) -> None:
        """Sets the learning rates, and the weight of the next step in the weight average."""
        warm = min(1.0, (self.step + 1) / 200)
        share = warm * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * progress)))
        for optimiser, rate in self.optimisers.values():
            for group in optimiser.param_groups:
                group["lr"].fill_(rate * share)
        self._entering.fill_(1 - min(self.average, 1 - 1 / (1 + 0.1 * (self.step + 1))))

    def _learn(self, losses_of: Callable[[], dict[str, Tensor]]) -> dict[str, Tensor]:
        """One step, entirely on the device."""
        for optimiser, _ in self.optimisers.values():
            optimiser.zero_grad(set_to_none=True)
        losses = losses_of()
        losses["loss"].backward()
        self._average_gradients()
        nn.utils.clip_grad_norm_(self.modules.parameters(), 1.0)
        for optimiser, _ in self.optimisers.values():
            optimiser.step()
        with torch.no_grad():
            means: list[Tensor] = list(self.averaged.parameters())
            weights: list[Tensor] = list(self.modules.parameters())
            changes = torch._foreach_sub(weights, means)
            torch._foreach_mul_(changes, self._entering)
            torch._foreach_add_(means, changes)
            for mean, value in zip(self.averaged.buffers(), self.modules.buffers()):
                mean.copy_(value)
        return {key: value.detach() for key, value in losses.items()}

    def _broadcast(self, value: float) -> float:
        """The first process's value, in all processes."""
        if self._processes == 1:
            return value
        shared = torch.tensor(value, dtype=torch.float64)
        dist.broadcast(shared, 0)
        return shared.item()

    def _average_gradients(self) -> None:
        if self._processes == 1:
            return
        gradients = [p.grad for p in self.modules.parameters() if p.grad is not None]
        flat = torch.cat([gradient.flatten() for gradient in gradients])
        dist.all_reduce(flat)
        parts = (flat / self._processes).split([gradient.numel() for gradient in gradients])
        for gradient, part in zip(gradients, parts):
            gradient.copy_(part.view_as(gradient))

    def _log(self, progress: float, figures: dict[str, float]) -> None:
        text = " ".join(f"{key} {value:.4f}" for key, value in figures.items())
        self.say(f"step {self.step} {progress:.0%} {text}")
        if not all(math.isfinite(value) for value in figures.values()):
            raise FloatingPointError(f"{self.name}: a loss is not finite after step {self.step}: {text}")

    def say(self, text: str) -> None:
        """Prints a line of the log, in the first process only."""
        if self._rank > 0:
            return
        print(f"{time.strftime('%H:%M:%S')} {self.name}: {text}", file=sys.stderr, flush=True)


@contextmanager
def mixed_precision(device: str) -> Iterator[None]:
    """bf16 products where they are fast: on GPUs, and on processors with AVX512-BF16.

    On those processors attention is not fused: the fused kernel's backward pass takes a third of the U-Net's
    time there. In fp32 the fused kernel is faster.
    """
    if device != "cpu":
        with torch.autocast(device, torch.bfloat16):
            yield
        return
    fast = torch.cpu._is_avx512_bf16_supported()
    if not fast:
        yield
        return
    with torch.autocast("cpu", torch.bfloat16), sdpa_kernel(SDPBackend.MATH):
        yield


def channels_last(module: Module) -> Module:
    """Converts convolution weights to channels-last; saves a third to a half of a CPU's time."""
    for parameter in module.parameters():
        if parameter.dim() == 4:
            parameter.data = parameter.data.contiguous(memory_format=torch.channels_last)
    return module


def save_warm_start(path: Path, weights: dict[str, Tensor], step: int, seconds: float) -> None:
    """Writes a checkpoint with these weights and no optimiser state, for a stage to resume from."""
    torch.save({"modules": weights, "averaged": weights, "optimiser": None, "step": step,
                "seconds": seconds}, path)


def first_trained(folder: Path, *stages: str) -> str:
    """The first of the stages that has a checkpoint; the last one if none has."""
    return next((name for name in stages if (folder / f"{name}.pt").exists()), stages[-1])


def load_averaged(name: str, modules: nn.ModuleDict, folder: Path, device: str) -> nn.ModuleDict:
    """``modules`` with a stage's averaged weights, frozen; other weights of the stage are ignored. Raises
    FileNotFoundError if the stage has no checkpoint."""
    state = torch.load(folder / f"{name}.pt", map_location=device, weights_only=True)
    modules.load_state_dict({key: value for key, value in state["averaged"].items()
                             if key.split(".")[0] in modules})
    return modules.to(device).eval().requires_grad_(False)
