"""The part of EEL2 (the language of REAPER's JSFX) in which our effects are written, read into a tree and put into Python or Lua.

So there is one text an effect: REAPER runs it, Ardour runs its Lua, and the null test runs its Python against pedalboard. The part:
numbers, `$pi`, variables, one memory of numbers (`buffer[i]`: the cell at `buffer + i`), `spl(channel)`, arithmetic, comparisons, `&&`,
`||`, `!`, calls of mathematical functions, assignments (also `+=`, `-=`, `*=`), `condition ? ( ... ) : ( ... );`, `loop(count, ...);`, and
`single(x)`: x rounded to 32 bits, which an effect defines in EEL2 itself.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Union

from shared_engine.errors import InputError

TOKEN = re.compile(r"\s+|//[^\n]*|(?P<token>\$?\w+(?:\.\d*)?|\.\d+|[-+*]=|[<>=!]=|&&|\|\||[-+*/%^<>!?:;,()\[\]=])")
LEVELS = (("||",), ("&&",), ("==", "!="), ("<", ">", "<=", ">="), ("+", "-"), ("*", "/", "%"), ("^",))
DEFINITION = re.compile(r"function single\(x\)[^;]*;[^;]*;\s*\);")
FUNCTIONS = ("single", "sin", "cos", "tan", "exp", "log", "sqrt", "abs", "floor", "min", "max")


@dataclass(frozen=True)
class Number:
    text: str


@dataclass(frozen=True)
class Name:
    name: str


@dataclass(frozen=True)
class Cell:
    """`base[index]`, or `spl(index)` where the base is `spl`."""

    base: str
    index: "Expression"


@dataclass(frozen=True)
class Call:
    function: str
    arguments: tuple["Expression", ...]


@dataclass(frozen=True)
class Operation:
    """Of one operand (`left` is None) or two."""

    operator: str
    left: Union["Expression", None]
    right: "Expression"


Expression = Number | Name | Cell | Call | Operation


@dataclass(frozen=True)
class Assign:
    target: Name | Cell
    value: Expression


@dataclass(frozen=True)
class Choose:
    condition: Expression
    then: tuple["Statement", ...]
    otherwise: tuple["Statement", ...]


@dataclass(frozen=True)
class Loop:
    count: Expression
    body: tuple["Statement", ...]


Statement = Assign | Choose | Loop


def parse(text: str) -> tuple[Statement, ...]:
    """The statements of one section. InputError for what is not of this part of the language."""
    return _Parser(text).statements("")


class _Parser:
    def __init__(self, text: str) -> None:
        self.tokens = list(_tokens(DEFINITION.sub("", text)))
        self.at = 0

    def statements(self, end: str) -> tuple[Statement, ...]:
        found = []
        while self.peek() != end:
            found.append(self.statement())
            if self.peek() == ";":
                self.take(";")
        return tuple(found)

    def statement(self) -> Statement:
        if self.peek() == "loop":
            self.take("loop")
            self.take("(")
            count = self.expression()
            self.take(",")
            body = self.statements(")")
            self.take(")")
            return Loop(count, body)
        left = self.expression()
        if self.peek() == "?":
            self.take("?")
            then = self.block()
            otherwise: tuple[Statement, ...] = ()
            if self.peek() == ":":
                self.take(":")
                otherwise = self.block()
            return Choose(left, then, otherwise)
        sign = self.take()
        if not isinstance(left, Name | Cell) or sign not in ("=", "+=", "-=", "*="):
            raise InputError(f"EEL: {sign!r} after {left} is no statement", "Write assignments, choices and loops only.")
        value = self.expression()
        return Assign(left, value if sign == "=" else Operation(sign[0], left, value))

    def block(self) -> tuple[Statement, ...]:
        self.take("(")
        body = self.statements(")")
        self.take(")")
        return body

    def expression(self, level: int = 0) -> Expression:
        if level == len(LEVELS):
            return self.unary()
        left = self.expression(level + 1)
        while self.peek() in LEVELS[level]:
            operator = self.take()
            left = Operation(operator, left, self.expression(level + 1))
        return left

    def unary(self) -> Expression:
        if self.peek() in ("-", "!"):
            return Operation(self.take(), None, self.unary())
        token = self.take()
        if token == "(":
            inner = self.expression()
            self.take(")")
            return inner
        if token[0].isdigit() or token[0] == ".":
            return Number(token)
        if token == "$pi":
            return Number(repr(3.141592653589793))
        if not token.isidentifier():
            raise InputError(f"EEL: {token!r} is out of place", "See the part of the language that eel.py names.")
        if self.peek() == "[":
            self.take("[")
            index = self.expression()
            self.take("]")
            return Cell(token, index)
        if self.peek() != "(":
            return Name(token)
        self.take("(")
        arguments = [self.expression()]
        while self.peek() == ",":
            self.take(",")
            arguments.append(self.expression())
        self.take(")")
        if token == "spl":
            return Cell(token, arguments[0])
        if token not in FUNCTIONS:
            raise InputError(f"EEL: there is no function {token!r}", f"Use {', '.join(FUNCTIONS)}.")
        return Call(token, tuple(arguments))

    def peek(self) -> str:
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def take(self, wanted: str | None = None) -> str:
        token = self.peek()
        if not token or (wanted and token != wanted):
            raise InputError(f"EEL: {wanted or 'something'} is missing before {token or 'the end'!r}", "Correct the effect's text.")
        self.at += 1
        return token


def _tokens(text: str) -> Iterator[str]:
    at = 0
    while at < len(text):
        match = TOKEN.match(text, at)
        if not match:
            raise InputError(f"EEL: {text[at : at + 10]!r} cannot be read", "Correct the effect's text.")
        at = match.end()
        if match.group("token"):
            yield match.group("token")


def assigned(statements: Sequence[Statement]) -> set[str]:
    """The variables that a section gives a value."""
    found: set[str] = set()
    for one in statements:
        if isinstance(one, Assign):
            found |= {one.target.name} if isinstance(one.target, Name) else set()
        elif isinstance(one, Loop):
            found |= assigned(one.body)
        else:
            found |= assigned(one.then) | assigned(one.otherwise)
    return found


@dataclass(frozen=True)
class Dialect:
    """How another language writes what EEL says. `operators` are those that differ; loops count with a variable of their own."""

    operators: dict[str, str]
    functions: dict[str, str]
    memory: str
    samples: str
    loop: str
    condition: str
    otherwise: str
    end: str
    empty: str

    def expression(self, one: Expression) -> str:
        if isinstance(one, Number):
            return one.text
        if isinstance(one, Name):
            return one.name
        if isinstance(one, Cell):
            index = self.expression(one.index)
            return self.samples.format(index) if one.base == "spl" else self.memory.format(f"{one.base} + {index}")
        if isinstance(one, Call):
            return f"{self.functions[one.function]}({', '.join(map(self.expression, one.arguments))})"
        operator = self.operators.get(one.operator, one.operator)
        if one.left is None:
            return f"({operator}{self.expression(one.right)})"
        return f"({self.expression(one.left)} {operator} {self.expression(one.right)})"

    def statements(self, statements: Sequence[Statement], indent: str = "", depth: int = 0) -> list[str]:
        lines: list[str] = []
        for one in statements:
            if isinstance(one, Assign):
                lines.append(f"{indent}{self.expression(one.target)} = {self.expression(one.value)}")
                continue
            if isinstance(one, Loop):
                opening = self.loop.format(counter=f"turn{depth}", count=self.expression(one.count))
                parts = [(opening, one.body)]
            else:
                parts = [(self.condition.format(self.expression(one.condition)), one.then)]
                if one.otherwise:
                    parts.append((self.otherwise, one.otherwise))
            for opening, body in parts:
                lines.append(indent + opening)
                lines += self.statements(body, indent + "    ", depth + 1) or [indent + "    " + self.empty]
            if self.end:
                lines.append(indent + self.end)
        return lines


PYTHON = Dialect(
    operators={"^": "**", "&&": "and", "||": "or", "!": "not "},
    functions={name: name if name in ("abs", "min", "max", "single") else f"math.{name}" for name in FUNCTIONS},
    memory="memory[int({})]",
    samples="spl[int({})]",
    loop="for {counter} in range(int({count})):",
    condition="if {}:",
    otherwise="else:",
    end="",
    empty="pass",
)
LUA = Dialect(
    operators={"&&": "and", "||": "or", "!": "not ", "!=": "~="},
    functions={name: name if name == "single" else f"math.{name}" for name in FUNCTIONS},
    memory="memory[{} + 1]",
    samples="spl[{} + 1]",
    loop="for {counter} = 1, {count} do",
    condition="if {} then",
    otherwise="else",
    end="end",
    empty="-- nothing",
)
