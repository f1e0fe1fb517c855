"""The serve job: a model behind HTTP on loopback.

Model steps and requests share one thread: between two steps the event loop reads what has arrived. With two threads
they would fight for the interpreter lock, and a step is short.
"""

import asyncio
import gc
import socket
from typing import Any

import torch
import uvicorn
import uvloop

from mucode_engine import routes, spec
from mucode_engine.arithmetic import ATTENTION, keep_number_format
from mucode_engine.chat import Chat
from mucode_engine.classifier import disagreement
from mucode_engine.decoder import Decoder
from mucode_engine.errors import InputFault
from mucode_engine.models import (
    context_length,
    load_classifier,
    load_generator,
    load_tokenizer,
    pick_device,
    pick_dtype,
)
from mucode_engine.pump import Pump, ScorePump, TokenPump
from mucode_engine.report import Report


def run(given: Any, report: Report) -> None:
    """Serve until killed; reports "listening" once requests are answered."""
    settings = spec.read("serve spec", given, spec.SERVE)
    torch.set_num_threads(settings["threads"])
    device = pick_device(settings["device"])
    dtype = pick_dtype(settings["dtype"], device)
    folder, name = settings["model"], settings["name"] or settings["model"]
    chat = Chat(load_tokenizer(folder))
    if settings["task"] == "classify":
        model = load_classifier(folder, dtype, device, chat.tokenizer, new_head=False).eval()
        keep_number_format(model)
        _check_scores(folder, model, chat)
        scores = ScorePump(model)
        pump: Pump = scores
        app = routes.verifier_app(name, chat, context_length(model), scores)
    else:
        model = load_generator(folder, dtype, device, ATTENTION).eval()
        _check_attention(folder, model)
        keep_number_format(model)
        decoder = Decoder(model, chat.tokenizer, settings["max_batch"])
        pump = tokens = TokenPump(decoder)
        app = routes.generator_app(name, chat, decoder.context, tokens)
    gc.collect()
    gc.freeze()
    listener = _listen(settings["host"], settings["port"])
    host, port = listener.getsockname()[:2]
    uvloop.run(_serve(app, listener, pump, lambda: report("listening", url=f"http://{host}:{port}", model=name)))


async def _serve(app: Any, listener: socket.socket, pump: Pump, ready: Any) -> None:
    config = uvicorn.Config(
        app, log_level="warning", access_log=False, lifespan="off", timeout_keep_alive=3600, backlog=4096
    )
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    pumping = asyncio.create_task(pump.run())
    while not server.started and not serving.done():
        await asyncio.sleep(0.01)
    ready()
    done, _ = await asyncio.wait([serving, pumping], return_when=asyncio.FIRST_COMPLETED)
    for task in done:
        task.result()  # a fault in the pump ends the server: its requests could only hang


def _listen(host: str, port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        raise InputFault(
            f'serve spec, fields "host" and "port": can\'t listen on {host}:{port} ({error.strerror})'
        ) from error
    return listener


def _check_attention(folder: str, model: Any) -> None:
    kinds = set(getattr(model.config, "layer_types", None) or ["full_attention"])
    if kinds != {"full_attention"} or getattr(model.config, "sliding_window", None):
        raise InputFault(
            f"{folder}: this server decodes full attention only; serve a model with sliding windows by vLLM"
        )


def _check_scores(folder: str, model: Any, chat: Chat) -> None:
    """One batch of texts of different lengths must score as in transformers' own forward pass."""
    texts = [
        chat.whole([{"role": "user", "content": "a" * (3 * i)}, {"role": "assistant", "content": "b" * i}])
        for i in range(1, 6)
    ]
    if (worst := disagreement(model, texts)) is not None:
        raise InputFault(
            f"{folder}: batched scores differ from transformers' forward pass by {worst:.2g}: unsuitable pad token?"
        )
