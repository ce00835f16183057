"""The resident memory of a whole instance, by process and together."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import psutil

from app.local.processes import local_processes
from benchmarks.bare_workers import bare_workers
from benchmarks.figures import Figure, Part
from benchmarks.instance import RunningInstance

_CAPTION = (
    "RSS: resident, pages shared with other processes counted in each. PSS: shared pages divided among those who share them,"
    " so that the sum is what the machine holds. A process is counted with its children (the issuer's pool has one). After the"
    " sales above were issued. Yardstick: a bare Celery worker of the same pool, without a line of ours, that has run tasks."
)


@dataclass(frozen=True, slots=True)
class _Memory:
    """Resident bytes of some processes."""

    processes: int = 0
    rss: int = 0
    pss: int = 0

    def __add__(self, other: "_Memory") -> "_Memory":
        return _Memory(self.processes + other.processes, self.rss + other.rss, self.pss + other.pss)

    def __str__(self) -> str:
        return f"RSS {_mebibytes(self.rss)}, PSS {_mebibytes(self.pss)}"


def measure(instance: RunningInstance) -> Part:
    """Read the memory of every process of a running instance."""
    parts = list(_by_process(instance))
    with bare_workers(instance.settings.broker.url.get_secret_value(), instance.home.folder) as bare:
        threads, prefork = (_of_tree(psutil.Process(pid)) for pid in bare.pids)
    yardsticks = {"polling": threads, "offers": threads, "issuer": prefork}
    figures = [_figure(name, memory, yardsticks.get(name)) for name, memory in parts]
    return Part("Memory of a running instance", _CAPTION, [*figures, _together(parts)])


def _figure(name: str, memory: _Memory, yardstick: _Memory | None) -> Figure:
    children = f" ({memory.processes} processes)" if memory.processes > 1 else ""
    return Figure(f"{name}{children}", str(memory), yardstick=f"bare worker: {yardstick}" if yardstick else "")


def _together(parts: Sequence[tuple[str, _Memory]]) -> Figure:
    every = sum((memory for _, memory in parts), _Memory())
    return Figure(f"all together ({every.processes} processes)", str(every))


def _by_process(instance: RunningInstance) -> Iterator[tuple[str, _Memory]]:
    """Yield `meic up` itself, its supervisor, and each supervised process under its name in the Procfile."""
    root = psutil.Process(instance.pid)
    (supervisor,) = root.children()
    yield "meic up", _of(root)
    yield "supervisor", _of(supervisor)
    commands = {
        process.name: process.command[1:]
        for process in local_processes(instance.home, instance.settings, with_buyers=False)
    }
    for process in supervisor.children():
        line = tuple(process.cmdline())
        # A server that writes its command line anew is told by its program.
        name = next((name for name, words in commands.items() if line[-len(words) :] == words), process.name())
        yield name, _of_tree(process)


def _of_tree(process: psutil.Process) -> _Memory:
    return sum((_of(member) for member in (process, *process.children(recursive=True))), _Memory())


def _of(process: psutil.Process) -> _Memory:
    memory = process.memory_full_info()
    return _Memory(1, memory.rss, memory.pss)


def _mebibytes(size: int) -> str:
    return f"{size / 2**20:.0f} MiB"
