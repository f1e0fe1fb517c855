"""The chat completions server against transformers itself, in the deterministic number format."""

import random
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import torch
from conftest import Host, post
from tiny import sentence, user
from transformers import AutoModelForCausalLM, AutoTokenizer

_PATH = "/v1/chat/completions"


@pytest.fixture(scope="module")
def url(host: Host, folder: str) -> str:
    # Fewer places than requests in some tests, so that rows wait, join and leave.
    return host.serve(model=folder, dtype="float64", max_batch=24, name="tiny")


@pytest.fixture(scope="module")
def reference(folder: str) -> tuple[Any, Any]:
    return AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float64).eval(), AutoTokenizer.from_pretrained(
        folder
    )


def _body(text: str, **parameters: Any) -> dict[str, Any]:
    return {"model": "tiny", "messages": user(text), "max_tokens": 24, "temperature": 0.9, "seed": 5} | parameters


def _ask(url: str, text: str, **parameters: Any) -> dict[str, Any]:
    status, answer = post(url + _PATH, _body(text, **parameters))
    assert status == 200, answer
    return answer


def _texts(answer: dict[str, Any]) -> list[str]:
    return [choice["message"]["content"] for choice in answer["choices"]]


def _prompt(tokenizer: Any, text: str) -> torch.Tensor:
    rendered = tokenizer.apply_chat_template(user(text), tokenize=False, add_generation_prompt=True)
    return torch.tensor([tokenizer.encode(rendered, add_special_tokens=False)])


def test_seed_and_choice_decide_the_completion(url: str) -> None:
    three = _texts(_ask(url, "sum of list", n=3))
    assert len(set(three)) == 3
    assert _texts(_ask(url, "sum of list", n=3)) == three
    assert _texts(_ask(url, "sum of list", n=1)) == three[:1]
    assert _texts(_ask(url, "sum of list", n=1, seed=6)) != three[:1]
    without_seed = {_texts(_ask(url, "sum of list", seed=None))[0] for _ in range(3)}
    assert len(without_seed) == 3


def test_company_in_the_batch_changes_nothing(url: str) -> None:
    generator = random.Random(0)
    bodies = [
        _body(
            sentence(generator, generator.randint(2, 60)),
            seed=seed,
            n=generator.randint(1, 3),
            temperature=generator.choice([0, 0.7, 1.3]),
            top_p=generator.choice([1, 0.8]),
            max_tokens=generator.randint(1, 60),
            logprobs=True,
            top_logprobs=2,
        )
        for seed in range(64)
    ]
    watched = range(0, 64, 8)
    alone = [post(url + _PATH, bodies[i])[1]["choices"] for i in watched]
    with ThreadPoolExecutor(64) as pool:
        together = list(pool.map(lambda body: post(url + _PATH, body)[1]["choices"], bodies))
    assert [together[i] for i in watched] == alone


def test_greedy_is_what_generate_gives(url: str, reference: tuple[Any, Any]) -> None:
    model, tokenizer = reference
    texts = [sentence(random.Random(i), 3 + 9 * i) for i in range(6)]
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda text: _ask(url, text, temperature=0, max_tokens=40), texts))
    for text, answer in zip(texts, answers, strict=True):
        ids = _prompt(tokenizer, text)
        written = model.generate(ids, do_sample=False, max_new_tokens=40)[0, ids.shape[1] :]
        assert _texts(answer) == [tokenizer.decode(written, skip_special_tokens=True)]
        ended = written[-1].item() == tokenizer.eos_token_id
        assert answer["choices"][0]["finish_reason"] == ("stop" if ended else "length")
        assert answer["usage"] == {
            "prompt_tokens": ids.shape[1],
            "completion_tokens": len(written),
            "total_tokens": ids.shape[1] + len(written),
        }


