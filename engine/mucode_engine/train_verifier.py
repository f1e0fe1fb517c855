"""Training the verifier R(x, y): the base model with a scalar head, on whole prompts at a time.

Bradley-Terry (paper, Eq. 3) is the mean over pairs of -log sigmoid(R(x, y+) - R(x, y-)); binary cross-entropy (Eq. 2)
is the mean over labelled answers. A batch holds all rows of a few prompts; each distinct text in it is encoded once,
however many pairs it is part of.
"""

import math
import random
from collections.abc import Sequence
from typing import Any

import torch
from transformers import PreTrainedModel, Trainer, TrainingArguments

from mucode_engine import spec
from mucode_engine.batches import schedule
from mucode_engine.chat import Chat
from mucode_engine.losses import answer_batch, answer_loss
from mucode_engine.models import context_length, load_classifier, load_tokenizer
from mucode_engine.report import Report
from mucode_engine.rows import Labelled, Pair, read_labelled, read_pairs
from mucode_engine.training import Progress, Steps, arguments, read_job, train_and_save

_Rows = Sequence[Pair | Labelled]


def run(given: Any, report: Report) -> None:
    """Train from the model folder of the specification and write the output folder."""
    job = read_job(given, spec.VERIFIER_OPTIONS)
    options = job.options
    spec.one_of("train spec, options", options, "epochs", "steps", default=1.0)
    tokenizer = load_tokenizer(job.model)
    model = load_classifier(job.model, job.dtype, job.device, tokenizer, new_head=True)
    init_head(model, job.seed)
    _no_dropout(model)
    options["max_length"] = min(options["max_length"] or context_length(model), context_length(model))
    chat, longest = Chat(tokenizer), options["max_length"]
    pairwise = options["loss"] == "bradley-terry"
    rows: _Rows = read_pairs(job.data, chat, longest) if pairwise else read_labelled(job.data, chat, longest)
    groups: dict[str, list[int]] = {}
    for i, row in enumerate(rows):
        groups.setdefault(row.prompt, []).append(i)
    prompts = list(groups.values())
    generator = random.Random(job.seed)
    size: int = options["batch_problems"]

    def one_pass() -> list[list[int]]:
        order = list(range(len(prompts)))
        generator.shuffle(order)
        return [order[start : start + size] for start in range(0, len(order), size)]

    batches = schedule(one_pass, steps=options["steps"], epochs=options["epochs"])
    steps = Steps(
        batches,
        lambda batch: answer_batch([rows[i] for prompt in batch for i in prompts[prompt]], model.config.pad_token_id),
    )
    progress = Progress(report)
    trainer = _Trainer(
        model=model,
        args=arguments(job, TrainingArguments, max_steps=len(steps)),
        processing_class=tokenizer,
        callbacks=[progress],
    )
    trainer.feed(steps, progress, options["score_penalty"])
    facts = {"kind": "verifier", "rows": len(rows), "prompts": len(prompts)}
    train_and_save(job, trainer, progress, tokenizer, report, facts)


def init_head(model: PreTrainedModel, seed: int) -> None:
    """Head weights from Normal(0, 1 / sqrt(hidden + 1)), as is usual for reward models: scores start small."""
    generator = torch.Generator().manual_seed(seed)
    weight = model.score.weight
    drawn = torch.randn(weight.shape, generator=generator, dtype=torch.float64) / math.sqrt(weight.shape[-1] + 1)
    with torch.no_grad():
        weight.copy_(drawn)


def _no_dropout(model: PreTrainedModel) -> None:
    for module in model.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = 0.0
        if hasattr(module, "attention_dropout"):
            module.attention_dropout = 0.0


class _Trainer(Trainer):
    def feed(self, steps: Steps[list[int]], progress: Progress, score_penalty: float) -> None:
        self._steps, self._progress, self._score_penalty = steps, progress, score_penalty
        self.model_accepts_loss_kwargs = False  # the loss is already a mean over the batch

    def get_train_dataloader(self) -> Any:
        return self.accelerator.prepare(self._steps.loader())

    def compute_loss(
        self, model: Any, inputs: Any, return_outputs: bool = False, num_items_in_batch: Any = None
    ) -> Any:
        scores = model(input_ids=inputs["input_ids"], use_cache=False).logits[:, 0]
        if scores.dtype == torch.bfloat16:
            scores = scores.float()
        loss = answer_loss(scores, inputs, self._score_penalty)
        self._progress.add(loss, inputs["tokens"])
        return loss
