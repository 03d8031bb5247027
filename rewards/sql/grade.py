"""One completion from its text to its score: find the query, run both, measure the parts, add them up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

from rewards.contract import Rollout, Score, Status
from rewards.define import Scale
from rewards.errors import BadReference, RewardError
from rewards.places import NoAnswer
from rewards.sql.contract import Execution, Limits, Policy, Schema, Verdict
from rewards.sql.dialect import ENGINES, Untranslatable, known_dialect, translated
from rewards.sql.engines import engine_of
from rewards.sql.engines.base import DatabaseError, Engine
from rewards.sql.execute import judge_execution
from rewards.sql.extract import Found, find_query
from rewards.sql.parts.format import format_score
from rewards.sql.parts.judge import find_judge, judged
from rewards.sql.parts.ngram import ngram_jaccard
from rewards.sql.parts.schema import Linking, schema_score
from rewards.sql.parts.syntax import syntax_score
from rewards.sql.presets import MOST_SHAPING, PRESETS, RESULTS_ONLY, Facts
from rewards.sql.source import databases

MOST_SECONDS = 20.0
MOST_INSTANCES = 20
MASKED = (Verdict.UNDECIDABLE, Verdict.BAD_GOLD)


@dataclass(frozen=True)
class Options:
    """Every parameter of the SQL rewards; `rewards/sql/README.md` says what they mean."""

    preset: str = "execution"
    lean: bool = False
    """Measure only what the preset pays for; `sql` does, `sql_partial` reports every part."""
    instances: int = 0
    policy: Policy = field(default_factory=Policy)
    limits: Limits = field(default_factory=Limits)
    shaping: float = 0.5
    linking: Linking = "jaccard"
    steps: int = 0
    think: str = "think"
    tag: str = "answer"
    prefilled: bool = False
    judge: str = ""
    judge_model: str = ""
    judge_key_env: str = "OPENAI_API_KEY"

    @classmethod
    def of(cls, params: Mapping[str, Any]) -> Options:
        """Return the options among a reward's parameters. Raises `RewardError` if one is out of bounds."""
        own = {f.name: params[f.name] for f in fields(cls) if f.name in params}
        policy = Policy(**{f.name: params[f.name] for f in fields(Policy) if f.name in params})
        limits = Limits(**{f.name: params[f.name] for f in fields(Limits) if f.name in params})
        if not (0 < limits.seconds <= MOST_SECONDS and 0 < limits.gold_seconds <= MOST_SECONDS):
            raise RewardError(f"`seconds` and `gold_seconds` must be above 0 and at most {MOST_SECONDS:g}.")
        if limits.memory_mb < 1:
            raise RewardError(f"`memory_mb` must be at least 1; got {limits.memory_mb}.")
        found = cls(**own, policy=policy, limits=limits)
        if not 0 <= found.shaping <= MOST_SHAPING:
            raise RewardError(f"`shaping` must be from 0 to {MOST_SHAPING:g}; got {found.shaping:g}.")
        if not 0 <= found.instances <= MOST_INSTANCES:
            raise RewardError(f"`instances` must be from 0 to {MOST_INSTANCES}; got {found.instances}.")
        if found.steps < 0:
            raise RewardError(f"`steps` must be 0 or the number of training steps; got {found.steps}.")
        find_judge(found.judge, found.judge_model, found.judge_key_env)
        return found


@dataclass(frozen=True)
class Task:
    """What a row asks: the reference query and where it is run."""

    gold: str
    databases: tuple[str, ...]
    dialect: str
    engine: Engine

    @classmethod
    def of(cls, answer: Any, db: Any, dialect: Any, limits: Limits, instances: int = 0) -> Task:
        """Read a row's columns; `instances` more databases are made from the first, at the first call.

        Raises:
            BadReference: one of the columns is unusable.
        """
        if not isinstance(answer, str) or not answer.strip():
            raise BadReference(f"the reference is {answer!r:.60}, not a query")
        named = known_dialect(dialect)
        paths = databases(db, named if named in ENGINES else "sqlite")
        try:
            engine = engine_of(paths[0], limits)
            gold = translated(answer, named, engine.dialect)
            return cls(gold, paths + _made(paths, gold, limits, instances), named, engine)
        except DatabaseError as error:
            raise BadReference(f"the database {error}") from error
        except Untranslatable as error:
            raise BadReference(f"the reference is {error}") from error


def _made(paths: tuple[str, ...], gold: str, limits: Limits, count: int) -> tuple[str, ...]:
    """Return further databases for a reference that runs. Raises `BadReference`, `DatabaseError`."""
    if not count:
        return ()
    execution = judge_execution("", gold, paths, limits=limits)
    if execution.verdict is Verdict.BAD_GOLD:
        raise BadReference(execution.reason)
    from rewards.sql.instances.make import make_instances

    return tuple(str(path) for path in make_instances(paths[0], gold, count))


