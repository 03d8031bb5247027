"""Run in the sandbox's own process, before any code of a model: take away what that code must not have.

A seccomp filter lets through what computing needs (memory, clocks, what is open already) and answers everything else
with "not permitted": opening files, sockets, starting processes or threads, signals. It cannot be taken off again, and
holds for root too. Limits on memory, processor time and file size stand beside it.
"""

from __future__ import annotations

import ctypes
import platform
import resource
import struct

ALLOWED = {
    "x86_64": (0, 1, 3, 5, 8, 9, 10, 11, 12, 13, 14, 15, 20, 24, 25, 28, 35, 39, 60, 96, 98, 131, 186, 201, 202,
               219, 228, 229, 230, 231, 318, 334),
    "aarch64": (63, 64, 57, 80, 62, 222, 226, 215, 214, 134, 135, 139, 66, 124, 216, 233, 101, 172, 93, 169, 165,
                132, 178, 98, 128, 113, 114, 115, 94, 278, 293),
}  # fmt: skip
"""System calls by machine: read, write, close, fstat, lseek, mmap, mprotect, munmap, brk, signal handlers, writev,
sched_yield, mremap, madvise, sleeping, getpid, exit, clocks, getrusage, sigaltstack, gettid, futex, getrandom, rseq."""
AUDIT = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
REFUSE, KILL, ALLOW = 0x00050001, 0x80000000, 0x7FFF0000
"""What the filter answers: EPERM; an end, for calls in another machine's convention; yes."""
LOAD, EQUAL, RETURN = 0x20, 0x15, 0x06
NO_NEW_PRIVILEGES, SET_SECCOMP, FILTER = 38, 22, 2


class CannotConfineError(Exception):
    """This machine has no way to confine a process, so no foreign code is run on it."""


def confine(memory_bytes: int, seconds: int) -> None:
    """Confine this process for good. Raises `CannotConfineError` where the system has no such filter."""
    machine = platform.machine()
    if platform.system() != "Linux" or machine not in ALLOWED:
        raise CannotConfineError(f"no filter for {platform.system()} on {machine}")
    for limit, value in (
        (resource.RLIMIT_AS, memory_bytes),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(limit, (value, value))
    _install(_program(machine))


def _program(machine: str) -> bytes:
    """Return the filter: check the machine's convention, then compare the call's number with each allowed one."""
    numbers = ALLOWED[machine]
    lines = [(LOAD, 0, 0, 4), (EQUAL, 1, 0, AUDIT[machine]), (RETURN, 0, 0, KILL), (LOAD, 0, 0, 0)]
    lines += [(EQUAL, len(numbers) - at, 0, number) for at, number in enumerate(numbers)]
    lines += [(RETURN, 0, 0, REFUSE), (RETURN, 0, 0, ALLOW)]
    return b"".join(struct.pack("HBBI", *line) for line in lines)


def _install(program: bytes) -> None:
    class Program(ctypes.Structure):
        _fields_ = (("length", ctypes.c_ushort), ("lines", ctypes.c_char_p))

    libc = ctypes.CDLL(None, use_errno=True)
    filter_ = Program(len(program) // 8, program)
    if libc.prctl(NO_NEW_PRIVILEGES, 1, 0, 0, 0) or libc.prctl(
        SET_SECCOMP, FILTER, ctypes.byref(filter_), 0, 0
    ):
        raise CannotConfineError(f"the kernel refuses the filter (errno {ctypes.get_errno()})")
