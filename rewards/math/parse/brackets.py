r"""What stands between brackets: groups, lists, sets and set-builders, bars, floors, vectors, matrices and cases."""

from __future__ import annotations

from rewards.math.parse.cursor import Cursor
from rewards.math.parse.vocabulary import ALIGNED, MATRICES
from rewards.math.tree import Call, Matrix, NamedSet, Node, Pow, Sequence, SetBuilder, Symbol, Where
from rewards.math.verdict import Unreadable


class Brackets(Cursor):
    """Rules that begin with an opening sign."""

    __slots__ = ()

    def group(self) -> Node:
        """Read `{...}` of LaTeX as one value; a list in it is a set where nothing asks for an argument."""
        self.need("{")
        node = self.body()
        self.need("}")
        return node

    def body(self) -> Node:
        r"""Read what a group holds, `a \over b` included."""
        return self.inside()

    def argument(self) -> Node:
        """Read the argument of a command: a group, or the next value alone."""
        return self.group() if self.token.kind == "{" else self.factor_alone()

    def factor_alone(self) -> Node:
        """Read one value without powers."""
        raise NotImplementedError

    def bracket(self) -> Node:
        """Read from an opening bracket to its closing one."""
        start, opening = self.at, self.step().text
        if opening in ("floor", "ceil"):
            node = self.inside()
            self.need("close")
            return Call(opening, (node,))
        if opening == "<":
            return self.vector()
        if opening == "{":
            return self.braces()
        if self.token.kind == "close":
            self.step()
            return Sequence((), opening, "]" if opening == "[" else ")")
        node = self.inside()
        if self.token.kind != "close":
            raise self.unexpected("in brackets")
        closing = self.step().text
        if opening == "[" and closing == "]" and self._row_of_one(start, node):
            return Sequence((node,), "[", "]")
        return _bracketed(node, opening, closing)

    def _row_of_one(self, start: int, node: Node) -> bool:
        """Whether `[1]` is a row of `[[1], [2]]`, where `[x]` elsewhere only groups."""
        before, after = self.tokens[start - 1] if start else self.token, self.token
        beside = before.text == "[" or (before.kind == "," and self.tokens[start - 2].text == "]")
        return beside and after.text in (",", "]") and not isinstance(node, Sequence)

    def vector(self) -> Node:
        """Read `<1, 2>` behind its opening sign."""
        node = self.inside(vectors=True)
        if not (self.take("close", ">") or self.take("rel", ">")):
            raise self.unexpected("in a vector")
        return Sequence(items_of(node), "<", ">")

    def braces(self) -> Node:
        """Read a set behind its opening brace."""
        if self.token.kind in ("close", "}"):
            self.step()
            return NamedSet("empty")
        node = self.inside(in_set=True)
        if self.token.kind in ("bar", ":"):
            self.step()
            node = SetBuilder(node, self.inside())
        if self.token.kind not in ("close", "}"):
            raise self.unexpected("in a set")
        self.step()
        return node if isinstance(node, SetBuilder) else Sequence(items_of(node), "{", "}")

    def absolute(self) -> Node:
        """Read `|x|`, or a determinant."""
        self.step()
        node = self.inside(bars=True)
        if self.token.kind not in ("bar", "norm"):
            raise self.unexpected("between bars")
        norm = self.step().kind == "norm"
        if isinstance(node, Matrix) and not norm:
            return Call("det", (node,))
        return Call("norm" if norm else "abs", (node,))

    def environment(self) -> Node:
        r"""Read `\begin{...}` to its end."""
        name = self.step().text
        self.deeper()
        rows = self._rows()
        self.depth -= 1
        if self.token.kind != "end_env" or self.token.text != name:
            raise self.unexpected(f"in {name}")
        self.step()
        if name == "cases" or name in ALIGNED:
            lines = [_case(row) for row in rows]
            if any(isinstance(line, Where) for line in lines):
                return Call("cases", tuple(lines))
            return lines[0] if len(lines) == 1 else Sequence(tuple(lines))
        if name not in MATRICES:
            raise Unreadable(f"unknown environment {name[:20]}")
        return _matrix(rows, name)

    def _rows(self) -> list[list[Node | None]]:
        rows: list[list[Node | None]] = []
        while self.token.kind != "end_env":
            if self.take("row"):
                continue
            row = [self._entry()]
            while self.take("amp"):
                row.append(self._entry())
            rows.append(row)
            if self.token.kind not in ("row", "end_env"):
                raise self.unexpected("in a row")
        if not rows:
            raise Unreadable("an environment without rows")
        return rows

    def _entry(self) -> Node | None:
        while self.token.kind == "cond":  # `if x > 0`
            self.step()
        return None if self.token.kind in ("amp", "row", "end_env") else self.inside()


def items_of(node: Node) -> tuple[Node, ...]:
    """Return the items of a bare list, or the node alone."""
    return node.items if isinstance(node, Sequence) and not node.opening else (node,)


def _bracketed(node: Node, opening: str, closing: str) -> Node:
    """Round brackets, or square ones, around one value only group it."""
    left = {"[": "[", "(": "(", "]": "("}.get(opening)
    right = {"]": "]", ")": ")", "[": ")"}.get(closing)
    if left is None or right is None:
        raise Unreadable(f"{opening} is closed by {closing}")
    items = items_of(node)
    if len(items) == 1 and not isinstance(node, Sequence):
        return node
    if len(items) == 1 and isinstance(node, Sequence) and node.opening:
        return Matrix((node.items,)) if (left, right, node.opening) == ("[", "]", "[") else node
    if left == "[" and right == "]" and all(isinstance(i, Sequence) and i.opening == "[" for i in items):
        rows = [i.items for i in items if isinstance(i, Sequence)]
        if len({len(row) for row in rows}) == 1 and rows[0]:
            return Matrix(tuple(rows))
    return Sequence(items, left, right)


def _case(row: list[Node | None]) -> Node:
    kept = [entry for entry in row if entry is not None]
    if not 1 <= len(kept) <= 2:
        raise Unreadable("a line of cases holds a value and its condition")
    return kept[0] if len(kept) == 1 else Where(kept[0], kept[1])


def _matrix(rows: list[list[Node | None]], name: str) -> Node:
    full = tuple(tuple(entry for entry in row if entry is not None) for row in rows)
    if (
        len({len(row) for row in rows}) != 1
        or len(full[0]) != len(rows[0])
        or len({len(row) for row in full}) != 1
    ):
        raise Unreadable("the rows of a matrix differ in length")
    return Call("det", (Matrix(full),)) if name == "vmatrix" else Matrix(full)


def transposed(node: Node) -> Node:
    """Return the transposed matrix; a bracketed row becomes a column."""
    if isinstance(node, Matrix):
        return Matrix(tuple(zip(*node.rows, strict=True)))
    if isinstance(node, Sequence) and node.opening in "([" and len(node.items) > 1:
        return Matrix(tuple((item,) for item in node.items))
    return Pow(node, Symbol("T"))