def test_end_of_sequence_ends_a_completion(url: str) -> None:
    choices = _ask(url, "max", n=40, temperature=2, max_tokens=400)["choices"]
    ended = [choice for choice in choices if choice["finish_reason"] == "stop"]
    assert ended
    assert not any("<|end|>" in choice["message"]["content"] for choice in choices)


def test_logprobs_are_those_of_a_forward_pass(url: str, reference: tuple[Any, Any]) -> None:
    model, tokenizer = reference
    content = _ask(url, "even numbers", temperature=0, logprobs=True, top_logprobs=3)["choices"][0]["logprobs"][
        "content"
    ]
    ids = _prompt(tokenizer, "even numbers")
    for token in content:
        with torch.no_grad():
            logprobs = torch.log_softmax(model(ids).logits[0, -1], -1)
        values, likeliest = logprobs.topk(3)
        assert [round(entry["logprob"], 4) for entry in token["top_logprobs"]] == [round(v, 4) for v in values.tolist()]
        assert token["logprob"] == pytest.approx(values[0].item(), abs=1e-5)
        ids = torch.cat([ids, likeliest[None, :1]], dim=1)


def test_nucleus_holds_only_likely_tokens(url: str) -> None:
    # With a tiny nucleus only the likeliest token is left, at any temperature: the same as greedy.
    assert _texts(_ask(url, "len of x", top_p=1e-6, temperature=3)) == _texts(_ask(url, "len of x", temperature=0))


def test_stop_strings_end_and_are_cut(url: str) -> None:
    whole = _ask(url, "sorted list", max_tokens=60, seed=1)
    text = _texts(whole)[0]
    stop = next(text[i : i + 3] for i in range(10, len(text)) if "�" not in text[i : i + 3])
    stopped = _ask(url, "sorted list", max_tokens=60, seed=1, stop=["never to be seen", stop])
    assert _texts(stopped)[0] == text[: text.index(stop)]
    assert stopped["choices"][0]["finish_reason"] == "stop"
    assert stopped["usage"]["completion_tokens"] < whole["usage"]["completion_tokens"]


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"messages": None}, "messages"),
        ({"messages": []}, "messages"),
        ({"messages": [{"role": "robot", "content": "x"}]}, "role"),
        ({"messages": [{"role": "user", "content": 3}]}, "content"),
        ({"n": 0}, "n"),
        ({"n": 1.5}, "n"),
        ({"n": True}, "n"),
        ({"seed": "x"}, "seed"),
        ({"temperature": -1}, "temperature"),
        ({"temperature": "hot"}, "temperature"),
        ({"top_p": 0}, "top_p"),
        ({"top_p": 1.1}, "top_p"),
        ({"max_tokens": 0}, "max_tokens"),
        ({"max_tokens": 10_000}, "context"),
        ({"stop": [""]}, "stop"),
        ({"stop": 5}, "stop"),
        ({"logprobs": 1}, "logprobs"),
        ({"top_logprobs": 2}, "top_logprobs"),
        ({"top_logprobs": 21, "logprobs": True}, "top_logprobs"),
        ({"frequency_penalty": 0.5}, "frequency_penalty"),
        ({"stream": True}, "stream"),
        ({"top_k": 5}, "top_k"),
        ({"tempratur": 1}, "tempratur"),
    ],
)
def test_bad_parameters_are_refused_by_name(url: str, change: dict[str, Any], named: str) -> None:
    status, answer = post(url + _PATH, _body("x") | change)
    assert status == 400
    assert named in answer["error"]["message"]


def test_other_refusals(url: str) -> None:
    assert post(url + _PATH, b"{")[0] == 400
    assert post(url + _PATH, [])[0] == 400
    assert post(url + _PATH, _body("x", model="other"))[0] == 404
    status, answer = post(url + _PATH, _body("word " * 600, max_tokens=None))
    assert status == 400
    assert "512 tokens" in answer["error"]["message"]
    assert _ask(url, "x", top_k=-1, frequency_penalty=0, stream=False, user="me", max_tokens=None)
