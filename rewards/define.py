"""`@reward` and `@group_reward`: turn a plain function into a plugin, and bind its parameters.

A reward names what it wants. Positional names are `completion`, `prompt`, `messages`, `tool_calls`, `rollout`
or columns of the dataset; keyword-only names are parameters set in the config. The signature says both.
"""

from __future__ import annotations

import functools
import inspect
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Literal, get_args, get_type_hints

from rewards.contract import Rollout, Score, Status
from rewards.errors import RewardError, unknown_name
from rewards.text import as_messages, final_text, tool_calls

if TYPE_CHECKING:
    from rewards.bound import BoundReward

Cost = Literal["inline", "isolated"]
Scale = tuple[float, float, float]
"""The lowest value, the highest, and the one from which a completion counts as right."""
INJECTED = ("completion", "prompt", "messages", "tool_calls", "rollout")


@dataclass(eq=False)
class Reward:
    """A verifier as declared: its function, what it wants, its metadata. Calling it calls the function."""

    fn: Callable[..., Any]
    name: str
    domain: str
    range: tuple[float, float]
    cost: Cost
    deadline: float | None
    group: bool
    wants: tuple[str, ...]
    optional: frozenset[str]
    params: Mapping[str, inspect.Parameter] = field(repr=False)
    imports: tuple[str, ...] = ()
    """Modules that a worker imports before its first sample, outside any deadline."""
    batch: bool = False
    """One call scores many rows: each positional name gets a list, a list of values comes back."""
    concurrency: int = 8
    """For an `async def` reward: calls in flight at once, over all batches of the process."""
    retries: int = 2
    """For an `async def` reward: further attempts after one that raised."""
    scale: Callable[[Mapping[str, Any]], Scale] | None = None
    """Where the pay depends on the parameters: parameters -> its `Scale`, which replaces `range`."""
    right_from: float | None = None
    """The value from which a completion counts as right; the top of the range if None."""
    shaping: bool = False
    """It guides training and does not know what is right: a suite pays it and leaves it out of `correct`."""
    check_row: Callable[[Mapping[str, Any], Mapping[str, Any]], None] | None = None
    """Called with each row and the parameters before training; raises `BadReference` for an unusable row."""
    ref: str | None = None
    """Where a worker process finds it: `module:attribute` or `path.py:function`; None = send it by value."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call the plain function."""
        return self.fn(*args, **kwargs)

    def __reduce_ex__(self, protocol: Any) -> Any:
        """Travel by reference where there is one, so that plain `pickle` carries rewards into other processes."""
        if self.ref is None:
            return super().__reduce_ex__(protocol)
        from rewards.registry import find_reward

        return find_reward, (self.ref,)

    def bind(self, **params: Any) -> BoundReward:
        """Set parameters, checked; the result has `score` and `score_batch`. Raises `RewardError`."""
        from rewards.bound import BoundReward
        from rewards.hooks import validate

        checked = self.check_params(params)
        validate(self, checked)
        return BoundReward(self, checked)

    @property
    def asynchronous(self) -> bool:
        """Whether the function is `async def`: awaited on an event loop, never in a worker process."""
        return inspect.iscoroutinefunction(self.fn)

    @property
    def columns(self) -> tuple[str, ...]:
        """The dataset columns without which the reward cannot be called."""
        if self.group:
            return ()
        return tuple(w for w in self.wants if w not in INJECTED and w not in self.optional)

    @property
    def summary(self) -> str:
        """The first line of the docstring."""
        return (inspect.getdoc(self.fn) or "").partition("\n")[0]

    def scaled(self, params: Mapping[str, Any]) -> Reward:
        """Return the reward with the range that goes with its parameters."""
        if self.scale is None:
            return self
        low, high, right_from = self.scale(self.with_defaults(params))
        return replace(self, range=(low, high), right_from=right_from)

    def with_defaults(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """Return every parameter: what is set, else its default."""
        return {name: p.default for name, p in self.params.items()} | dict(params)

    def arguments(self, rollout: Rollout) -> dict[str, Any]:
        """Return what the function named, taken from the rollout.

        Raises:
            RewardError: a column is missing; the message names it and lists what there is.
        """
        found: dict[str, Any] = {}
        columns, completion = rollout.columns, rollout.completion
        for name in self.wants:
            if name == "completion":
                found[name] = completion if type(completion) is str else final_text(completion)
            elif name in INJECTED:
                found[name] = _injected(name, rollout)
            elif name in columns:
                found[name] = columns[name]
            elif name not in self.optional:
                have = ", ".join(sorted(rollout.columns)) or "none"
                raise RewardError(f"reward `{self.name}` needs column `{name}`; the row has: {have}.")
        return found

    def check_params(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Return the parameters, converted to their annotated types.

        Raises:
            RewardError: an unknown, missing or ill-typed parameter.
        """
        for name in given:
            if name not in self.params:
                raise RewardError(f"reward `{self.name}`: " + unknown_name("parameter", name, self.params))
        for name, parameter in self.params.items():
            if parameter.default is inspect.Parameter.empty and name not in given:
                raise RewardError(f"reward `{self.name}` needs parameter `{name}`.")
        return _converted(self, given) if given else {}


def _injected(name: str, rollout: Rollout) -> Any:
    if name == "messages":
        return as_messages(rollout.completion)
    if name == "tool_calls":
        return tool_calls(rollout)
    return rollout if name == "rollout" else rollout.prompt


def _converted(spec: Reward, given: Mapping[str, Any]) -> dict[str, Any]:
    from pydantic import TypeAdapter, ValidationError

    done: dict[str, Any] = {}
    for name, value in given.items():
        try:
            done[name] = TypeAdapter(_hint(spec, name)).validate_python(value)
        except ValidationError as error:
            problem = error.errors()[0]["msg"]
            raise RewardError(f"reward `{spec.name}`, parameter `{name}` = {value!r}: {problem}.") from None
    return done


def _hint(spec: Reward, name: str) -> Any:
    """Return a parameter's type; Any where its names exist for type checkers only: it is taken as it comes."""
    annotation = spec.params[name].annotation
    if annotation is inspect.Parameter.empty:
        return Any
    alone = SimpleNamespace(__annotations__={name: annotation})
    try:
        return get_type_hints(alone, getattr(spec.fn, "__globals__", {}))[name]
    except NameError:
        return Any
    except (AttributeError, TypeError, SyntaxError) as error:
        raise RewardError(
            f"reward `{spec.name}`: the type `{annotation}` of parameter `{name}` cannot be read: {error}."
        ) from error


def _declare(fn: Callable[..., Any], name: str | None, group: bool, **meta: Any) -> Reward:
    parameters = inspect.signature(fn).parameters
    kinds = inspect.Parameter
    wants = [p for p in parameters.values() if p.kind in (kinds.POSITIONAL_ONLY, kinds.POSITIONAL_OR_KEYWORD)]
    if any(p.kind in (kinds.VAR_POSITIONAL, kinds.VAR_KEYWORD) for p in parameters.values()):
        raise RewardError(f"reward `{name or fn.__name__}` takes *args or **kwargs; name what it needs.")
    _check_meta(name or fn.__name__, fn, **meta)
    declared = Reward(
        fn=fn,
        name=name or fn.__name__,
        group=group,
        wants=tuple(p.name for p in wants),
        optional=frozenset(p.name for p in wants if p.default is not kinds.empty),
        params={p.name: p for p in parameters.values() if p.kind is kinds.KEYWORD_ONLY},
        **meta,
    )
    functools.update_wrapper(declared, fn, assigned=("__module__", "__qualname__", "__doc__"), updated=())
    return declared


def _check_meta(name: str, fn: Callable[..., Any], **meta: Any) -> None:
    low, high = meta["range"]
    if not (math.isfinite(low) and math.isfinite(high) and low < high):
        raise RewardError(f"reward `{name}`: range ({low}, {high}) must be two finite numbers that rise.")
    if meta["cost"] not in get_args(Cost):
        raise RewardError(f"reward `{name}`: cost {meta['cost']!r}; allowed: {', '.join(get_args(Cost))}.")
    deadline = meta["deadline"]
    if deadline is not None and not 0 < deadline < math.inf:
        raise RewardError(f"reward `{name}`: deadline {deadline!r} must be a positive number of seconds.")
    if meta.get("concurrency", 1) < 1 or meta.get("retries", 0) < 0:
        raise RewardError(f"reward `{name}`: concurrency must be at least 1 and retries at least 0.")
    if meta.get("batch") and inspect.iscoroutinefunction(fn):
        raise RewardError(f"reward `{name}`: a reward is either async or of batch form; drop `batch=True`.")


def reward(
    name: str | None = None,
    *,
    domain: str = "general",
    range: tuple[float, float] = (0.0, 1.0),  # noqa: A002 - the field's own word
    cost: Cost = "isolated",
    deadline: float | None = None,
    imports: tuple[str, ...] = (),
    batch: bool = False,
    concurrency: int = 8,
    retries: int = 2,
    scale: Callable[[Mapping[str, Any]], Scale] | None = None,
    check_row: Callable[[Mapping[str, Any], Mapping[str, Any]], None] | None = None,
    shaping: bool = False,
) -> Callable[[Callable[..., Any]], Reward]:
    """Declare a function as a reward.

    Args:
        name: the name used in configs and metrics; the function's own by default.
        domain: what it verifies, for listings ("math", "sql", "classification", ...).
        range: the lowest and highest value it may return. Anything outside is an `error`.
        cost: "isolated" runs it in a killable worker process under a deadline (the safe default);
            "inline" runs it in the caller's process and is for cheap, total functions only.
        deadline: seconds one sample may take in a worker; the runner's default if None.
        imports: slow modules that the function needs; a worker imports them before its first sample, so that
            no completion pays for the time they take.
        batch: one call scores many rows: each positional name receives a list, and the function returns a list
            with one value per row. The deadline is that of one call.
        concurrency: `async def` only: calls in flight at once.
        scale: for a pay that depends on the parameters: called with all of them, it returns the lowest value, the
            highest and the one from which a completion is right. It replaces `range`, which holds for the defaults.
        check_row: called with (row, parameters) for each row before training; it raises `BadReference` where the
            row cannot be used, such as for a file that is not there.
        shaping: True for what guides training and does not know what is right, such as a bonus for few tool calls: a
            suite pays it and leaves it out of its verdict `correct`.
        retries: `async def` only: further attempts after one that raised, with a growing pause. The deadline
            (60 s if None) holds for a sample with all its attempts; what fails after them is an `error`.

    The function returns a float, None (not applicable) or a `Score`. It may raise `BadReference`. An `async def`
    function is for services (judge models, HTTP verifiers) and runs on an event loop in this process.
    """
    meta = {"domain": domain, "range": range, "cost": cost, "deadline": deadline, "imports": tuple(imports)}
    more = {"batch": batch, "concurrency": concurrency, "retries": retries}
    hooks = {"scale": scale, "check_row": check_row, "shaping": shaping}
    return lambda fn: _declare(fn, name, False, **meta, **more, **hooks)


def group_reward(
    name: str | None = None,
    *,
    domain: str = "general",
    range: tuple[float, float] = (-1.0, 1.0),  # noqa: A002 - the field's own word
) -> Callable[[Callable[..., Sequence[float | Score | None]]], Reward]:
    """Declare a function of one prompt's whole group: `fn(rollouts, scores, *, params) -> list[float]`.

    `rollouts` is the group in sample order and `scores` the base totals (None where a sample is masked). The
    result has one value per rollout; as in a single reward, a `Score` or None will do. Used for terms that compare
    samples: fewest tool calls, length rank. A group reward is shaping: it has no part in `correct`.
    """
    meta = {"domain": domain, "range": range, "cost": "inline", "deadline": None, "shaping": True}
    return lambda fn: _declare(fn, name, True, **meta)


def floor_score(spec: Reward, status: Status, reason: str, seconds: float = 0.0) -> Score:
    """Return what a completion's own fault costs: the floor of the reward's range."""
    return Score(spec.range[0], status, {}, reason, seconds)
