"""Values that cost next to nothing to define: a hundred classes of them are imported before anything else can run.

`dataclasses` writes and compiles six methods for each class at once, which was half of the core's import. Here they
are shared, but for the constructor, which is written when a class is called for the first time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from operator import attrgetter
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn, TypeVar, dataclass_transform

if TYPE_CHECKING:
    from dataclasses import replace as replace  # it is checked as theirs is

T = TypeVar("T")
_UNSET: Any = object()
_OF_PLAIN_CLASSES = frozenset({"__dict__", "__weakref__"})


class Field(NamedTuple):
    """How a field begins; see `field`."""

    default: Any
    default_factory: Any
    init: bool
    repr: bool


def field(*, default: Any = _UNSET, default_factory: Any = _UNSET, init: bool = True, repr: bool = True) -> Any:
    """Say of a field what `dataclasses.field` says. One without `init` is set in `__post_init__`, and not compared."""
    return Field(default, default_factory, init, repr)


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def value(cls: type[T]) -> type[T]:
    """Make what a frozen dataclass with slots is: immutable, and equal to another that holds the same."""
    common, held = _common(cls)

    def __hash__(self: T) -> int:
        return hash(held(self))

    unchanging = {"__hash__": __hash__, "__setattr__": _refuse, "__delattr__": _refuse}
    return _slotted(cls, common | unchanging, "_set_{0}(self, {1})")


@dataclass_transform(field_specifiers=(field,))
def record(cls: type[T]) -> type[T]:
    """Make what a dataclass with slots is: its fields change, so that it has no hash."""
    common, _ = _common(cls)
    return _slotted(cls, common | {"__hash__": None}, "self.{0} = {1}")


def names_of(cls: type) -> tuple[str, ...]:
    """Return the names of the fields that a class's constructor takes."""
    names: tuple[str, ...] = vars(cls)["__match_args__"]
    return names


if not TYPE_CHECKING:

    def replace(one, /, **changes):
        """Return a value that differs in some fields."""
        return type(one)(**{name: getattr(one, name) for name in one.__match_args__} | changes)


def _refuse(self: object, name: str, _: object = None) -> NoReturn:
    from dataclasses import FrozenInstanceError

    raise FrozenInstanceError(f"{type(self).__name__}.{name} cannot be changed")


def _fields_of(cls: type) -> dict[str, Field]:
    """Return the fields that a class's annotations declare."""
    space = vars(cls)
    return {name: _field_of(space.get(name, _UNSET)) for name in space.get("__annotations__", ())}


def _field_of(default: Any) -> Field:
    return default if isinstance(default, Field) else Field(default, _UNSET, init=True, repr=True)


def _common(cls: type) -> tuple[dict[str, Any], Callable[[Any], object]]:
    """Return what values and records have in common, and what tells all that one holds."""
    fields = _fields_of(cls)
    names = tuple(name for name, one in fields.items() if one.init)
    shown = tuple(name for name in names if fields[name].repr)
    held: Callable[[Any], object] = attrgetter(*names) if names else lambda _: ()

    def __eq__(self: Any, other: Any) -> bool:
        return held(self) == held(other) if type(other) is type(self) else NotImplemented

    def __repr__(self: Any) -> str:
        return f"{cls.__qualname__}({', '.join(f'{name}={getattr(self, name)!r}' for name in shown)})"

    return {"__eq__": __eq__, "__repr__": __repr__, "__match_args__": names}, held


def _slotted(cls: type[T], common: Mapping[str, Any], setting: str) -> type[T]:
    """Make the class anew with slots, which a class has from its beginning or never."""
    fields = _fields_of(cls)

    def __init__(self: T, *args: Any, **kwargs: Any) -> None:
        written = _constructor(made, fields, setting)
        setattr(made, "__init__", written)  # noqa: B010 - to a type checker, methods stay as they are
        written(self, *args, **kwargs)

    own = {name: one for name, one in vars(cls).items() if name not in fields and name not in _OF_PLAIN_CLASSES}
    space = {"__init__": __init__, **common, **own, "__slots__": tuple(fields), "__dataclass_fields__": _Told(fields)}
    kind: Any = type(cls)
    made: type[T] = kind(cls.__name__, cls.__bases__, space)
    made.__qualname__ = cls.__qualname__
    return made


def _constructor(cls: type, fields: Mapping[str, Field], setting: str) -> Callable[..., None]:
    """Write and compile the constructor of a class."""
    known: dict[str, Any] = {"_UNSET": _UNSET}
    parameters, lines = ["self"], []
    for name, one in fields.items():
        given, parameter, fresh = name, name, ""
        if one.default_factory is not _UNSET:
            known[f"_new_{name}"] = one.default_factory
            fresh = f"_new_{name}()"
            given, parameter = f"{fresh} if {name} is _UNSET else {name}", f"{name}=_UNSET"
        elif one.default is not _UNSET:
            known[f"_default_{name}"] = one.default
            fresh, parameter = f"_default_{name}", f"{name}=_default_{name}"
        known[f"_set_{name}"] = vars(cls)[name].__set__  # it goes past the class's own `__setattr__`
        if one.init:
            parameters.append(parameter)
            lines.append(setting.format(name, given))
        elif fresh:
            lines.append(setting.format(name, fresh))
    if "__post_init__" in vars(cls):
        lines.append("self.__post_init__()")
    exec(f"def __init__({', '.join(parameters)}):\n    " + "\n    ".join(lines or ["pass"]), known)
    written: Callable[..., None] = known["__init__"]
    return written


class _Told:
    """Tells `dataclasses` the fields of a class when they are asked for, so that its functions take its values."""

    def __init__(self, fields: Mapping[str, Field]) -> None:
        self._fields = fields

    def __get__(self, instance: object, owner: type) -> Mapping[str, Any]:
        import dataclasses

        described = []
        for name, one in self._fields.items():
            given = {key: each for key, each in one._asdict().items() if each is not _UNSET}
            described.append((name, owner.__annotations__[name], dataclasses.field(**given, compare=one.init)))
        twin = dataclasses.make_dataclass(owner.__name__, described, eq=False, repr=False)
        fields: Mapping[str, Any] = vars(twin)["__dataclass_fields__"]
        setattr(owner, "__dataclass_fields__", fields)  # noqa: B010 - it is asked for once
        return fields
