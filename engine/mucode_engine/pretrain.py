"""Trains a small language model from nothing: a byte-level BPE tokenizer, then a Llama over conversations.

This is how Pocket's base model is made. `data` holds one {"messages": [...]} a line; `model` is not read.
1. The tokenizer's pieces follow the corpus: digits stand alone (so that numbers can be copied), and fixed phrases
   such as the head of an answer's code block may become one token.
2. The loss is on the assistant's messages alone: most of what the user says is chance, and costs capacity.
"""

import json
import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from datasets import Dataset
from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers
from torch.nn.functional import cross_entropy
from transformers import (
    GenerationConfig,
    LlamaConfig,
    LlamaForCausalLM,
    PreTrainedTokenizerFast,
    Trainer,
    TrainingArguments,
)

from mucode_engine import spec
from mucode_engine.batches import by_length, schedule
from mucode_engine.chat import Message, check_messages
from mucode_engine.classifier import pad_right
from mucode_engine.errors import InputFault
from mucode_engine.report import Report
from mucode_engine.training import Job, Progress, Steps, arguments, read_job, train_and_save

OPTIONS = spec.GENERATOR_OPTIONS | {
    "vocab_size": spec.Field(int, 512, low=262),
    "hidden_size": spec.Field(int, 128, low=8),
    "intermediate_size": spec.Field(int, 384, low=8),
    "layers": spec.Field(int, 4, low=1),
    "heads": spec.Field(int, 4, low=1),
    "max_length": spec.Field(int, 512, low=16),
}

_IGNORED = -100
_PAD, _END, _USER, _ASSISTANT = "<|pad|>", "<|end|>", "<|user|>", "<|assistant|>"
_TEMPLATE = (
    "{% for message in messages %}"
    "{% if message['role'] not in ['user', 'assistant'] %}"
    "{{ raise_exception('only user and assistant messages are known, not ' + message['role']) }}{% endif %}"
    "<|{{ message['role'] }}|>{{ message['content'] }}<|end|>{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>{% endif %}"
)

# Pieces that merges never cross, first match wins.
_PIECES = "|".join(
    [
        r"```python\ndef f\(",
        r"\n```",
        r"\):\n +return",
        r"\):\n +",
        r":?\n +",
        r" for [a-z] in",
        r"\nassert f\(",
        r"Feedback: f\(",
        r" ?[A-Za-z_]+",
        r"[0-9]",
        # Punctuation with its inner spaces; the space before a number goes with it.
        r" ?[^\sA-Za-z0-9_]+(?: [^\sA-Za-z0-9_]+)*(?: (?=[0-9]))?",
        r"\s+",
    ]
)


@dataclass(frozen=True)
class Document:
    """A conversation as tokens; the labels of those that nobody learns to say are -100."""

    tokens: tuple[int, ...]
    labels: tuple[int, ...]


def run(given: Any, report: Report) -> None:
    """Train a tokenizer and a model by the specification and write the output folder."""
    job = read_job(given, OPTIONS)
    options = job.options
    spec.one_of("train spec, options", options, "epochs", "steps", default=1.0)
    spec.one_of("train spec, options", options, "batch_tokens", "batch_size", default=4096)
    conversations = list(_conversations(job.data))
    tokenizer = train_tokenizer((m["content"] for messages in conversations for m in messages), options["vocab_size"])
    tokenizer.model_max_length = options["max_length"]
    documents = label(job.data, conversations, tokenizer, options["max_length"])
    steps = Steps(_batches(job, documents), lambda batch: _collate([documents[i] for i in batch]))
    progress = Progress(report)
    trainer = _Trainer(
        model=_new_model(job, tokenizer),
        args=arguments(job, TrainingArguments, max_steps=len(steps), adam_beta2=0.98, use_cache=True),
        train_dataset=Dataset.from_dict({"index": list(range(len(documents)))}),
        processing_class=tokenizer,
        callbacks=[progress],
    )
    trainer.feed(steps, progress)
    train_and_save(job, trainer, progress, tokenizer, report, {"kind": "pretrain", "examples": len(documents)})


