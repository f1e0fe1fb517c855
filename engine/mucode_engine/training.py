"""What both training jobs share: the arguments of the Hugging Face Trainer, progress, and the output folder."""

import contextlib
import json
import math
import os
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

import torch
from torch.utils.data import DataLoader, Dataset
from transformers import PreTrainedModel, PreTrainedTokenizerBase, Trainer, TrainerCallback, TrainingArguments, set_seed

from mucode_engine import spec
from mucode_engine.errors import InputFault, WorkFault
from mucode_engine.models import pick_device
from mucode_engine.report import Report

_Batch = TypeVar("_Batch")

_CURVE_POINTS = 100  # of the loss curve; each is the mean since the one before
_PROGRESS_SECONDS = 0.5  # least time between two events


@dataclass(frozen=True)
class Job:
    """A training specification with all defaults filled in."""

    model: str
    data: str
    output: str
    seed: int
    options: dict[str, Any]
    device: torch.device
    dtype: torch.dtype


def read_job(given: Any, options: dict[str, spec.Field]) -> Job:
    """Check a specification and make PyTorch as deterministic as the device allows."""
    values = spec.read("train spec", given, spec.TRAIN)
    chosen = spec.read("train spec, options", values["options"], options)
    if os.path.exists(values["output"]):
        raise InputFault(f"{values['output']}: the output folder exists already; remove it or name another")
    torch.set_num_threads(chosen["threads"])
    device = pick_device(chosen["device"])
    set_seed(values["seed"])
    torch.use_deterministic_algorithms(True)
    torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]  # a debugging aid that costs time
    # Weights are float32 even where the arithmetic is bfloat16 (autocast): small updates would round away.
    dtype = torch.float64 if chosen["dtype"] == "float64" else torch.float32
    return Job(values["model"], values["data"], values["output"], values["seed"], chosen, device, dtype)


def arguments(job: Job, config: type[TrainingArguments], **more: Any) -> TrainingArguments:
    """Trainer arguments of a job with a known number of steps."""
    options = job.options
    lower = options["dtype"] == "bfloat16" or (options["dtype"] == "auto" and job.device.type == "cuda")
    steps: int = more["max_steps"]
    return config(
        output_dir=job.output + ".partial",
        learning_rate=options["learning_rate"],
        weight_decay=options["weight_decay"],
        lr_scheduler_type=options["schedule"],
        warmup_steps=math.ceil(options["warmup_ratio"] * steps),
        max_grad_norm=options["max_grad_norm"],
        seed=job.seed,
        bf16=lower,
        use_cpu=job.device.type == "cpu",
        gradient_checkpointing=job.device.type != "cpu",  # saves memory for a third more work
        save_strategy="no",
        logging_strategy="no",
        report_to="none",
        disable_tqdm=True,
        remove_unused_columns=False,
        dataloader_num_workers=0,
        dataloader_pin_memory=False,
        **more,
    )


class Steps(Dataset[dict[str, Any]], Generic[_Batch]):
    """The batches of a training, each collated when its step comes."""

    def __init__(self, batches: list[_Batch], collate: Callable[[_Batch], dict[str, Any]]) -> None:
        self._batches, self._collate = batches, collate

    def __len__(self) -> int:
        return len(self._batches)

    def __getitem__(self, step: int) -> dict[str, Any]:
        return self._collate(self._batches[step])

    def loader(self) -> DataLoader[dict[str, Any]]:
        """One batch a step, in order: the Trainer must neither shuffle nor cut them."""
        return DataLoader(self, batch_size=None, shuffle=False)


@dataclass
class Progress(TrainerCallback):
    """Reports steps, loss and speed, and stops a training whose loss is no longer a number."""

    report: Report
    losses: list[torch.Tensor] = field(default_factory=list)
    tokens: int = 0
    curve: list[dict[str, float]] = field(default_factory=list)
    _started: float = field(default_factory=time.monotonic)
    _told: float = 0.0
    _noted: int = 0

    def add(self, loss: torch.Tensor, tokens: int) -> None:
        """Called once a step."""
        self.losses.append(loss.detach())
        self.tokens += tokens

    @property
    def seconds(self) -> float:
        return time.monotonic() - self._started

    @property
    def loss(self) -> float:
        """Mean loss of the last tenth of the steps."""
        return float(torch.stack(self.losses[-max(1, len(self.losses) // 10) :]).mean())

    def on_train_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        self._started = self._told = time.monotonic()

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        step, steps = state.global_step, state.max_steps
        if step % math.ceil(steps / _CURVE_POINTS) != 0 and step != steps:
            return
        loss = float(torch.stack(self.losses[self._noted :]).mean())
        if not math.isfinite(loss):
            raise WorkFault(
                f"the loss is {loss} at step {step} of {steps}: training has diverged; a lower learning_rate is needed"
            )
        self._noted = len(self.losses)
        self.curve.append({"step": step, "loss": round(loss, 6)})
        now = time.monotonic()
        if now - self._told < _PROGRESS_SECONDS and step != steps:
            return
        self._told = now
        self.report(
            "progress", step=step, steps=steps, loss=loss, tokens_per_second=self.tokens / max(self.seconds, 1e-9)
        )


@contextlib.contextmanager
def output_folder(path: str) -> Iterator[str]:
    """A folder beside `path` to write into; renamed to `path` at the end, so that `path` is only ever whole."""
    partial = path + ".partial"
    shutil.rmtree(partial, ignore_errors=True)
    os.makedirs(partial)
    yield partial
    for name in os.listdir(partial):
        _sync(os.path.join(partial, name))
    _sync(partial)
    os.rename(partial, path)
    _sync(os.path.dirname(os.path.abspath(path)))


def _sync(path: str) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def train_and_save(
    job: Job,
    trainer: Trainer,
    progress: Progress,
    tokenizer: PreTrainedTokenizerBase,
    report: Report,
    facts: dict[str, Any],
) -> None:
    """Run the training, write model, tokenizer and training.json, and report "done"."""
    with output_folder(job.output) as partial:
        trainer.train()
        if trainer.state.global_step != trainer.args.max_steps:
            raise RuntimeError(
                f"{trainer.state.global_step} optimiser steps were made instead of {trainer.args.max_steps}"
            )
        result = {"steps": trainer.state.global_step, "tokens": progress.tokens, "loss": progress.loss}
        model: PreTrainedModel = trainer.accelerator.unwrap_model(trainer.model)
        model.save_pretrained(partial)
        tokenizer.save_pretrained(partial)
        # No seconds in here: the folder is the same, byte for byte, whenever the training is repeated.
        with open(os.path.join(partial, "training.json"), "w", encoding="utf-8") as file:
            json.dump(
                {"seed": job.seed, "options": job.options, **facts, **result, "curve": progress.curve}, file, indent=1
            )
    report("done", **result, seconds=progress.seconds)
