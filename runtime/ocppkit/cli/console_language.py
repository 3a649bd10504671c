"""What is typed at the console: the commands of the control protocol in a person's spelling.

A line is a word and values: ``plug 1 2 current_a=16``. Values without a name go to the parameters
in their order; the fields of an object are given by name, like any other value.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any

from attrs import frozen
from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document

from ocppkit.control.commands import COMMANDS, Command
from ocppkit.control.errors import CommandFailed, ErrorCode
from ocppkit.control.parameters import Kind, Parameter, typed
from ocppkit.station.settings.mistakes import nearest

__all__ = [
    "OWN_WORDS",
    "ConsoleCompleter",
    "OwnWord",
    "Typed",
    "command_words",
    "in_words",
    "own_words",
    "read_line",
    "unknown_word",
    "usage",
]


@frozen
class OwnWord:
    """A word that only the console knows.

    Attributes:
        shape: what follows it.
        about: what it does.
        needs: the command that it stands on; empty for none.
    """

    shape: str
    about: str
    needs: str = ""


OWN_WORDS = {
    "help": OwnWord("[WORD]", "What there is to type, or more about one word."),
    "start": OwnWord(
        "[TOKEN] [EVSE]", "Present a token where no transaction is under way.", "present_token"
    ),
    "stop": OwnWord(
        "[EVSE]", "Present the token of the transaction that is under way.", "present_token"
    ),
    "trace": OwnWord("on|off", "Show the OCPP messages as they pass."),
}
"""What only the console knows."""

_NAMES = re.compile(rf"\b({'|'.join(name for name, each in COMMANDS.items() if each.words)})\b")
_NAMED = re.compile(r"[a-z_]+=")
_FOR_PROGRAMS = frozenset({"subscribe", "host_reply", "set_host_handler"})


@frozen(kw_only=True)
class Typed:
    """A line that was understood.

    Attributes:
        word: a command's name, or one of the console's own words.
        args: for a command.
        words: what followed one of the console's own words.
    """

    word: str
    args: dict[str, Any]
    words: tuple[str, ...] = ()


def command_words(capabilities: Iterable[str]) -> dict[str, Command]:
    """The commands by what they are called at the console."""
    return {
        word: command
        for name in capabilities
        if name not in _FOR_PROGRAMS
        for command in (COMMANDS[name],)
        for word in command.words or (name,)
    }


def own_words(capabilities: Collection[str]) -> dict[str, OwnWord]:
    """The console's own words that work at a station."""
    return {
        word: each
        for word, each in OWN_WORDS.items()
        if not each.needs or each.needs in capabilities
    }


def in_words(message: str) -> str:
    """A message with the commands as they are called at the console."""
    return _NAMES.sub(lambda found: COMMANDS[found[0]].words[0], message)


def unknown_word(word: str) -> CommandFailed:
    """There is no such word; which one may be meant."""
    near = nearest(word, [*command_words(COMMANDS), *OWN_WORDS])
    hint = "try help" if near is None else f"did you mean {near}?"
    return CommandFailed(ErrorCode.UNKNOWN_COMMAND, f"there is no command {word!r}: {hint}")


def read_line(line: str) -> Typed | None:
    """Read a line; None for a blank one.

    A command may stand by its name in the protocol, too.

    Raises:
        CommandFailed: it is not understood.
    """
    try:
        words = shlex.split(line, comments=True)
    except ValueError as error:
        raise CommandFailed(ErrorCode.BAD_ARGS, f"not understood: {error}") from None
    if not words:
        return None
    word, *rest = words
    if word in OWN_WORDS:
        return Typed(word=word, args={}, words=tuple(rest))
    command = command_words(COMMANDS).get(word) or COMMANDS.get(word)
    if command is None:
        raise unknown_word(word)
    return Typed(word=command.name, args=_arguments(command, rest))


def usage(command: Command, word: str, *, briefly: bool = False) -> str:
    """How a command is typed.

    Args:
        command: which.
        word: what it is called.
        briefly: without the fields of objects.
    """
    shapes = (
        f"[{each.name.upper()}...]" if briefly and each.spread else _shape(each)
        for each in command.parameters
    )
    return " ".join([word, *shapes])


