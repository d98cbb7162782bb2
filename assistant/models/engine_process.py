"""The child process that holds llama.cpp, so that neither its crashes nor its hangs are ours.

Knows: how to start xllamacpp's server from one JSON line on standard input, to say on which port it
listens with one JSON line on standard output, and to die when its parent does. Imports nothing from
the rest of the product and is run by its path, so it starts the same in a checkout and in a wheel.
Does not know: settings, weights, prompts, or what is asked of the model.

Everything llama.cpp prints is discarded: some of its messages hold pieces of prompts.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from typing import Any, TextIO

PR_SET_PDEATHSIG = 1
"""Linux's ``prctl`` option: signal me when the thread that started me ends."""


def main() -> None:
    """Serve until standard input closes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the parent decides
    _die_with_parent()
    answers = _silence()
    line = sys.stdin.readline()
    if not line:
        os._exit(0)
    try:
        server = _serve(json.loads(line))
    except BaseException as error:  # noqa: BLE001 - whatever it was, the parent has to be told
        _tell(answers, {"error": f"{type(error).__name__}: {error}"})
        os._exit(1)
    _tell(answers, {"url": server.listening_address})
    sys.stdin.read()
    os._exit(0)  # an orderly shutdown would wait for requests in flight


def _die_with_parent() -> None:
    """Ask Linux to end us with the parent: the wait for standard input is blind while a model loads."""
    if not sys.platform.startswith("linux"):
        return
    import ctypes

    parent = os.getppid()
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(0)


def _silence() -> TextIO:
    """Send both output streams to nowhere and return the real one for our own two lines."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    os.close(nowhere)
    return answers


def _tell(answers: TextIO, what: dict[str, str]) -> None:
    answers.write(json.dumps(what) + "\n")
    answers.flush()


def _serve(config: dict[str, Any]) -> Any:  # noqa: ANN401 - xllamacpp has no types
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = config["path"]
    params.model_alias = {config["alias"]}
    params.load_mode = xllamacpp.llama_load_mode.LLAMA_LOAD_MODE_NONE  # mapped, most weights are held twice
    params.offline = True
    params.hostnames = ["127.0.0.1"]
    params.port = 0
    params.api_keys = [config["key"]]
    params.cors_origins = "http://127.0.0.1"
    params.cors_credentials = False
    params.ui = False
    params.endpoint_slots = False
    params.endpoint_metrics = False
    params.endpoint_props = False
    params.verbosity = 0
    params.n_ctx = config["context"]
    params.n_parallel = config["slots"]
    params.n_predict = config["cap"]
    params.cache_ram_mib = 0  # it has put one request's text into the answer to another (llama.cpp #27148)
    params.n_batch = params.n_ubatch = config["batch"]
    params.slot_save_path = config["prefixes"]
    if config["threads"]:
        params.cpuparams.n_threads = config["threads"]
        params.cpuparams_batch.n_threads = config["threads"]
    return xllamacpp.Server(params)


if __name__ == "__main__":
    main()