@dataclass(frozen=True)
class Grade:
    """All that is known about a completion: its query as found and as run, the verdict, the parts, the score."""

    found: Found | None
    sql: str
    execution: Execution
    facts: Facts
    score: Score


def scale_of(params: Mapping[str, Any]) -> Scale:
    """Return the range of a reward and the least that a right query gets, by its parameters."""
    options = Options.of(params)
    return PRESETS[options.preset].scale(options.shaping)


def grade(
    completion: str, task: Task, options: Options, question: str, schema: str, rollout: Rollout
) -> Grade:
    """Grade one completion.

    Raises:
        BadReference: the reference or its database is unusable, or has no one answer.
        JudgeError: a judge was asked and gave no opinion.
    """
    found, sql, missing = _query(completion, task, options)
    execution = judge_execution(sql, task.gold, task.databases, options.policy, options.limits)
    if execution.verdict in MASKED:
        raise BadReference(execution.reason)
    lean = options.lean and options.preset in RESULTS_ONLY
    if lean:
        facts = Facts(execution=float(execution.matched), runs=float(execution.runs))
    else:
        facts = _facts(completion, found, sql, task, execution, options, progress(rollout, options.steps))
    if found is not None and options.judge and execution.verdict not in (Verdict.MATCH, Verdict.TIMEOUT):
        facts = _with_opinion(
            facts, question, schema or shown_schema(task.engine.schema()), task, sql, options
        )
    reason = missing or execution.reason
    if found is None:
        return Grade(found, sql, execution, facts, Score(0.0, Status.UNPARSED, facts.parts(lean), reason))
    status = Status.TIMEOUT if execution.verdict is Verdict.TIMEOUT else Status.SCORED
    value = PRESETS[options.preset].pay(facts, options.shaping)
    return Grade(found, sql, execution, facts, Score(value, status, facts.parts(lean), reason))


def progress(rollout: Rollout, steps: int) -> float:
    """Return the share of the training that is done; 1 if its length is not given."""
    return min(rollout.source.step / steps, 1.0) if steps else 1.0


def shown_schema(schema: Schema) -> str:
    """Return a schema as text, one table a line."""
    return "\n".join(f"{table}({', '.join(columns)})" for table, columns in schema.items())


def _query(completion: str, task: Task, options: Options) -> tuple[Found | None, str, str]:
    """Return the query as found, as it is run, and why there is none.

    Where there is none, an empty text is run: it says whether the reference is usable.
    """
    try:
        found = find_query(completion, options.tag, options.prefilled)
    except NoAnswer as why:
        return None, "", str(why)
    if len(found.sql) > options.limits.sql_chars:
        return found, found.sql, ""
    try:
        return found, translated(found.sql, task.dialect, task.engine.dialect), ""
    except Untranslatable:  # the engine will say what is wrong with it
        return found, found.sql, ""


def _facts(
    completion: str,
    found: Found | None,
    sql: str,
    task: Task,
    execution: Execution,
    options: Options,
    done: float,
) -> Facts:
    form = format_score(completion, options.think, options.tag, options.prefilled)
    if found is None or len(sql) > options.limits.sql_chars:
        return Facts(format=form, progress=done)
    dialect, schema = task.engine.dialect, task.engine.schema()
    seen = execution.instances
    return Facts(
        execution=float(execution.matched),
        runs=float(execution.runs),
        syntax=1.0 if execution.runs else syntax_score(sql, task.engine),
        schema=schema_score(sql, task.gold, schema, dialect, options.linking),
        ngram=ngram_jaccard(sql, task.gold, dialect),
        format=form,
        cell_precision=_mean([i.cell_precision for i in seen]),
        cell_recall=_mean([i.cell_recall for i in seen]),
        cardinality=_mean([i.cardinality for i in seen]),
        brevity=brevity(found.prose, task.gold),
        progress=done,
    )


def _with_opinion(facts: Facts, question: str, schema: str, task: Task, sql: str, options: Options) -> Facts:
    judge = find_judge(options.judge, options.judge_model, options.judge_key_env)
    assert judge is not None  # the parameter is not empty
    return replace(facts, judge=judged(judge, question, schema, task.gold, sql))


def brevity(prose: int, gold: str) -> float:
    """Return n / (n + prose), n the visible characters of the reference: nothing that is added can raise it."""
    size = sum(not c.isspace() for c in gold)
    return size / (size + prose)


def _mean(values: list[float]) -> float:
    return sum(values) / len(values) if values else 0.0