def train_tokenizer(texts: Iterable[str], vocab_size: int) -> PreTrainedTokenizerFast:
    """A byte-level BPE tokenizer with a chat template; the same texts give the same tokenizer."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(_PIECES), behavior="isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocab_size,
        special_tokens=[_PAD, _END, _USER, _ASSISTANT],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, pad_token=_PAD, eos_token=_END)
    fast.chat_template = _TEMPLATE
    return fast


def _conversations(path: str) -> Iterator[list[Message]]:
    try:
        with open(path, encoding="utf-8") as file:
            lines = file.readlines()
    except OSError as error:
        raise InputFault(f"{path}: can't be read ({error.strerror})") from error
    for number, line in enumerate(lines, 1):
        try:
            row = json.loads(line)
        except ValueError as error:
            raise InputFault(f"{path}:{number}: not JSON ({error})") from error
        if not isinstance(row, dict):
            raise InputFault(f"{path}:{number}: expected an object, got {type(row).__name__}")
        messages = check_messages(f'{path}:{number}, field "messages"', row.get("messages"))
        if any(message["role"] == "system" for message in messages):
            raise InputFault(f'{path}:{number}, field "messages": only user and assistant messages are known')
        yield messages
    if not lines:
        raise InputFault(f"{path}: holds no conversation")


def label(
    path: str, conversations: list[list[Message]], tokenizer: PreTrainedTokenizerFast, max_length: int
) -> list[Document]:
    """All conversations as the tokens that the chat template gives them, labelled."""
    contents = [message["content"] for messages in conversations for message in messages]
    encoded = iter(tokenizer(contents, add_special_tokens=False)["input_ids"])
    end, user, assistant = tokenizer.convert_tokens_to_ids([_END, _USER, _ASSISTANT])
    documents = []
    for number, messages in enumerate(conversations, 1):
        tokens: list[int] = []
        labels: list[int] = []
        for message in messages:
            said = [*next(encoded), end]
            own = message["role"] == "assistant"
            tokens += [assistant if own else user, *said]
            labels += [_IGNORED, *(said if own else [_IGNORED] * len(said))]
        if len(tokens) > max_length:
            raise InputFault(f"{path}:{number}: {len(tokens)} tokens are more than max_length {max_length}")
        documents.append(Document(tuple(tokens), tuple(labels)))
    return documents


def _batches(job: Job, documents: list[Document]) -> list[list[int]]:
    lengths = [len(document.tokens) for document in documents]
    generator = random.Random(job.seed)
    options = job.options

    def one_pass() -> list[list[int]]:
        return by_length(
            lengths, most_tokens=options["batch_tokens"], most_rows=options["batch_size"], generator=generator
        )

    return schedule(one_pass, steps=options["steps"], epochs=options["epochs"])


def _collate(documents: list[Document]) -> dict[str, Any]:
    return {
        "input_ids": pad_right([document.tokens for document in documents], 0),
        "labels": pad_right([document.labels for document in documents], _IGNORED),
        "tokens": sum(len(document.tokens) for document in documents),
    }


def _new_model(job: Job, tokenizer: PreTrainedTokenizerFast) -> LlamaForCausalLM:
    options = job.options
    if options["hidden_size"] % (2 * options["heads"]) != 0:
        raise InputFault('train spec, options: "hidden_size" must be an even multiple of "heads"')
    ends = {"bos_token_id": None, "eos_token_id": tokenizer.eos_token_id, "pad_token_id": tokenizer.pad_token_id}
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=options["hidden_size"],
        intermediate_size=options["intermediate_size"],
        num_hidden_layers=options["layers"],
        num_attention_heads=options["heads"],
        num_key_value_heads=options["heads"],
        max_position_embeddings=options["max_length"],
        tie_word_embeddings=True,
        **ends,
    )
    model = LlamaForCausalLM(config).to(job.device, job.dtype)
    model.generation_config = GenerationConfig(**ends)
    return model


class _Trainer(Trainer):
    def feed(self, steps: Steps[list[int]], progress: Progress) -> None:
        self._steps, self._progress = steps, progress
        self.model_accepts_loss_kwargs = False  # the loss is already a mean over the batch

    def get_train_dataloader(self) -> Any:
        return self.accelerator.prepare(self._steps.loader())

    def compute_loss(
        self, model: Any, inputs: Any, return_outputs: bool = False, num_items_in_batch: Any = None
    ) -> Any:
        labels = inputs["labels"][:, 1:]
        scored = labels != _IGNORED
        # Most tokens are the user's: the head sees only those that are scored.
        states = model.model(input_ids=inputs["input_ids"], use_cache=False).last_hidden_state[:, :-1][scored]
        loss = cross_entropy(model.lm_head(states).float(), labels[scored])
        self._progress.add(loss, inputs["tokens"])
        return loss
