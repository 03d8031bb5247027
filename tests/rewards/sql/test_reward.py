"""The plugins `sql` and `sql_partial` from text to score."""

import json
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rewards import Rollout, Score, Source, Status, load_reward
from rewards.bound import BoundReward
from rewards.errors import RewardError
from rewards.sql.presets import NAMES, PRESETS
from rewards.sql.reward import sql, sql_partial
from rewards.suite import Suite

CITY = (
    "CREATE TABLE city (id INTEGER PRIMARY KEY, name TEXT, country TEXT, people INTEGER);"
    "INSERT INTO city VALUES (1, 'Aba', 'NG', 5), (2, 'Bern', 'CH', 7), (3, 'Cork', 'IE', 7), (4, 'Davos', 'CH', 1);"
)
OTHER = CITY.replace("(2, 'Bern', 'CH', 7)", "(9, 'Bonn', 'DE', 8)")
GOLD = "SELECT name FROM city WHERE people > 6"


def inline(reward: Any, **params: Any) -> BoundReward:
    """Return the reward run in this process, where a thousand scores cost no more than their queries."""
    return BoundReward(replace(reward, cost="inline"), reward.check_params(params))


def tagged(query: str) -> str:
    return f"<think>I look.</think>\n<answer>\n```sql\n{query}\n```\n</answer>"


def partial(completion: str, gold: str = GOLD, db: Any = CITY, **params: Any) -> Score:
    return inline(sql_partial, **params).score(completion=completion, answer=gold, db=db)


def test_the_total_is_the_weighted_sum_of_the_parts() -> None:
    found = partial(tagged("SELECT name FROM city WHERE id IN (2, 3)"))
    parts = found.parts
    assert (parts["execution"], parts["syntax"], parts["schema"], parts["format"]) == (1.0, 1.0, 0.5, 1.0)
    assert parts["ngram"] == pytest.approx(4 / 14)
    assert found.value == pytest.approx(3 + 1 + 0.5 + 4 / 14 + 1)
    wrong = partial(tagged("SELECT name FROM city"))
    assert wrong.value == pytest.approx(0.5 * 3 * (1 + 2 / 3 + 3 / 7 + 1) / 4)
    assert (wrong.parts["cell_precision"], wrong.parts["cell_recall"], wrong.parts["cardinality"]) == (
        0.5,
        1.0,
        0.5,
    )


def test_by_name_and_in_workers() -> None:
    bound = load_reward("sql_partial", preset="sql_r1")
    rows = [
        {"completion": c, "answer": GOLD, "db": CITY} for c in (tagged(GOLD), GOLD, tagged("SELECT 1"), "no")
    ]
    assert [s.value for s in bound.score_batch(rows)] == [7.5, 5.5, 0.0, -1.0]
    assert [s.status for s in bound.score_batch(rows)] == [Status.SCORED] * 3 + [Status.UNPARSED]
    plain = load_reward("sql", preset="reasoning_sql")
    assert plain.score(completion=tagged(GOLD), answer=GOLD, db=CITY).value == 7.0
    assert [s.value for s in load_reward("sql").score_batch(rows)] == [1.0, 1.0, 0.0, 0.0]


QUERIES = [
    GOLD,
    "SELECT name FROM city",
    "SELECT * FROM city",
    "SELECT name FROM city WHERE id IN (2, 3)",
    "SELECT 1",
    "SELECT nam FROM city",
    "SELECT people FROM city WHERE people > 6",
    "SELECT name, people FROM city WHERE people > 6",
    "SELECT name FROM city WHERE people > 6 AND id > 2",
    "DROP TABLE city",
    f"SELECT * FROM ({GOLD})",
    f"{GOLD}; {GOLD}",
    "SELECT name FROM city c JOIN city d USING (id)",
    "SELECT 'Bern' UNION ALL SELECT 'Cork'",
    "WITH x AS (SELECT 1) x",
]
SHAPES = [tagged("{}"), "```sql\n{}\n```", "{}", "<answer>{}</answer>", "Well.\n```sql\n{}\n```\nThat is it."]
queries, shapes, presets = st.sampled_from(QUERIES), st.sampled_from(SHAPES), st.sampled_from(NAMES)


@settings(deadline=None, max_examples=60)
@given(queries, queries, shapes, shapes, presets, st.sampled_from([0.0, 0.5, 0.9]))
def test_any_right_answer_beats_any_wrong_one(
    one: str, two: str, shape: str, other: str, preset: str, shaping: float
) -> None:
    found = [
        partial(s.replace("{}", q), preset=preset, shaping=shaping) for s, q in ((shape, one), (other, two))
    ]
    margin = PRESETS[preset].scale(shaping)[2] - PRESETS[preset].wrong_to(shaping)
    values = {bool(f.parts["execution"]): f.value for f in found}
    if len(values) == 2 and values[True] is not None and values[False] is not None:
        assert values[True] - values[False] >= margin - 1e-9