class ConsoleCompleter(Completer):
    """Completes words, names of values, and values of which there is a closed list."""

    def __init__(self, capabilities: Sequence[str]) -> None:
        self._commands = command_words(capabilities)
        self._own = own_words(capabilities)

    def get_completions(
        self,
        document: Document,
        complete_event: CompleteEvent,  # noqa: ARG002  # prompt_toolkit's signature
    ) -> Iterator[Completion]:
        """What may stand at the cursor."""
        *before, current = document.text_before_cursor.lstrip().split(" ")
        for text, meaning in self._candidates(before, current):
            if text.startswith(current):
                yield Completion(text, start_position=-len(current), display_meta=meaning)

    def _candidates(self, before: Sequence[str], current: str) -> Iterator[tuple[str, str]]:
        if not before:
            for word, command in sorted(self._commands.items()):
                yield word, command.about
            for word, own in self._own.items():
                yield word, own.about
            return
        word = before[0]
        if word == "trace":
            yield from (("on", "show them"), ("off", "show them no more"))
        elif word == "help":
            yield from ((each, command.about) for each, command in self._commands.items())
            yield from ((each, own.about) for each, own in self._own.items())
        elif word in self._commands:
            yield from self._values(self._commands[word], len(before) - 1, current)

    def _values(self, command: Command, position: int, current: str) -> Iterator[tuple[str, str]]:
        name, equals, _ = current.partition("=")
        if equals:
            for parameter in _all(command.parameters):
                if parameter.name == name:
                    yield from ((f"{name}={value}", "") for value in _known_values(parameter))
            return
        if position < len(command.parameters):
            here = command.parameters[position]
            yield from ((value, here.about) for value in _known_values(here))
        for parameter in _all(command.parameters):
            unit = f", in {parameter.unit}" if parameter.unit else ""
            yield f"{parameter.name}=", f"{parameter.about}{unit}"


def _all(parameters: Iterable[Parameter]) -> Iterator[Parameter]:
    """The parameters, and for an object its fields."""
    for parameter in parameters:
        yield from parameter.spread or (parameter,)


def _known_values(parameter: Parameter) -> tuple[str, ...]:
    if parameter.kind is Kind.BOOLEAN:
        return ("on", "off")
    return parameter.choices


def _arguments(command: Command, words: Iterable[str]) -> dict[str, Any]:
    own = {parameter.name: parameter for parameter in command.parameters}
    inner = {
        each.name: (parameter, each)
        for parameter in command.parameters
        for each in parameter.spread
    }
    args: dict[str, Any] = {}
    unnamed = []
    for word in words:
        name, equals, text = word.partition("=")
        if equals and name in own:
            args[name] = typed(own[name], text)
        elif equals and name in inner:
            parent, field = inner[name]
            args.setdefault(parent.name, {})[name] = typed(field, text)
        else:
            unnamed.append(word)
    free = [each for each in command.parameters if each.name not in args]
    _place(unnamed, free, args, names=[each.name for each in _all(command.parameters)])
    for parameter in command.parameters:
        if parameter.assumed is not None:
            args.setdefault(parameter.name, parameter.assumed)
    return args


def _place(
    words: Sequence[str], free: Sequence[Parameter], args: dict[str, Any], *, names: Sequence[str]
) -> None:
    """Give values without a name to parameters: ``power 7400`` means the power, not the EVSE."""
    needed = [each for each in free if each.required and each.assumed is None]
    waiting = list(needed if len(words) <= len(needed) else free)
    for word in words:
        parameter = next((each for each in waiting if _may_be(each, word)), None)
        if parameter is None:
            raise CommandFailed(ErrorCode.BAD_ARGS, _too_much(word, names))
        waiting = waiting[waiting.index(parameter) + 1 :]
        args[parameter.name] = typed(parameter, word)


def _may_be(parameter: Parameter, word: str) -> bool:
    """Whether a value is meant for a parameter: what is assumed anyway may be passed over.

    The fields of an object are given by name, and what has a name is no choice of a list.
    """
    if parameter.spread:
        return word.startswith("{")
    if parameter.choices and _NAMED.match(word):
        return False
    if parameter.assumed is None:
        return True
    try:
        parameter.read(typed(parameter, word))
    except CommandFailed:
        return False
    return True


def _too_much(word: str, names: Sequence[str]) -> str:
    name, equals, _ = word.partition("=")
    if equals and names:
        return f"{name}: unknown; there are {', '.join(names)}"
    return f"{word}: too much"


def _shape(parameter: Parameter) -> str:
    if parameter.spread:
        return " ".join(f"[{field.name}=]" for field in parameter.spread)
    name = parameter.name.upper()
    return name if parameter.required and parameter.assumed is None else f"[{name}]"
