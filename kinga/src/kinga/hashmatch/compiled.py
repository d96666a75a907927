"""Compile to machine code, and keep what was compiled where nobody else can change it.

numba loads compiled code from its cache as a pickle, so whoever can write there runs code here. The cache is
therefore a private folder of this user (``KINGA_CACHE``, else ``XDG_CACHE_HOME``/kinga, else ~/.cache/kinga),
refused when others have any right on it; without one, compiling is repeated in each process.
"""

# ruff: noqa: ARG001 - the arguments of an intrinsic are fixed by numba

import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

import numba
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

Function = TypeVar("Function", bound=Callable[..., Any])
LANES = 32  # how many 16-bit words `survivors` looks at together


def cache_folder() -> Path | None:
    """The private folder for compiled code, made if need be; None where there cannot be one."""
    named = os.environ.get("KINGA_CACHE")
    above = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    folder = Path(named) if named else Path(above).expanduser() / "kinga"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = folder.stat()
    except (OSError, RuntimeError):
        return None
    private = found.st_uid == os.geteuid() and not stat.S_IMODE(found.st_mode) & 0o077
    return folder if private and os.access(folder, os.W_OK) else None


CACHE = cache_folder()


def compiled(signature: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Compile the decorated function for one signature, without the interpreter lock.

    One signature keeps the first call short and stops a caller's slip, such as a signed array, from quietly
    compiling another variant.
    """

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        config: Any = numba.config  # filled at run time, so that its names have no types
        before = config.CACHE_DIR
        if CACHE is not None:
            config.CACHE_DIR = str(CACHE)
        try:
            made = numba.njit(signature, nogil=True, cache=CACHE is not None)(function)
        finally:
            config.CACHE_DIR = before
        return cast("Callable[..., Any]", made)

    return decorate


def inlined(function: Function) -> Function:
    """Let compiled functions use this one as if its body stood in them."""
    return cast(Function, numba.njit(inline="always")(function))


@intrinsic
def popcount(typing: Any, value: Any) -> Any:
    """How many bits are set in an unsigned number, as a number of the same width."""

    def emit(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.ctpop(arguments[0])

    return value(value), emit


@intrinsic
def lowest_bit(typing: Any, value: Any) -> Any:
    """The number of the lowest set bit; the value must not be zero."""

    def emit(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.cttz(arguments[0], cgutils.true_bit)

    return value(value), emit


@intrinsic
def prefetch(typing: Any, array: Any, at: Any) -> Any:
    """Ask the memory for ``array.flat[at]``, of a C-contiguous array; a wrong place does no harm."""

    def emit(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        held = context.make_array(signature.args[0])(context, builder, arguments[0])
        address = builder.bitcast(builder.gep(held.data, [arguments[1]]), ir.IntType(8).as_pointer())
        number = ir.IntType(32)
        kind = ir.FunctionType(ir.VoidType(), [address.type, number, number, number])
        function = _declared(builder, kind, "llvm.prefetch.p0")
        builder.call(function, [address, number(0), number(3), number(1)])
        return context.get_dummy_value()

    return types.void(array, types.int64), emit


def _declared(builder: Any, kind: Any, name: str) -> Any:
    """The function of LLVM of that name and type."""
    declared: Any = cgutils.get_or_insert_function  # numba has no types
    return declared(builder.module, kind, name)


def _splat(builder: Any, value: Any, vector: Any) -> Any:
    """A vector that holds ``value`` in each lane."""
    nothing = ir.Constant(vector, ir.Undefined)
    first = builder.insert_element(nothing, value, ir.IntType(32)(0))
    order = ir.Constant(ir.VectorType(ir.IntType(32), vector.count), [0] * vector.count)
    return builder.shuffle_vector(first, nothing, order)


@intrinsic
def survivors(typing: Any, words: Any, at: Any, asked: Any, inner: Any, near: Any, chain: Any) -> Any:
    """Which of ``words[at : at + 32]`` may belong to a match: bit k of the answer for word k.

    A word survives when it differs from ``asked`` in at most ``near`` of the bits of ``inner``, and in at
    most ``chain`` bits in all. All are uint16.
    """

    def emit(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        vector = ir.VectorType(ir.IntType(16), LANES)
        held = context.make_array(signature.args[0])(context, builder, arguments[0])
        place = builder.bitcast(builder.gep(held.data, [arguments[1]]), vector.as_pointer())
        loaded = builder.load(place)
        loaded.align = 2
        asked_, inner_, near_, chain_ = (_splat(builder, one, vector) for one in arguments[2:])
        differing = builder.xor(loaded, asked_)
        kind = ir.FunctionType(vector, [vector])
        count = _declared(builder, kind, f"llvm.ctpop.v{LANES}i16")
        inside = builder.call(count, [builder.and_(differing, inner_)])
        overall = builder.call(count, [differing])
        kept = builder.and_(
            builder.icmp_unsigned("<=", inside, near_), builder.icmp_unsigned("<=", overall, chain_)
        )
        return builder.bitcast(kept, ir.IntType(LANES))

    word = types.uint16
    return types.uint32(words, types.int64, word, word, word, word), emit