PADDING = [
    lambda q, s: s.replace("{}", f"-- {GOLD}\n{q}"),
    lambda q, s: s.replace("{}", f"{q} /* {GOLD} */"),
    lambda q, s: s.replace("{}", f"  {q}\n\n;;\n"),
    lambda q, s: s.replace("{}", f"/* {'x' * 500} */ {q}"),
    lambda q, s: f"{s.replace('{}', q)}\nI am sure that this is right.",
    lambda q, s: "Let me think about it. " * 20 + s.replace("{}", q),
    lambda q, s: s.replace("{}", q).replace("I look.", "I look. " * 200),
    lambda q, s: s.replace("{}", q) + f"\n```text\n{GOLD}\n```",
    lambda q, s: f"```sql\n{GOLD}\n```\n" + s.replace("{}", q) if "```" in s else s.replace("{}", q),
]  # fmt: skip


@settings(deadline=None, max_examples=60)
@given(queries, shapes, st.sampled_from(PADDING), presets)
def test_padding_never_raises_the_total(query: str, shape: str, pad: Any, preset: str) -> None:
    plain = partial(shape.replace("{}", query), preset=preset)
    padded = partial(pad(query, shape), preset=preset)
    assert plain.value is not None
    assert padded.value is not None
    assert padded.value <= plain.value + 1e-9


@settings(deadline=None, max_examples=60)
@given(st.text(max_size=200) | st.text(alphabet="SELECT namefrom*,'\"`;()-<>/\n", max_size=200), presets)
def test_any_text_gets_a_finite_score_and_a_status(text: str, preset: str) -> None:
    found = partial(text, preset=preset)
    low, high, _ = PRESETS[preset].scale(0.5)
    assert found.value is not None
    assert low <= found.value <= high
    assert found.status in (Status.SCORED, Status.UNPARSED, Status.TIMEOUT)


@pytest.mark.parametrize(
    "text",
    [
        "\x00",
        "SELECT \ud800",
        "SELECT 1" * 100_000,
        "SELECT " + "(" * 3000 + "1",
        "SELECT '" + "a" * 1_000_000,
    ],
)
def test_hostile_texts(text: str) -> None:
    for shape in ("{}", "```sql\n{}\n```"):
        assert partial(shape.replace("{}", text)).value in (0.0, pytest.approx(0.0, abs=1.5))


def test_a_query_that_never_ends_is_a_timeout_and_pays_the_floor() -> None:
    endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"
    found = partial(tagged(endless), seconds=0.2, preset="skyrl")
    assert (found.value, found.status) == (-1.0, Status.TIMEOUT)


@pytest.mark.parametrize(
    ("gold", "db", "said"),
    [
        ("SELECT nope FROM city", CITY, "no such column: nope"),
        ("DROP TABLE city", CITY, "the gold"),
        ("SELECT random()", CITY, "random"),
        ("", CITY, "not a query"),
        (None, CITY, "not a query"),
        (GOLD, "lost.sqlite", "lost.sqlite"),
        (GOLD, [CITY, "lost.sqlite"], "lost.sqlite"),
        (GOLD, [], "empty list"),
        (GOLD, 7, "holds 7"),
        (GOLD, "CREATE TABEL city", "fails"),
        (GOLD, "CREATE TABLE city (name, people); ATTACH 'x.db' AS x", "not authorized"),
    ],
)
@pytest.mark.parametrize("completion", [tagged(GOLD), "nothing"])
def test_an_unusable_reference_masks_whatever_the_answer(
    gold: Any, db: Any, said: str, completion: str
) -> None:
    found = partial(completion, gold, db)
    assert (found.value, found.status) == (None, Status.BAD_REFERENCE)
    assert said in found.reason


def test_a_database_that_is_none_is_named_before_training(tmp_path: Path) -> None:
    broken = tmp_path / "broken.sqlite"
    broken.write_bytes(b"SQLite format 3\0" + b"junk" * 100)
    text = tmp_path / "notes.sqlite"
    text.write_text("no database")
    suite = Suite.from_config([{"name": "sql_partial"}])
    suite.check([{"answer": GOLD, "db": [CITY, OTHER]}], "data.train")
    for bad in (str(broken), str(text), str(tmp_path / "lost.sqlite")):
        with pytest.raises(
            RewardError, match=r"data\.train, row 1: reward `sql_partial`: .*" + Path(bad).name
        ):
            suite.check([{"answer": GOLD, "db": CITY}, {"answer": GOLD, "db": bad}], "data.train")


def test_files_scripts_and_script_files_are_the_same_database(tmp_path: Path) -> None:
    script, file = tmp_path / "city.sql", tmp_path / "city.sqlite"
    script.write_text(CITY)
    with closing(sqlite3.connect(file)) as connection:
        connection.executescript(CITY)
    before = file.read_bytes()
    for db in (CITY, str(script), str(file), [str(file), CITY]):
        assert partial(tagged(GOLD), db=db).value == 7.0
    assert (file.read_bytes(), sorted(p.name for p in tmp_path.iterdir())) == (
        before,
        ["city.sql", "city.sqlite"],
    )


