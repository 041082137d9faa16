"""What a measurement needs to know about the machine: processors, load, flushes, used time."""

import os
import platform
import statistics
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_TICKS: Final = os.sysconf("SC_CLK_TCK")
_BLOCK: Final = b"\0" * 8192


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """The machine at the start of a run; a run on another or a busier one is not comparable."""

    processors: int
    processor: str
    memory_mib: int
    system: str
    python: str
    load: tuple[float, float, float]
    flushes_per_second: int


def describe(folder: Path) -> Machine:
    """Describe this machine; ``folder`` lies on the disk that is measured."""
    pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return Machine(
        processors=os.cpu_count() or 0,
        processor=_processor(),
        memory_mib=pages // 2**20,
        system=f"{platform.system()} {platform.release()}",
        python=platform.python_version(),
        load=os.getloadavg(),
        flushes_per_second=_flushes(folder),
    )


def server_seconds(postmaster: int) -> float:
    """Sum the processor time of a server and of the processes that it started, ended ones too."""
    total = 0
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            facts = (folder / "stat").read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        if int(folder.name) == postmaster:
            total += sum(int(each) for each in facts[11:15])
        elif int(facts[1]) == postmaster:
            total += sum(int(each) for each in facts[11:13])
    return total / _TICKS


def memory_kib(process: int, field: str = "VmRSS") -> int:
    """Give the memory of a process; ``VmHWM`` for the most that it ever had."""
    for line in Path(f"/proc/{process}/status").read_text().splitlines():
        if line.startswith(f"{field}:"):
            return int(line.split()[1])
    raise ValueError(field)


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _flushes(folder: Path) -> int:
    """Count 8 KiB overwrites with fdatasync per second, as the median of 200."""
    path = folder / "flush-probe"
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        os.pwrite(handle, _BLOCK * 8, 0)
        os.fsync(handle)
        took: list[float] = []
        for number in range(200):
            started = time.perf_counter()
            os.pwrite(handle, _BLOCK, 8192 * (number % 8))
            os.fdatasync(handle)
            took.append(time.perf_counter() - started)
    finally:
        os.close(handle)
        path.unlink()
    return round(1 / statistics.median(took))
