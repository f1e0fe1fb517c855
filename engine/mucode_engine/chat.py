"""From chat messages to tokens. Training and serving both come through here, so that they end texts alike."""

from functools import lru_cache
from typing import Any

from transformers import PreTrainedTokenizerBase

from mucode_engine.errors import InputFault

_ROLES = ("system", "user", "assistant")
Message = dict[str, str]


def check_messages(where: str, messages: Any) -> list[Message]:
    """That this is a conversation: a list of {"role", "content"} with known roles and text content."""
    if not isinstance(messages, list) or not messages:
        raise InputFault(f'{where}: expected a non-empty list of {{"role", "content"}}')
    for i, message in enumerate(messages):
        if not isinstance(message, dict):
            raise InputFault(f'{where}[{i}]: expected {{"role", "content"}}, got {type(message).__name__}')
        if message.get("role") not in _ROLES:
            raise InputFault(f'{where}[{i}], field "role": {message.get("role")!r} is not one of {", ".join(_ROLES)}')
        if not isinstance(message.get("content"), str):
            raise InputFault(
                f'{where}[{i}], field "content": expected a string, got {type(message.get("content")).__name__}'
            )
    return messages


class Chat:
    """A tokenizer with its chat template."""

    def __init__(self, tokenizer: PreTrainedTokenizerBase) -> None:
        self.tokenizer = tokenizer
        self.tokens = lru_cache(maxsize=4096)(self._tokens)

    def text(self, messages: list[Message], *, generation_prompt: bool) -> str:
        """The conversation as the model sees it; with `generation_prompt`, up to where the assistant begins."""
        try:
            return self.tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=generation_prompt)
        except Exception as error:  # templates raise what they like, e.g. where roles don't alternate
            raise InputFault(f"the chat template refuses these messages: {' '.join(str(error).split())}") from error

    def _tokens(self, text: str) -> tuple[int, ...]:
        """Token ids of a rendered text (the template has put in the special tokens). Remembered: prompts repeat."""
        return tuple(self.tokenizer.encode(text, add_special_tokens=False))

    def prompt(self, messages: list[Message]) -> tuple[int, ...]:
        """What the generator continues."""
        return self.tokens(self.text(messages, generation_prompt=True))

    def whole(self, messages: list[Message]) -> tuple[int, ...]:
        """The conversation and nothing after it: what the verifier reads."""
        return self.tokens(self.text(messages, generation_prompt=False))
