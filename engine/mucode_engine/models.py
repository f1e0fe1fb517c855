"""Opening Hugging Face model folders, with an error in one line for each way in which a folder can be wrong."""

import contextlib
import json
import os
from collections.abc import Iterator
from typing import Any

import torch
from transformers import (
    AutoModelForCausalLM,
    AutoModelForSequenceClassification,
    AutoTokenizer,
    PreTrainedModel,
    PreTrainedTokenizerBase,
)

from mucode_engine.errors import InputFault

_HEAD = "score.weight"


def pick_device(device: str) -> torch.device:
    """The device named, or the best there is for "auto"."""
    if device == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    if device == "cuda" and not torch.cuda.is_available():
        raise InputFault('field "device": "cuda" was asked for, but PyTorch sees no GPU; use "auto" or "cpu"')
    return torch.device(device)


def pick_dtype(dtype: str, device: torch.device) -> torch.dtype:
    """The number format named; "auto" is float32 on a CPU and bfloat16 on a GPU."""
    if dtype == "auto":
        return torch.float32 if device.type == "cpu" else torch.bfloat16
    return {"float32": torch.float32, "float64": torch.float64, "bfloat16": torch.bfloat16}[dtype]


def check_folder(folder: str) -> None:
    """That this is a folder with a readable config.json."""
    if not os.path.isdir(folder):
        raise InputFault(f"{folder}: no such model folder; expected a Hugging Face folder with config.json")
    path = os.path.join(folder, "config.json")
    try:
        with open(path, encoding="utf-8") as file:
            config = json.load(file)
    except OSError as error:
        raise InputFault(f"{path}: can't be read ({error.strerror}); a Hugging Face model folder has one") from error
    except ValueError as error:
        raise InputFault(f"{path}: not JSON ({error})") from error
    if not isinstance(config, dict) or "model_type" not in config:
        raise InputFault(f'{path}: has no "model_type", so this is not a Hugging Face model')


@contextlib.contextmanager
def _opening(folder: str, part: str) -> Iterator[None]:
    try:
        yield
    except (InputFault, MemoryError, torch.OutOfMemoryError):
        raise
    except Exception as error:
        raise InputFault(
            f"{folder}: {part} can't be loaded ({type(error).__name__}: {' '.join(str(error).split())[:300]})"
        ) from error


def load_tokenizer(folder: str) -> PreTrainedTokenizerBase:
    """The folder's tokenizer, which must have a chat template and an end-of-sequence token."""
    check_folder(folder)
    if not any(os.path.exists(os.path.join(folder, name)) for name in ("tokenizer.json", "tokenizer_config.json")):
        raise InputFault(f"{folder}: has no tokenizer (tokenizer.json is missing)")
    with _opening(folder, "the tokenizer"):
        tokenizer: PreTrainedTokenizerBase = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    if not tokenizer.chat_template:
        raise InputFault(f"{folder}: the tokenizer has no chat template (chat_template.jinja is missing)")
    return tokenizer


def load_generator(folder: str, dtype: torch.dtype, device: torch.device, attention: str = "sdpa") -> PreTrainedModel:
    """The causal language model in the folder."""
    check_folder(folder)
    with _opening(folder, "the model"):
        model, found = AutoModelForCausalLM.from_pretrained(
            folder, dtype=dtype, attn_implementation=attention, local_files_only=True, output_loading_info=True
        )
    _check_weights(folder, model, found, ())
    return model.to(device)


def load_classifier(
    folder: str, dtype: torch.dtype, device: torch.device, tokenizer: PreTrainedTokenizerBase, *, new_head: bool
) -> PreTrainedModel:
    """The model in the folder with a scalar head: the folder's own, or (`new_head`) one still to be initialised."""
    check_folder(folder)
    with _opening(folder, "the verifier"):
        model, found = AutoModelForSequenceClassification.from_pretrained(
            folder,
            num_labels=1,
            dtype=dtype,
            attn_implementation="sdpa",
            local_files_only=True,
            output_loading_info=True,
            ignore_mismatched_sizes=False,
        )
    if not new_head and _HEAD in found["missing_keys"]:
        raise InputFault(f"{folder}: has no scalar head ({_HEAD}), so it is a generator, not a verifier")
    _check_weights(folder, model, found, (_HEAD,) if new_head else ())
    # The head reads the last token that is not padding, so padding must be told from the end of a message.
    if tokenizer.pad_token_id is None or tokenizer.pad_token_id == tokenizer.eos_token_id:
        raise InputFault(f"{folder}: the tokenizer needs a pad token of its own, other than its end-of-sequence token")
    model.config.pad_token_id = tokenizer.pad_token_id
    return model.to(device)


def _check_weights(
    folder: str, model: PreTrainedModel, found: dict[str, Any], expected_missing: tuple[str, ...]
) -> None:
    tied = set(getattr(model, "all_tied_weights_keys", {}) or {})
    missing = [name for name in found["missing_keys"] if name not in expected_missing and name not in tied]
    if missing:
        raise InputFault(f"{folder}: weights are missing from the model's files: {', '.join(sorted(missing)[:3])}")
    if found.get("mismatched_keys"):
        raise InputFault(f"{folder}: weights don't fit config.json: {str(found['mismatched_keys'])[:200]}")


def end_tokens(model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase) -> frozenset[int]:
    """The tokens that end a message: the tokenizer's and those of the generation config."""
    ids = {tokenizer.eos_token_id}
    for config in (model.config, model.generation_config):
        listed = getattr(config, "eos_token_id", None)
        ids.update(listed if isinstance(listed, list) else [listed])
    ids.discard(None)
    if not ids:
        raise InputFault("the model names no end-of-sequence token in its tokenizer or generation_config.json")
    return frozenset(ids)


def context_length(model: PreTrainedModel) -> int:
    """Most tokens of prompt and completion together."""
    return int(model.config.max_position_embeddings)
