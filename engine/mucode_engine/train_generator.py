"""Fine-tuning the generator with TRL: cross-entropy on the completion only, examples weighted.

How this differs from a plain SFTTrainer script:
1. An example of weight w counts as w copies of it, so duplicates are merged before training. Where the number of steps
   is given, it is visited so many times in proportion; in whole passes, which visit each example once, the loss of a
   step is sum_i w_i * (sum of example i's token losses) / sum_i w_i * (its tokens).
2. A step is a sample of all examples, light and heavy, so that what holds in a step holds in the whole training. It is
   filled by tokens, computed in parts of similar length, and the number of optimiser steps is exact.
   With share_prefixes a step holds whole problems instead, and what their examples have in common is computed once.
3. Nothing is truncated or dropped: an example over max_length is an error that names its line.
"""

import random
from dataclasses import replace
from typing import Any

import torch
from datasets import Dataset
from trl import SFTConfig, SFTTrainer

from mucode_engine import spec
from mucode_engine.batches import by_length, drawn, mixed, schedule
from mucode_engine.chat import Chat
from mucode_engine.errors import InputFault
from mucode_engine.losses import completion_batch, completion_loss
from mucode_engine.models import context_length, end_tokens, load_generator, load_tokenizer
from mucode_engine.prefix_tree import cut_into_trees, tree_batch, tree_loss, tree_of
from mucode_engine.report import Report
from mucode_engine.rows import Example, read_examples
from mucode_engine.training import Job, Progress, Steps, arguments, read_job, train_and_save

# Most tokens that attend to each other in one pass: their mask grows with the square, and so does the attention of a
# small model, beside which that of a large one is cheap.
_TREE_TOKENS = {"cpu": 512, "cuda": 4096}


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
    if options["share_prefixes"]:
        steps = Steps(_problem_batches(job, examples), lambda step: _tree_step(job, [examples[i] for i in step]))
    else:
        steps = _plain_steps(job, examples, tokenizer.pad_token_id or 0)
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


def _plain_steps(job: Job, examples: list[Example], pad: int) -> Steps[Any]:
    batches = _batches(job, examples)
    if job.options["steps"] is not None:  # a weight has become so many visits
        examples = [replace(example, weight=1.0) for example in examples]
    return Steps(batches, lambda parts: _step([completion_batch([examples[i] for i in part], pad) for part in parts]))


def _tree_step(job: Job, examples: list[Example]) -> dict[str, Any]:
    return _step([tree_batch(group) for group in cut_into_trees(examples, _TREE_TOKENS[job.device.type])])


def _problem_batches(job: Job, examples: list[Example]) -> list[list[int]]:
    """Steps of whole problems, whose examples have most in common, as many as their trees fit in."""
    options = job.options
    if options["batch_tokens"] is None:
        raise InputFault('train spec, options: "share_prefixes" goes with "batch_tokens", not with "batch_size"')
    if not all(example.problem for example in examples):
        raise InputFault(f'{job.data}: "share_prefixes" needs the field "problem" in every row')
    by_problem: dict[str, list[int]] = {}
    for index, example in enumerate(examples):
        by_problem.setdefault(example.problem, []).append(index)
    size = {name: len(tree_of([examples[i] for i in indices]).tokens) for name, indices in by_problem.items()}
    generator = random.Random(job.seed)

    def one_pass() -> list[list[int]]:
        names = list(by_problem)
        generator.shuffle(names)
        steps: list[list[int]] = [[]]
        held = 0
        for name in names:
            held += size[name]
            if steps[-1] and held > options["batch_tokens"]:
                steps.append([])
                held = size[name]
            steps[-1] += by_problem[name]
        return steps

    return schedule(one_pass, steps=options["steps"], epochs=options["epochs"])


def _step(batches: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "parts": batches,
        "scored": sum(batch["scored"] for batch in batches),
        "tokens": sum(batch["tokens"] for batch in batches),
    }


def _batches(job: Job, examples: list[Example]) -> list[list[list[int]]]:
    lengths, weights = [len(example.tokens) for example in examples], [example.weight for example in examples]
    generator = random.Random(job.seed)
    options = job.options

    limits = {"most_tokens": options["batch_tokens"], "most_rows": options["batch_size"], "generator": generator}
    if options["steps"] is not None:
        return drawn(lengths, weights, steps=options["steps"], **limits)

    def one_pass() -> list[list[list[int]]]:
        if len(set(weights)) == 1:  # then no step has more than its share
            return [[batch] for batch in by_length(lengths, **limits)]
        steps = mixed(lengths, weights, **limits)
        if sorted(i for step in steps for part in step for i in part) != list(range(len(examples))):
            raise RuntimeError("a pass over the data lost or repeated examples")
        return steps

    return schedule(one_pass, steps=None, epochs=options["epochs"])


class _Trainer(SFTTrainer):
    def feed(self, steps: Steps[Any], progress: Progress) -> None:
        self._steps, self._progress = steps, progress
        self.model_accepts_loss_kwargs = False  # a step's loss is a mean already

    def get_train_dataloader(self) -> Any:
        return self.accelerator.prepare(self._steps.loader())

    def training_step(self, model: Any, inputs: Any, num_items_in_batch: Any = None) -> Any:
        """Adds up the gradient part by part, so that only one part's activations are held at a time."""
        model.train()
        whole = torch.zeros((), device=self.args.device)
        for part in inputs["parts"]:
            with self.compute_loss_context_manager():
                part_loss = tree_loss if "seen" in part else completion_loss
                loss = part_loss(model, part) / inputs["scored"]
            self.accelerator.backward(loss)
            whole += loss.detach()
        self._progress.add(whole, inputs["tokens"])
        return whole
