"""A value model cut into shards takes up a whole checkpoint, learns one step, and writes a whole one.

    torchrun shards_worker.py BEFORE AFTER

Run by `test_whole_state.py`.
"""

from __future__ import annotations

import sys

import torch
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import fully_shard
from torch.distributed.tensor import DTensor

from reasoners.critic import ValueModel
from reasoners.whole_state import take_state, whole_state


def made() -> tuple[ValueModel, torch.Tensor]:
    """Return a small value model, never the same weights twice, and a batch of ids."""
    from transformers import LlamaConfig, LlamaModel

    shape = LlamaConfig(
        vocab_size=20,
        hidden_size=16,
        intermediate_size=24,
        num_hidden_layers=2,
        num_attention_heads=2,
        num_key_value_heads=2,
    )
    ids = torch.arange(24).reshape(4, 6) % 20
    return ValueModel(LlamaModel(shape), 16, 1), ids


def adam(model: torch.nn.Module) -> torch.optim.Optimizer:
    """Return an optimizer whose eps keeps a gradient that is mere rounding from a step of full size."""
    return torch.optim.AdamW(model.parameters(), lr=0.01, weight_decay=0.0, eps=1e-3)


def step(model: torch.nn.Module, optimizer: torch.optim.Optimizer, ids: torch.Tensor) -> None:
    outputs = model(ids, torch.ones_like(ids), 3)
    (outputs - 1.0).square().mean().backward()
    optimizer.step()
    optimizer.zero_grad()


if __name__ == "__main__":
    before, after = sys.argv[1:]
    torch.distributed.init_process_group("gloo")
    model, ids = made()
    fully_shard(model, mesh=init_device_mesh("cpu", (2,)))
    assert any(isinstance(p, DTensor) and p.to_local().shape != p.shape for p in model.parameters())
    optimizer = adam(model)
    take_state(model, optimizer, torch.load(before, weights_only=True))
    rank = torch.distributed.get_rank()
    step(model, optimizer, ids[rank * 2 : rank * 2 + 2])
    state = whole_state(model, optimizer)
    if rank == 0:
        torch.save(state, after)
    torch.distributed.destroy_process_group()
