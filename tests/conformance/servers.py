"""Independent servers to talk to, brought from the registries into `build/conformance` and started on free ports.

Nothing of them is ever part of the program or of `make check`. What cannot be had is `Absent`, with the reason.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "build" / "conformance"
AIMOCK = "@copilotkit/aimock@1.43.0"
LLAMA_CPP = "llama-cpp-python[server]==0.3.36"
GGUF = "gguf==0.19.0"
LITELLM = "litellm[proxy]==1.106.2"
INSTALL_S, BUILD_S, START_S = 900, 3600, 120
MASTER_KEY = "sk-conformance"


class Absent(Exception):
    """A server cannot be had here; the text says why."""


def _run(*command: str, timeout_s: int = INSTALL_S, cwd: Path = FOLDER) -> None:
    """Run an installer; raises `Absent` with its last words."""
    try:
        subprocess.run(command, cwd=cwd, check=True, capture_output=True, text=True, timeout=timeout_s)
    except FileNotFoundError:
        raise Absent(f"there is no {command[0]}") from None
    except subprocess.TimeoutExpired:
        raise Absent(f"{command[0]} took longer than {timeout_s} s") from None
    except subprocess.CalledProcessError as error:
        words = (error.stderr or error.stdout or "").strip().splitlines()
        raise Absent(f"{Path(command[0]).name} failed: {words[-1] if words else error.returncode}") from None


def _environment(name: str, *packages: str, timeout_s: int = INSTALL_S) -> Path:
    """Return the Python of an environment with these packages, made once."""
    folder = FOLDER / name
    python, stamp = folder / "bin" / "python", folder / "packages.json"
    if stamp.is_file() and json.loads(stamp.read_text("utf-8")) == list(packages):
        return python
    FOLDER.mkdir(parents=True, exist_ok=True)
    _run(sys.executable, "-m", "venv", str(folder))
    _run(str(python), "-m", "pip", "install", "-q", *packages, timeout_s=timeout_s)
    stamp.write_text(json.dumps(packages), "utf-8")
    return python


# --- what there is ----------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def aimock() -> Iterator[str]:
    """Run aimock, which speaks for OpenAI, Anthropic, Gemini, Azure and Ollama; yields its address."""
    program = FOLDER / "node_modules" / ".bin" / "llmock"
    if not program.exists():
        if shutil.which("npm") is None:
            raise Absent("there is no npm")
        FOLDER.mkdir(parents=True, exist_ok=True)
        _run("npm", "install", "--no-audit", "--no-fund", "--silent", "--prefix", str(FOLDER), AIMOCK)
    fixtures = Path(__file__).with_name("aimock.json")
    port = _free_port()
    with _running([str(program), "-p", str(port), "-f", str(fixtures)], port, "/health"):
        yield f"http://127.0.0.1:{port}"


@contextlib.contextmanager
def llama_cpp() -> Iterator[str]:
    """Run llama.cpp's server in Python with a tiny model that babbles; yields its address."""
    python = _environment("llama", LLAMA_CPP, GGUF, timeout_s=BUILD_S)
    model = FOLDER / "tiny.gguf"
    if not model.is_file():
        _run(str(python), str(Path(__file__).with_name("tiny_model.py")), str(model))
    port = _free_port()
    command = [str(python), "-m", "llama_cpp.server", "--model", str(model), "--model_alias", "tiny", "--n_ctx", "512"]
    with _running([*command, "--port", str(port), "--n_threads", "1"], port, "/v1/models"):
        yield f"http://127.0.0.1:{port}/v1"


@contextlib.contextmanager
def litellm(upstream: str | None) -> Iterator[str]:
    """Run the LiteLLM proxy with replies of its own, and one model of `upstream`; yields its address."""
    python = _environment("litellm", LITELLM)
    models = [
        _model("mock-ok", "openai/gpt-4o-mini", mock_response="Hello from the proxy."),
        _model("mock-limited", "openai/gpt-4o", mock_response="litellm.RateLimitError"),
    ]
    if upstream is not None:
        models.append(_model("through", "anthropic/claude-sonnet-4-5", api_base=upstream))
    settings = {
        "model_list": models,
        "litellm_settings": {"num_retries": 0, "drop_params": True, "telemetry": False},
        "general_settings": {"master_key": MASTER_KEY},
    }
    config = FOLDER / "litellm.json"  # JSON is YAML
    config.write_text(json.dumps(settings), "utf-8")
    port = _free_port()
    program = python.with_name("litellm")
    command = [
        str(program),
        "--config",
        str(config),
        "--port",
        str(port),
        "--host",
        "127.0.0.1",
        "--telemetry",
        "False",
    ]
    with _running(command, port, "/health/liveliness", {"LITELLM_LOCAL_MODEL_COST_MAP": "True"}):
        yield f"http://127.0.0.1:{port}/v1"


def _model(name: str, model: str, **parameters: str) -> dict[str, object]:
    return {"model_name": name, "litellm_params": {"model": model, "api_key": "sk-x", **parameters}}


# --- processes --------------------------------------------------------------------------------------------------------


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@contextlib.contextmanager
def _running(
    command: Sequence[str], port: int, health: str, environment: Mapping[str, str] | None = None
) -> Iterator[None]:
    """Run a server for as long as the context lasts, from the moment at which it answers."""
    log = FOLDER / f"{Path(command[0]).name}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, cwd=FOLDER, stdout=output, stderr=output, env={**os.environ, **(environment or {})}
        )
        try:
            _wait_until_it_answers(process, f"http://127.0.0.1:{port}{health}", log)
            yield
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait_until_it_answers(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    until = time.monotonic() + START_S
    while time.monotonic() < until:
        if process.poll() is not None:
            raise Absent(f"{log.stem} ended at once: {log}")
        with contextlib.suppress(urllib.error.URLError, OSError), urllib.request.urlopen(url, timeout=2):
            return
        time.sleep(0.2)
    raise Absent(f"{log.stem} did not answer within {START_S} s")
