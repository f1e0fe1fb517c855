"""Every kind of bad input gives one line that says where and what."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from conftest import Host, write_rows
from tiny import assistant, user

from mucode_engine import spec
from mucode_engine.chat import Chat
from mucode_engine.errors import InputFault
from mucode_engine.models import load_tokenizer
from mucode_engine.rows import read_examples, read_labelled, read_pairs

_ROW = {"prompt": user("x"), "completion": assistant("y")}
_PAIR = {"prompt": user("x"), "chosen": assistant("y"), "rejected": assistant("z")}


@pytest.fixture(scope="module")
def chat(folder: str) -> Chat:
    return Chat(load_tokenizer(folder))


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        ("{", "not JSON"),
        ("[]", "expected an object"),
        ({"prompt": user("x")}, '"completion" is missing'),
        (_ROW | {"prompt": "x"}, '"prompt"'),
        (_ROW | {"prompt": []}, '"prompt"'),
        (_ROW | {"completion": user("y")}, '"completion"'),
        (_ROW | {"completion": assistant("y") * 2}, '"completion"'),
        (_ROW | {"completion": [{"role": "assistant", "content": None}]}, '"content"'),
        (_ROW | {"weight": 0}, '"weight"'),
        (_ROW | {"weight": "1"}, '"weight"'),
        (_ROW | {"wieght": 1}, '"wieght"'),
        (_ROW | {"completion": assistant("word " * 100)}, '"max_length" is 64'),
    ],
)
def test_a_bad_row_is_named_by_its_line(chat: Chat, tmp_path: Path, bad: Any, said: str) -> None:
    path = write_rows(tmp_path / "sft.jsonl", [_ROW, bad])
    with pytest.raises(InputFault) as fault:
        read_examples(path, chat, 64, frozenset([1]))
    assert str(fault.value).startswith(f"{path}:2")
    assert said in str(fault.value)
    assert "\n" not in str(fault.value)


def test_other_formats_are_checked_too(chat: Chat, tmp_path: Path) -> None:
    assert len(read_pairs(write_rows(tmp_path / "a", [_PAIR, _PAIR | {"weight": 2}]), chat, 64)) == 2
    with pytest.raises(InputFault, match=r':1: field "chosen" is missing'):
        read_pairs(write_rows(tmp_path / "b", [_ROW]), chat, 64)
    with pytest.raises(InputFault, match=r'field "label": 1 is not'):
        read_labelled(write_rows(tmp_path / "c", [_ROW | {"label": 1}]), chat, 64)
    with pytest.raises(InputFault, match="no rows"):
        read_pairs(write_rows(tmp_path / "d", []), chat, 64)
    with pytest.raises(InputFault, match="can't be read"):
        read_pairs(str(tmp_path / "missing"), chat, 64)


def test_prompt_and_completion_must_agree_in_tokens(folder: str, tmp_path: Path) -> None:
    path = write_rows(tmp_path / "sft.jsonl", [_ROW])
    chat = Chat(load_tokenizer(folder))
    template = chat.tokenizer.chat_template
    chat.tokenizer.chat_template = template.replace("<|assistant|>{% endif", "<|assistant|>think{% endif")
    with pytest.raises(InputFault, match="don't begin"):
        read_examples(path, chat, 64, frozenset([1]))
    chat.tokenizer.chat_template = template.replace("<|end|>", "")
    with pytest.raises(InputFault, match="never learn to stop"):
        read_examples(path, chat, 64, frozenset([1]))


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"steps": "5"}, 'field "steps": expected an integer'),
        ({"steps": 0}, 'field "steps": 0 is out of range'),
        ({"learning_rate": 0}, "not above 0"),
        ({"learning_rate": float("nan")}, "not a finite number"),
        ({"schedule": "step"}, "linear, cosine, constant"),
        ({"learning_rat": 1}, 'did you mean "learning_rate"?'),
        ({"batch_size": True}, "expected an integer"),
    ],
)
def test_bad_options_are_named(given: dict[str, Any], said: str) -> None:
    with pytest.raises(InputFault) as fault:
        spec.read("options", given, spec.GENERATOR_OPTIONS)
    assert said in str(fault.value)


def _broken(folder: str, target: Path, name: str, content: str | None) -> str:
    shutil.copytree(folder, target)
    if content is None:
        (target / name).unlink()
    else:
        (target / name).write_text(content)
    return str(target)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("config.json", None, "config.json: can't be read"),
        ("config.json", "{", "not JSON"),
        ("config.json", "{}", "model_type"),
        ("config.json", '{"model_type": "llama", "hidden_size": 8}', "can't be loaded"),
        ("model.safetensors", None, "can't be loaded"),
        ("model.safetensors", "x" * 100, "can't be loaded"),
        ("tokenizer.json", "{}", "tokenizer can't be loaded"),
        ("chat_template.jinja", None, "chat template"),
    ],
)
def test_a_broken_model_folder_is_an_input_error(
    host: Host, folder: str, tmp_path: Path, name: str, content: str | None, said: str
) -> None:
    model = _broken(folder, tmp_path / "broken", name, content)
    failed, exited = host.finish("serve", {"model": model})
    assert (failed["event"], failed["kind"], exited["code"]) == ("failed", "input", 2)
    assert model in failed["error"]
    assert said in failed["error"]
    assert "\n" not in failed["error"]


def test_missing_weights_are_not_made_up(host: Host, folder: str, tmp_path: Path) -> None:
    config = json.loads(Path(folder, "config.json").read_text())
    model = _broken(folder, tmp_path / "deeper", "config.json", json.dumps(config | {"num_hidden_layers": 3}))
    failed, _ = host.finish("serve", {"model": model})
    assert (failed["kind"], "weights are missing" in failed["error"]) == ("input", True), failed


@pytest.mark.parametrize(
    ("job", "given", "said"),
    [
        ("serve", {"model": "nowhere"}, "no such model folder"),
        ("serve", {}, '"model" is missing'),
        ("serve", {"model": "x", "task": "chat"}, "generate, classify"),
        ("serve", {"model": "x", "device": "cuda"}, "no GPU"),
        ("train", {"kind": "poet"}, '"kind"'),
        ("train", [], '"kind"'),
        ("dance", {}, "dance"),
    ],
)
def test_a_bad_spec_is_an_input_error(host: Host, job: str, given: Any, said: str) -> None:
    failed, exited = host.finish(job, given)
    assert (failed["kind"], exited["code"]) == ("input", 2)
    assert said in failed["error"]


def test_contradictions_and_existing_output(host: Host, folder: str, tmp_path: Path) -> None:
    data = write_rows(tmp_path / "sft.jsonl", [_ROW])
    given = {"kind": "generator", "model": folder, "data": data, "output": str(tmp_path / "out")}
    for change, said in [
        ({"options": {"steps": 1, "epochs": 1}}, "not both"),
        ({"options": {"batch_size": 1, "batch_tokens": 1}}, "not both"),
        ({"output": str(tmp_path)}, "exists already"),
        ({"data": str(tmp_path / "none.jsonl")}, "can't be read"),
    ]:
        failed, _ = host.finish("train", given | change)
        assert (failed["kind"], said in failed["error"]) == ("input", True), failed
    failed, _ = host.finish("serve", {"model": folder, "task": "classify"})
    assert "generator, not a verifier" in failed["error"]


def test_command_line_takes_a_spec_file(tmp_path: Path) -> None:
    import subprocess
    import sys

    from conftest import ENGINE

    (tmp_path / "spec.json").write_text(json.dumps({"kind": "poet"}))
    command = [sys.executable, "-m", "mucode_engine", "train", "--spec"]
    done = subprocess.run([*command, str(tmp_path / "spec.json")], cwd=ENGINE, capture_output=True)
    assert done.returncode == 2
    assert json.loads(done.stdout)["kind"] == "input"
    done = subprocess.run([*command, str(tmp_path / "none.json")], cwd=ENGINE, capture_output=True)
    assert done.returncode == 2
    assert "none.json" in json.loads(done.stdout)["error"]
