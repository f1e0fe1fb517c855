"""Pretraining on a miniature corpus: what comes out is a whole model folder, the same each time, that has learned."""

import json
import random
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from mucode_engine import pretrain
from mucode_engine.chat import Chat
from mucode_engine.errors import InputFault

_OPTIONS = {
    "vocab_size": 300,
    "hidden_size": 32,
    "intermediate_size": 64,
    "layers": 1,
    "heads": 2,
    "max_length": 128,
    "learning_rate": 0.01,
    "steps": 60,
    "batch_tokens": 512,
}


def _conversations() -> list[list[dict[str, str]]]:
    generator = random.Random(0)
    rows = []
    for _ in range(80):
        k = generator.randint(1, 9)
        program = f"```python\ndef f(x):\n    return x + {k}\n```"
        rows.append([{"role": "user", "content": f"Add {k}."}, {"role": "assistant", "content": program}])
    rows[0] += [{"role": "user", "content": "Feedback: é"}, {"role": "assistant", "content": "```python\n```"}]
    return rows


def _write(path: Path, conversations: list[Any]) -> str:
    path.write_text("".join(json.dumps({"messages": messages}) + "\n" for messages in conversations))
    return str(path)


def _train(folder: Path, name: str, **options: Any) -> tuple[str, list[dict[str, Any]]]:
    events: list[dict[str, Any]] = []
    output = str(folder / name)
    data = _write(folder / f"{name}.jsonl", _conversations())
    spec = {"kind": "pretrain", "model": "", "data": data, "output": output, "seed": 3, "options": _OPTIONS | options}
    pretrain.run(spec, lambda event, **fields: events.append({"event": event, **fields}))  # type: ignore[arg-type]
    return output, events


def test_writes_a_model_that_has_learned(tmp_path: Path) -> None:
    output, events = _train(tmp_path, "model")
    assert events[-1]["event"] == "done"
    assert events[-1]["steps"] == 60
    assert events[-1]["loss"] < 0.5
    tokenizer = AutoTokenizer.from_pretrained(output)
    model = AutoModelForCausalLM.from_pretrained(output, dtype=torch.float32)
    prompt = tokenizer(Chat(tokenizer).text([{"role": "user", "content": "Add 4."}], generation_prompt=True))
    written = model.generate(torch.tensor([prompt["input_ids"]]), do_sample=False, max_new_tokens=40)[0]
    text = tokenizer.decode(written[len(prompt["input_ids"]) :])
    assert text.startswith("```python\ndef f(x):\n    return x + ")
    assert text.endswith("\n```<|end|>")


def test_the_same_seed_gives_the_same_folder(tmp_path: Path) -> None:
    first, _ = _train(tmp_path, "first", steps=3)
    second, _ = _train(tmp_path, "second", steps=3)
    for name in ("model.safetensors", "tokenizer.json", "config.json", "generation_config.json"):
        assert (Path(first) / name).read_bytes() == (Path(second) / name).read_bytes()


def test_training_and_serving_tokenise_alike() -> None:
    conversations = _conversations()
    tokenizer = pretrain.train_tokenizer((m["content"] for messages in conversations for m in messages), 300)
    documents = pretrain.label("data", conversations, tokenizer, 200)
    for messages, document in zip(conversations, documents, strict=True):
        assert Chat(tokenizer).whole(messages) == document.tokens
        scored = [label for label in document.labels if label >= 0]
        answers = [m["content"] + "<|end|>" for m in messages if m["role"] == "assistant"]
        assert tokenizer.decode(scored) == "".join(answers)


def test_any_text_survives_the_tokenizer() -> None:
    tokenizer = pretrain.train_tokenizer(["def f(xs):\n    return xs"], 300)
    for text in ("f([1, -20], {'a': 3}) == [4]", "  \n\t naïve → 🙂", "x  ==  12 "):
        assert tokenizer.decode(tokenizer(text, add_special_tokens=False)["input_ids"]) == text


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ([{"role": "user", "content": "x " * 200}, {"role": "assistant", "content": "y"}], "more than max_length 128"),
        ([{"role": "system", "content": "x"}], "only user and assistant"),
        ([{"role": "user"}], "expected a string"),
    ],
)
def test_bad_data_is_named_by_line(tmp_path: Path, row: list[Any], message: str) -> None:
    data = _write(tmp_path / "bad.jsonl", [*_conversations(), row])
    spec = {"kind": "pretrain", "model": "", "data": data, "output": str(tmp_path / "out"), "options": _OPTIONS}
    with pytest.raises(InputFault, match=f"bad.jsonl:81.*{message}"):
        pretrain.run(spec, lambda *_, **__: None)  # type: ignore[arg-type]
    assert not (tmp_path / "out").exists()
