"""Training jobs, whole: files in, model folder out, the same bytes each time, and never half a folder."""

import json
import os
import random
from pathlib import Path
from typing import Any

import pytest
import torch
from conftest import Host, post, write_rows
from safetensors.torch import load_file
from tiny import assistant, sentence, user
from transformers import AutoModelForSequenceClassification, AutoTokenizer

_GENERATOR = random.Random(7)


def _texts(count: int, words: int) -> list[str]:
    return [sentence(_GENERATOR, _GENERATOR.randint(2, words)) for _ in range(count)]


@pytest.fixture(scope="module")
def sft(tmp_path_factory: pytest.TempPathFactory) -> str:
    rows = [
        {"prompt": user(prompt), "completion": assistant("return sum ( list )"), "weight": 1 + i % 3}
        for i, prompt in enumerate(_texts(48, 30))
    ]
    return write_rows(tmp_path_factory.mktemp("data") / "sft.jsonl", rows)


@pytest.fixture(scope="module")
def pairs(tmp_path_factory: pytest.TempPathFactory) -> str:
    rows = [
        {"prompt": user(prompt), "chosen": assistant(f"sum {good}"), "rejected": assistant(f"max {bad}")}
        for prompt in _texts(10, 12)
        for good in _texts(2, 8)
        for bad in _texts(2, 8)
    ]
    return write_rows(tmp_path_factory.mktemp("data") / "pairs.jsonl", rows)


def _spec(kind: str, folder: str, data: str, output: str, **options: Any) -> dict[str, Any]:
    return {"kind": kind, "model": folder, "data": data, "output": output, "seed": 3, "options": options}


def test_generator_learns_and_repeats_to_the_bit(host: Host, folder: str, sft: str, tmp_path: Path) -> None:
    options = {"steps": 30, "batch_tokens": 512, "learning_rate": 0.01}
    outputs = [str(tmp_path / name) for name in ("a", "b")]
    ends = []
    for output in outputs:
        *_, done, exited = host.finish("train", _spec("generator", folder, sft, output, **options))
        assert (done["event"], done["steps"], exited["code"]) == ("done", 30, 0), done
        ends.append(done)
    first, second = (Path(output, "model.safetensors").read_bytes() for output in outputs)
    assert first == second
    training, again = (Path(output, "training.json").read_text() for output in outputs)
    assert training == again
    curve = json.loads(training)["curve"]
    assert curve[-1]["loss"] < 0.3 * curve[0]["loss"]
    assert ends[0]["tokens"] == ends[1]["tokens"] > 30 * 300
    assert not os.path.exists(outputs[0] + ".partial")

    url = host.serve(model=outputs[0], dtype="float64")
    body = {"messages": user("sum of list"), "temperature": 0, "max_tokens": 30}
    answer = post(url + "/v1/chat/completions", body)[1]["choices"][0]
    assert answer["message"]["content"] == "return sum ( list )"
    assert answer["finish_reason"] == "stop"


def test_shared_prefixes_train_the_same_model(host: Host, folder: str, tmp_path: Path) -> None:
    rows = []
    for problem, prompt in enumerate(_texts(6, 20)):
        first, second = _texts(2, 12)
        for state in (user(prompt), user(prompt) + assistant(first) + user("wrong")):
            for target in (first, second):
                weight = 1 + problem % 3
                rows.append(
                    {"prompt": state, "completion": assistant(target), "weight": weight, "problem": f"p/{problem}"}
                )
    data = write_rows(tmp_path / "sft.jsonl", rows)
    tensors, tokens = [], []
    for shared in (False, True):
        output = str(tmp_path / f"shared-{shared}")
        options = {"epochs": 5, "batch_tokens": 10**6, "learning_rate": 0.003, "share_prefixes": shared}
        *_, done, _ = host.finish("train", _spec("generator", folder, data, output, **options))
        assert (done["event"], done["steps"]) == ("done", 5), done
        tensors.append(load_file(Path(output, "model.safetensors")))
        tokens.append(done["tokens"])
    assert tokens[1] < 0.67 * tokens[0]
    before = load_file(Path(folder, "model.safetensors"))
    for name, plain in tensors[0].items():
        moved = (plain - before[name]).norm()
        assert (tensors[1][name] - plain).norm() < 1e-3 * moved, name

    *_, failed, _exit = host.finish(
        "train", _spec("generator", folder, data, str(tmp_path / "rows"), batch_size=4, share_prefixes=True)
    )
    assert '"share_prefixes" goes with "batch_tokens"' in failed["error"]

    nameless = [{name: value for name, value in row.items() if name != "problem"} for row in rows]
    data = write_rows(tmp_path / "nameless.jsonl", nameless)
    *_, failed, _exit = host.finish(
        "train", _spec("generator", folder, data, str(tmp_path / "nameless"), share_prefixes=True)
    )
    assert failed["error"].endswith('"share_prefixes" needs the field "problem" in every row')


