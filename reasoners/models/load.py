"""Loading a model by name: a local folder, a hub id, or an embedded model."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reasoners.models.cache import quiet_progress
from reasoners.models.device import Precision, choose_precision
from rewards.errors import ToolkitError, unknown_name

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

EMBEDDED = (
    "embedded:proxy",
    "embedded:proxy-1",
    "embedded:proxy-2",
    "embedded:proxy-sql",
    "embedded:proxy-tools",
    "embedded:proxy-thoughts",
    "embedded:smollm2-135m",
)
"""The models that need no hub. `embedded:proxy-N` takes any warm-start seed N."""

ALLOWED = f"Give a local folder, a hub id such as Qwen/Qwen2.5-0.5B, or one of {', '.join(EMBEDDED)}."
HUB_SECONDS = 5.0


def load_model(
    name: str, precision: Precision | None = None, *, say: Callable[[str], None] = print, **options: Any
) -> tuple[PreTrainedModel, PreTrainedTokenizerBase]:
    """Load a causal language model and its tokenizer, ready to sample.

    Args:
        name: a local folder (of a whole model, or of a LoRA adapter, which is merged into its base), a hub id
            such as `Qwen/Qwen2.5-0.5B`, or one of `EMBEDDED`.
        precision: number format and device; chosen for this machine by default.
        say: receives progress lines of models that are made at the first use.
        options: passed to `AutoModelForCausalLM.from_pretrained`.

    Raises:
        ToolkitError: there is no such model, it is damaged, or the hub does not answer.
    """
    from safetensors import SafetensorError
    from transformers import AutoModelForCausalLM, AutoTokenizer

    source = str(resolve_model(name, say))
    precision = precision or choose_precision(source)
    adapter = Path(source) / "adapter_config.json"
    if adapter.is_file():
        return _load_adapter(Path(source), adapter, precision, say, options)
    try:
        with quiet_progress():
            tokenizer = AutoTokenizer.from_pretrained(source)
            model = AutoModelForCausalLM.from_pretrained(source, dtype=precision.torch_dtype, **options)
    except (OSError, ValueError, KeyError, RuntimeError, SafetensorError) as error:
        raise ToolkitError(f"cannot load the model `{name}`: {_first_line(error)}") from error
    if tokenizer.pad_token_id is None:
        tokenizer.pad_token = tokenizer.eos_token
    return model.to(precision.device).eval(), tokenizer


def resolve_model(name: str, say: Callable[[str], None] = print) -> Path | str:
    """Return what `from_pretrained` takes for `name`; embedded models are made first if they are not cached.

    Raises:
        ToolkitError: an unknown embedded name, or a model found neither here nor on the hub.
    """
    if name.startswith("embedded:"):
        return _embedded(name, say)
    if name and Path(name).expanduser().is_dir():
        return _local(Path(name).expanduser())
    return _hub(name)


def _embedded(name: str, say: Callable[[str], None]) -> Path:
    if match := re.fullmatch(r"embedded:proxy(?:-(\d{1,6}))?", name):
        from reasoners.models.proxy import proxy_folder

        return proxy_folder(int(match[1] or 0), say)
    if name == "embedded:proxy-sql":
        from reasoners.models.proxy import sql_proxy_folder

        return sql_proxy_folder(say)
    if match := re.fullmatch(r"embedded:proxy-tools(?:-(\d{1,6}))?", name):
        from reasoners.models.tool_sums import tool_proxy_folder

        return tool_proxy_folder(int(match[1] or 0), say)
    if match := re.fullmatch(r"embedded:proxy-thoughts(?:-(\d{1,6}))?", name):
        from reasoners.models.thought_sums import thought_proxy_folder

        return thought_proxy_folder(int(match[1] or 0), say)
    if name == "embedded:smollm2-135m":
        from reasoners.models.smollm2 import smollm2_folder

        return smollm2_folder(say)
    raise ToolkitError(unknown_name("embedded model", name, EMBEDDED))


def _local(folder: Path) -> Path:
    if any((folder / f).is_file() for f in ("config.json", "adapter_config.json")):
        return folder
    inside = sorted(p.parent for p in folder.glob("*/config.json"))
    hint = f" Did you mean {inside[-1]}?" if inside else ""
    raise ToolkitError(
        f"{folder} holds no model: neither config.json nor adapter_config.json is there.{hint}"
    )


def _hub(name: str) -> str:
    """Return a path or hub id that loads. The hub is asked once, briefly: no minutes of retries."""
    from huggingface_hub import HfApi, snapshot_download
    from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError, RepositoryNotFoundError

    if not name or name.count("/") > 1 or name[0] in "./~":
        raise ToolkitError(f"no model folder `{name}`. {ALLOWED}")
    try:
        HfApi().model_info(name, timeout=HUB_SECONDS)
        return name
    except HFValidationError as error:
        raise ToolkitError(f"`{name}` is neither a folder here nor a hub id. {ALLOWED}") from error
    except RepositoryNotFoundError as error:
        raise ToolkitError(
            f"no folder `{name}` here, no such model on the hub (or private). {ALLOWED}"
        ) from error
    except Exception as error:
        # Unreachable in whatever way (no network, a proxy, offline mode): what is cached is good enough.
        try:
            return str(snapshot_download(name, local_files_only=True))
        except (LocalEntryNotFoundError, OSError):
            hub = os.environ.get("HF_ENDPOINT", "https://huggingface.co")
            raise ToolkitError(
                f"`{name}` is not a folder here and not in the hub's cache, and {hub} does not answer "
                f"({_first_line(error)}). Go online, or copy the model to a folder and name that. {ALLOWED}"
            ) from error


def _load_adapter(
    folder: Path, adapter: Path, precision: Precision, say: Callable[[str], None], options: dict[str, Any]
) -> tuple[PreTrainedModel, PreTrainedTokenizerBase]:
    from peft import PeftModel
    from transformers import AutoTokenizer

    base_name = json.loads(adapter.read_text(encoding="utf-8")).get("base_model_name_or_path")
    if not base_name:
        raise ToolkitError(f"{adapter} names no base model (`base_model_name_or_path`).")
    base, tokenizer = load_model(str(base_name), precision, say=say, **options)
    try:
        merged = PeftModel.from_pretrained(base, str(folder)).merge_and_unload()
        if (folder / "tokenizer_config.json").is_file():
            tokenizer = AutoTokenizer.from_pretrained(str(folder))
    except (OSError, ValueError, RuntimeError) as error:
        raise ToolkitError(f"cannot put the adapter {folder} on {base_name}: {_first_line(error)}") from error
    return merged.requires_grad_(True).eval(), tokenizer  # peft had frozen the base


def _first_line(error: BaseException) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]
