"""A tiny random Llama model with tokenizer and chat template: the world of the engine's tests and benches."""

import random
from typing import Any

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import GenerationConfig, LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

_TEMPLATE = (
    "{% for message in messages %}<|{{ message['role'] }}|>{{ message['content'] }}<|end|>{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>{% endif %}"
)
_WORDS = [
    "def",
    "f",
    "(",
    "x",
    ")",
    ":",
    "return",
    "sum",
    "len",
    "sorted",
    "max",
    "min",
    "for",
    "if",
    "else",
    "the",
    "list",
    "of",
    "numbers",
    "a",
    "b",
    "c",
    "[",
    "]",
    ",",
    "1",
    "2",
    "3",
    "even",
    "odd",
    "square",
]


def sentence(random: random.Random, words: int) -> str:
    """Pseudo-text of so many words."""
    return " ".join(random.choice(_WORDS) for _ in range(words))


def make_model(
    folder: str,
    *,
    hidden: int = 32,
    layers: int = 2,
    context: int = 512,
    vocabulary: int = 320,
    key_value_heads: int = 2,
    seed: int = 0,
) -> None:
    """Write the model folder; sizes by option, weights random but seeded."""
    generator = random.Random(0)
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    special = ["<|pad|>", "<|end|>", "<|user|>", "<|assistant|>", "<|system|>"]
    corpus = [sentence(generator, 30) for _ in range(200)]
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary, special_tokens=special, initial_alphabet=alphabet, show_progress=False
    )
    tokenizer.train_from_iterator(corpus, trainer)
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, pad_token="<|pad|>", eos_token="<|end|>")
    fast.chat_template = _TEMPLATE
    fast.save_pretrained(folder)
    torch.manual_seed(seed)
    config = LlamaConfig(
        vocab_size=len(fast),
        hidden_size=hidden,
        intermediate_size=8 * hidden // 3,
        num_hidden_layers=layers,
        num_attention_heads=4,
        num_key_value_heads=key_value_heads,
        max_position_embeddings=context,
        tie_word_embeddings=True,
        initializer_range=0.3,
        bos_token_id=None,
        eos_token_id=fast.eos_token_id,
        pad_token_id=fast.pad_token_id,
    )
    model = LlamaForCausalLM(config)
    model.generation_config = GenerationConfig(eos_token_id=fast.eos_token_id, pad_token_id=fast.pad_token_id)
    model.save_pretrained(folder)


def user(text: str) -> list[dict[str, Any]]:
    """A conversation of one user message."""
    return [{"role": "user", "content": text}]


def assistant(text: str) -> list[dict[str, Any]]:
    """One answer, as training rows hold it."""
    return [{"role": "assistant", "content": text}]