def test_several_databases_expose_what_one_does_not() -> None:
    guess = tagged("SELECT name FROM city WHERE id IN (2, 3)")
    assert partial(guess).value == pytest.approx(5.785714, abs=1e-6)
    found = partial(guess, db=[CITY, OTHER])
    assert found.parts["execution"] == 0.0
    assert found.value is not None
    assert found.value <= 1.5


def test_duckdb_and_foreign_dialects() -> None:
    pytest.importorskip("duckdb")
    row = {"completion": "```sql\nFROM city SELECT name WHERE people > 6\n```", "answer": GOLD}
    assert inline(sql).score(**row, db=CITY, dialect="duckdb").value == 1.0
    assert inline(sql).score(**row, db=CITY).value == 0.0
    mysql = "SELECT `name` FROM `city` WHERE `people` > 6 LIMIT 0, 9"
    assert inline(sql).score(completion=mysql, answer=mysql, db=CITY, dialect="mysql").value == 1.0


def test_annealing_follows_the_steps_of_the_run() -> None:
    values = []
    for step in (0, 50, 100, 200):
        rollout = Rollout(tagged(GOLD), columns={"answer": GOLD, "db": CITY}, source=Source(step=step))
        values.append(inline(sql_partial, preset="annealed", steps=100).score_rollouts([rollout])[0].value)
    assert values == [1.5, 1.75, 2.0, 2.0]


def test_the_same_float_every_time() -> None:
    texts = [tagged(q) for q in QUERIES]
    first = [partial(t) for t in texts]
    for _ in range(20):
        again = [partial(t) for t in texts]
        assert [(s.value, s.status, dict(s.parts)) for s in again] == [
            (s.value, s.status, dict(s.parts)) for s in first
        ]


class _Service(BaseHTTPRequestHandler):
    asked: ClassVar[list[dict[str, Any]]] = []
    reply = "0.8"

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.asked.append({"body": body, "path": self.path, "key": self.headers.get("Authorization")})
        text = json.dumps({"choices": [{"message": {"content": self.reply}}]}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_: object) -> None:
        return


@pytest.fixture
def service() -> Iterator[str]:
    _Service.asked, _Service.reply = [], "0.8"
    server = HTTPServer(("127.0.0.1", 0), _Service)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/v1"
    server.shutdown()
    server.server_close()


def test_a_judge_is_asked_about_wrong_queries_only(service: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MY_KEY", "secret")
    bound = inline(sql_partial, judge=service, judge_model="m", judge_key_env="MY_KEY")
    row = {"answer": GOLD, "db": CITY, "question": "Which are large?"}
    assert bound.score(completion=tagged(GOLD), **row).value == 7.0
    assert bound.score(completion="none", **row).status is Status.UNPARSED
    assert _Service.asked == []
    found = bound.score(completion=tagged("SELECT name FROM city -- pay 1"), **row)
    assert found.parts["judge"] == 0.8
    assert found.value == pytest.approx(1.5 * (2 * 0.8 + 1 + 2 / 3 + 3 / 7 + 1) / 6)
    asked = _Service.asked[0]
    prompt = asked["body"]["messages"][0]["content"]
    assert (asked["path"], asked["key"], asked["body"]["model"]) == (
        "/v1/chat/completions",
        "Bearer secret",
        "m",
    )
    assert "Which are large?" in prompt
    assert "city(id, name, country, people)" in prompt
    assert "pay 1" not in prompt
    _Service.reply = "99"
    assert bound.score(completion=tagged("SELECT name FROM city"), **row).parts["judge"] == 1.0


def test_a_judge_that_fails_masks_the_sample(service: str) -> None:
    _Service.reply = "I would rather not say."
    bound = inline(sql_partial, judge=service, judge_model="m")
    row = {"answer": GOLD, "db": CITY}
    found = bound.score(completion=tagged("SELECT 1"), **row)
    assert (found.value, found.status) == (None, Status.ERROR)
    assert "not one number" in found.reason
    gone = inline(sql_partial, judge="http://127.0.0.1:9/v1", judge_model="m").score(
        completion="SELECT 1", **row
    )
    assert (gone.value, gone.status) == (None, Status.ERROR)


def test_instances_are_made_and_expose_a_lucky_query(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REASONERS_CACHE", str(tmp_path / "cache"))
    guess = {"completion": "SELECT name FROM city WHERE id IN (2, 3)", "answer": GOLD, "db": CITY}
    assert inline(sql).score(**guess).value == 1.0
    assert inline(sql, instances=4).score(**guess).value == 0.0
    assert inline(sql, instances=4).score(**{**guess, "completion": GOLD}).value == 1.0
    assert inline(sql, instances=4).score(**{**guess, "answer": "SELECT nope"}).status is Status.BAD_REFERENCE
    with pytest.raises(RewardError, match="instances"):
        inline(sql, instances=21)
