"""How many tokens conversations have: what a plan is made of, without loading a model."""

import json
import sys

from mucode_engine.chat import Chat, check_messages
from mucode_engine.errors import InputFault
from mucode_engine.models import load_tokenizer


def run(folder: str) -> list[int]:
    """Tokens of each line {"messages", "generation_prompt"} of standard input."""
    chat = Chat(load_tokenizer(folder))
    counts = []
    for number, line in enumerate(sys.stdin, 1):
        where = f"standard input:{number}"
        try:
            row = json.loads(line)
            messages, generation_prompt = row["messages"], row["generation_prompt"] is True
        except (ValueError, TypeError, KeyError) as error:
            raise InputFault(f'{where}: expected {{"messages", "generation_prompt"}} ({error!r})') from error
        checked = check_messages(where, messages)
        counts.append(len(chat.prompt(checked) if generation_prompt else chat.whole(checked)))
    return counts
