"""Weights and optimizer of a model as one file holds them, however the model is replicated or sharded.

The names are the model's own, without what DDP or FSDP put around them, so a checkpoint of eight shards loads into one
process and the other way round.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import nn
from torch.distributed.checkpoint.state_dict import (
    StateDictOptions,
    get_model_state_dict,
    get_optimizer_state_dict,
    set_model_state_dict,
    set_optimizer_state_dict,
)


def whole_state(model: nn.Module, optimizer: torch.optim.Optimizer) -> dict[str, Any]:
    """Return `model` and `optimizer` in full, on the CPU; every rank calls it, only the first gets the tensors.

    A tensor that is whole and on the CPU already is not copied: write it down before the next step.
    """
    options = StateDictOptions(full_state_dict=True, cpu_offload=True)
    return {
        "model": whole_weights(model),
        "optimizer": get_optimizer_state_dict(model, optimizer, options=options),
    }


def whole_weights(model: nn.Module) -> dict[str, Any]:
    """Return the weights of `model` as `whole_state` does."""
    return get_model_state_dict(model, options=StateDictOptions(full_state_dict=True, cpu_offload=True))


def take_weights(model: nn.Module, saved: Mapping[str, Any]) -> None:
    """Put what `whole_weights` returned into `model`, as `take_state` does."""
    set_model_state_dict(model, dict(saved), options=StateDictOptions(full_state_dict=True))


def take_state(model: nn.Module, optimizer: torch.optim.Optimizer, saved: Mapping[str, Any]) -> None:
    """Put into each rank its part of what `whole_state` returned on the first; every rank calls it with all of it."""
    options = StateDictOptions(full_state_dict=True)
    take_weights(model, saved["model"])
    set_optimizer_state_dict(model, optimizer, dict(saved["optimizer"]), options=options)


def differences(model: nn.Module, saved: Mapping[str, torch.Tensor]) -> str:
    """Return the first difference between a model's weights and saved ones in words; empty if there is none."""
    own: dict[str, Any] = get_model_state_dict(model)
    for name in sorted(own.keys() ^ saved.keys()):
        return f"`{name}` is only in {'the checkpoint' if name in saved else 'this run'}"
    for name, tensor in own.items():
        if tensor.size() != saved[name].size():
            return f"`{name}` has shape {tuple(saved[name].size())} there, {tuple(tensor.size())} here"
    return ""
