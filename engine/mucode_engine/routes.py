"""The HTTP surface: the part of vLLM's that a run needs, with its shapes and status codes."""

import json
import time
import uuid
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from mucode_engine.chat import Chat, check_messages
from mucode_engine.decoder import Choice
from mucode_engine.errors import InputFault
from mucode_engine.pump import ScorePump, TokenPump
from mucode_engine.request import read_chat

_DIGITS = 6  # of log-probabilities and scores: below it, numbers may depend on how requests were batched
_Handler = Callable[[Request], Awaitable[Response]]


def generator_app(name: str, chat: Chat, context: int, pump: TokenPump) -> Starlette:
    """Answers chat completions."""

    async def complete(request: Request) -> Response:
        body = await _body(request)
        messages, sampling = read_chat(body)
        if (refusal := _wrong_model(body, name)) is not None:
            return refusal
        prompt = chat.prompt(messages)
        _check_length(len(prompt), sampling.max_tokens or 1, context)
        choices = await pump.complete(prompt, sampling)
        written = sum(choice.tokens for choice in choices)
        return JSONResponse(
            {
                "id": f"chatcmpl-{uuid.uuid4().hex}",
                "object": "chat.completion",
                "created": int(time.time()),
                "model": name,
                "choices": [_choice(chat, i, choice, sampling.logprobs) for i, choice in enumerate(choices)],
                "usage": {
                    "prompt_tokens": len(prompt),
                    "completion_tokens": written,
                    "total_tokens": len(prompt) + written,
                },
            }
        )

    return _app(name, context, Route("/v1/chat/completions", _guarded(complete), methods=["POST"]))


def verifier_app(name: str, chat: Chat, context: int, pump: ScorePump) -> Starlette:
    """Answers /classify with raw scores."""

    async def classify(request: Request) -> Response:
        body = await _body(request)
        texts = _texts(chat, body)
        if (refusal := _wrong_model(body, name)) is not None:
            return refusal
        for text in texts:
            _check_length(len(text), 0, context)
        scores = await pump.scores(texts)
        count = sum(map(len, texts))
        return JSONResponse(
            {
                "id": f"classify-{uuid.uuid4().hex}",
                "object": "list",
                "created": int(time.time()),
                "model": name,
                "data": [
                    {"index": i, "label": "LABEL_0", "probs": [round(score, _DIGITS)], "num_classes": 1}
                    for i, score in enumerate(scores)
                ],
                "usage": {"prompt_tokens": count, "completion_tokens": 0, "total_tokens": count},
            }
        )

    return _app(name, context, Route("/classify", _guarded(classify), methods=["POST"]))


def _app(name: str, context: int, route: Route) -> Starlette:
    async def health(_: Request) -> Response:
        return Response()

    async def models(_: Request) -> Response:
        model = {"id": name, "object": "model", "owned_by": "mucode", "max_model_len": context}
        return JSONResponse({"object": "list", "data": [model]})

    return Starlette(routes=[route, Route("/health", health), Route("/v1/models", models)])


def _guarded(handler: _Handler) -> _Handler:
    async def guarded(request: Request) -> Response:
        try:
            return await handler(request)
        except InputFault as fault:
            return _error(400, "BadRequestError", str(fault))

    return guarded


def _error(status: int, kind: str, message: str) -> Response:
    return JSONResponse(
        {"error": {"message": message, "type": kind, "param": None, "code": status}}, status_code=status
    )


async def _body(request: Request) -> Any:
    try:
        return json.loads(await request.body())
    except ValueError as error:
        raise InputFault(f"the body is not JSON ({error})") from error


def _wrong_model(body: dict[str, Any], name: str) -> Response | None:
    asked = body.get("model")
    if asked is None or asked == name:
        return None
    return _error(404, "NotFoundError", f"The model {asked!r} does not exist; this server has {name!r}.")


def _check_length(prompt: int, completion: int, context: int) -> None:
    if prompt + completion > context:
        asked = f"{prompt} in the messages" + (f" and {completion} for the completion" if completion else "")
        raise InputFault(
            f"this model's context is {context} tokens, but {prompt + completion} were asked for ({asked})"
        )


def _texts(chat: Chat, body: Any) -> list[tuple[int, ...]]:
    """The texts of a /classify body: one conversation in "messages", or ready text in "input"."""
    if not isinstance(body, dict):
        raise InputFault("the body must be a JSON object")
    for name in body:
        if name not in ("model", "messages", "input", "use_activation", "user"):
            raise InputFault(f"{name}: unknown parameter; this server would not honour it")
    if body.get("use_activation") is not False:
        raise InputFault('use_activation: this server gives raw scores only; send "use_activation": false')
    messages, given = body.get("messages"), body.get("input")
    if (messages is None) == (given is None):
        raise InputFault('give either "messages" or "input"')
    if messages is not None:
        return [chat.whole(check_messages("messages", messages))]
    texts = [given] if isinstance(given, str) else given
    if not isinstance(texts, list) or not texts or not all(isinstance(text, str) and text for text in texts):
        raise InputFault("input: expected a non-empty string or a list of them")
    return [chat.tokens(text) for text in texts]


def _choice(chat: Chat, index: int, choice: Choice, logprobs: bool) -> dict[str, Any]:
    def token(id: int, logprob: float) -> dict[str, Any]:
        text = chat.tokenizer.decode([id])
        return {"token": text, "logprob": round(logprob, _DIGITS), "bytes": list(text.encode())}

    content = [
        token(drawn.id, drawn.logprob) | {"top_logprobs": [token(*alternative) for alternative in drawn.alternatives]}
        for drawn in choice.logprobs
    ]
    return {
        "index": index,
        "message": {"role": "assistant", "content": choice.text},
        "logprobs": {"content": content} if logprobs else None,
        "finish_reason": choice.finish,
    }
