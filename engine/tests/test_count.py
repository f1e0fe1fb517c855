"""Counting tokens of conversations, as a plan asks for it."""

import io
import json

import pytest
from tiny import user

from mucode_engine import count
from mucode_engine.chat import Chat
from mucode_engine.errors import InputFault
from mucode_engine.models import load_tokenizer


def test_counts_are_those_of_training_and_serving(folder: str, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [{"messages": user("x"), "generation_prompt": asked} for asked in (True, False)]
    monkeypatch.setattr("sys.stdin", io.StringIO("".join(json.dumps(row) + "\n" for row in rows)))
    chat = Chat(load_tokenizer(folder))
    assert count.run(folder) == [len(chat.prompt(user("x"))), len(chat.whole(user("x")))]


@pytest.mark.parametrize("line", ["{", "{}", '{"messages": "x", "generation_prompt": true}', "[]"])
def test_bad_lines_are_named(folder: str, line: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(line + "\n"))
    with pytest.raises(InputFault, match="standard input:1"):
        count.run(folder)