def test_steps_batches_and_schedules(host: Host, folder: str, sft: str, tmp_path: Path) -> None:
    def steps(name: str, **options: Any) -> int:
        events = host.finish("train", _spec("generator", folder, sft, str(tmp_path / name), **options))
        assert events[-2]["event"] == "done", events[-2]
        return int(events[-2]["steps"])

    assert steps("epochs", epochs=1.5, batch_size=10, schedule="cosine") == 5 + 2
    assert steps("cycle", steps=11, batch_size=10, schedule="constant", weight_decay=0.1) == 11
    assert steps("double", steps=1, batch_size=4, dtype="float64") == 1
    assert load_file(tmp_path / "double" / "model.safetensors")["model.norm.weight"].dtype == torch.float64


def test_verifier_learns_and_serves_what_transformers_computes(
    host: Host, folder: str, pairs: str, tmp_path: Path
) -> None:
    output = str(tmp_path / "verifier")
    options = {"epochs": 8, "batch_problems": 4, "learning_rate": 0.003}
    *_, done, _ = host.finish("train", _spec("verifier", folder, pairs, output, **options))
    assert done["event"] == "done", done
    assert done["loss"] < 0.2

    url = host.serve(model=output, task="classify", dtype="float64") + "/classify"
    tokenizer = AutoTokenizer.from_pretrained(output)
    model = AutoModelForSequenceClassification.from_pretrained(output, dtype=torch.float64).eval()
    talks = [user(text) + assistant(f"{verb} {text}") for text in _texts(3, 20) for verb in ("sum", "max")]
    texts = [tokenizer.apply_chat_template(talk, tokenize=False) for talk in talks]
    with torch.no_grad():
        expected = [
            model(**tokenizer(text, return_tensors="pt", add_special_tokens=False)).logits.item() for text in texts
        ]
    assert expected[0] > expected[1]

    def scores(**given: Any) -> list[float]:
        status, answer = post(url, {"use_activation": False, **given})
        assert status == 200, answer
        assert [entry["index"] for entry in answer["data"]] == list(range(len(answer["data"])))
        return [entry["probs"][0] for entry in answer["data"]]

    assert scores(input=texts) == pytest.approx(expected, abs=1e-5)
    assert [scores(messages=talk)[0] for talk in talks] == scores(input=texts)
    assert scores(input=[texts[1], texts[0], texts[1]]) == [scores(input=texts[i])[0] for i in (1, 0, 1)]

    for body, named in [
        ({"input": "x"}, "use_activation"),
        ({"input": "x", "use_activation": True}, "use_activation"),
        ({"use_activation": False}, "messages"),
        ({"input": [], "use_activation": False}, "input"),
        ({"input": "word " * 600, "use_activation": False}, "context"),
        ({"input": "x", "use_activation": False, "truncate": 3}, "truncate"),
    ]:
        status, answer = post(url, body)
        assert status == 400
        assert named in answer["error"]["message"]


def test_verifier_learns_labels(host: Host, folder: str, tmp_path: Path) -> None:
    rows = [
        {"prompt": user(text), "completion": assistant(f"{verb} {text}"), "label": verb == "sum"}
        for text in _texts(16, 10)
        for verb in ("sum", "max")
    ]
    data = write_rows(tmp_path / "labels.jsonl", rows)
    losses = []
    for name in ("a", "b"):
        options = {"loss": "bce", "steps": 40, "learning_rate": 0.003, "score_penalty": 0.001}
        *_, done, _ = host.finish("train", _spec("verifier", folder, data, str(tmp_path / name), **options))
        assert done["event"] == "done", done
        losses.append(done["loss"])
    assert losses[0] == losses[1] < 0.3
    first, second = (Path(tmp_path, name, "model.safetensors").read_bytes() for name in ("a", "b"))
    assert first == second


def test_a_stopped_training_leaves_no_folder(host: Host, folder: str, sft: str, tmp_path: Path) -> None:
    output = str(tmp_path / "stopped")
    id = host.start("train", _spec("generator", folder, sft, output, steps=2_000, batch_size=4))
    assert host.event(id)["event"] == "progress"
    host.send({"id": id, "op": "stop"})
    while (event := host.event(id))["event"] == "progress":
        pass
    assert event == {"event": "exited", "id": id, "code": None, "signal": 9}
    assert not os.path.exists(output)
    assert os.path.exists(output + ".partial")
    *_, done, _ = host.finish("train", _spec("generator", folder, sft, output, steps=2, batch_size=4))
    assert done["event"] == "done"
    assert not os.path.exists(output + ".partial")


def test_divergence_is_said(host: Host, folder: str, sft: str, tmp_path: Path) -> None:
    spec = _spec("generator", folder, sft, str(tmp_path / "x"), steps=40, learning_rate=1e30, max_grad_norm=1e30)
    *_, failed, exited = host.finish("train", spec)
    assert (failed["kind"], exited["code"]) == ("work", 1)
    assert "learning_rate" in failed["error"]
    assert not os.path.exists(tmp_path / "x")
