"""Fine-tuning the generator with TRL: cross-entropy on the completion only, examples weighted.

How this differs from a plain SFTTrainer script:
1. The loss of a step is sum_i w_i * (sum of example i's token losses) / sum_i w_i * (its tokens), so an example of
   weight w counts as w copies of it in the batch: duplicates are merged before training and cost nothing.
2. Batches are filled by tokens with examples of similar length, and the number of optimiser steps is exact.
3. Nothing is truncated or dropped: an example over max_length is an error that names its line.
"""

import random
from typing import Any

from datasets import Dataset
from trl import SFTConfig, SFTTrainer

from mucode_engine import spec
from mucode_engine.batches import by_length, schedule
from mucode_engine.chat import Chat
from mucode_engine.losses import completion_batch, completion_loss
from mucode_engine.models import context_length, end_tokens, load_generator, load_tokenizer
from mucode_engine.report import Report
from mucode_engine.rows import Example, read_examples
from mucode_engine.training import Job, Progress, Steps, arguments, read_job, train_and_save


def run(given: Any, report: Report) -> None:
    """Train from the model folder of the specification and write the output folder."""
    job = read_job(given, spec.GENERATOR_OPTIONS)
    options = job.options
    spec.one_of("train spec, options", options, "epochs", "steps", default=1.0)
    spec.one_of("train spec, options", options, "batch_tokens", "batch_size", default=4096)
    tokenizer = load_tokenizer(job.model)
    model = load_generator(job.model, job.dtype, job.device)
    options["max_length"] = min(options["max_length"] or context_length(model), context_length(model))
    examples = read_examples(job.data, Chat(tokenizer), options["max_length"], end_tokens(model, tokenizer))
    steps = Steps(
        _batches(job, examples),
        lambda batch: completion_batch([examples[i] for i in batch], tokenizer.pad_token_id or 0),
    )
    progress = Progress(report)
    trainer = _Trainer(
        model=model,
        args=arguments(
            job,
            SFTConfig,
            max_steps=len(steps),
            max_length=None,
            dataset_kwargs={"skip_prepare_dataset": True},
        ),
        train_dataset=Dataset.from_dict({"input_ids": [example.tokens for example in examples]}),
        data_collator=lambda rows: rows,
        processing_class=tokenizer,
        callbacks=[progress],
    )
    trainer.feed(steps, progress)
    train_and_save(job, trainer, progress, tokenizer, report, {"kind": "generator", "examples": len(examples)})


def _batches(job: Job, examples: list[Example]) -> list[list[int]]:
    lengths = [len(example.tokens) for example in examples]
    generator = random.Random(job.seed)
    options = job.options

    def one_pass() -> list[list[int]]:
        batches = by_length(
            lengths, most_tokens=options["batch_tokens"], most_rows=options["batch_size"], generator=generator
        )
        if sorted(i for batch in batches for i in batch) != list(range(len(examples))):
            raise RuntimeError("a pass over the data lost or repeated examples")
        return batches

    return schedule(one_pass, steps=options["steps"], epochs=options["epochs"])


class _Trainer(SFTTrainer):
    def feed(self, steps: Steps, progress: Progress) -> None:
        self._steps, self._progress = steps, progress
        self.model_accepts_loss_kwargs = False  # the loss is already a mean over the batch

    def get_train_dataloader(self) -> Any:
        return self.accelerator.prepare(self._steps.loader())

    def compute_loss(
        self, model: Any, inputs: Any, return_outputs: bool = False, num_items_in_batch: Any = None
    ) -> Any:
        loss = completion_loss(model, inputs)
        self._progress.add(loss, inputs["tokens"])
        return loss
