"""Kill and break everything, over and over, and count what was lost or issued twice.

First each part and each crash point once, one at a time, to measure how soon sales are issued again. Then everything at
once, as fast as it recovers: crash points, random moments, two issuers, one of them too slow, broken lines. Now and then,
and at the end, the buyers pause, all must settle, and venues, chain and ledger must agree to the napu.
"""

import shutil
import signal
import sys
import tempfile
import time
from argparse import ArgumentParser, Namespace
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random

import psutil

from tests.functional.faults.issuers import second_issuer
from tests.functional.faults.kills import (
    ISSUING_LIMIT_SECONDS,
    IssuedSales,
    Kill,
    single_crash,
    single_kill,
    table,
    watched_sales,
)
from tests.functional.faults.lanes import Torture, lanes
from tests.functional.faults.points import ISSUER_POINTS, SHARED_POINTS
from tests.functional.faults.servers import RABBITMQ_MISSING, rabbitmq_program
from tests.functional.faults.verdict import Verdict, judge
from tests.functional.faults.world import LINES, World, world
from tests.functional.instance import resume_suspended

_SETTLE_SECONDS = 180.0
_KILLS_BETWEEN_VERDICTS = 100
_TELL_SECONDS = 15.0

_MUCH = {
    # An hour of this issues what else takes days.
    "MEIC_SIGNING_SERVICE__MAXIMUM_PER_DAY_NDAU": "100000000",
}


def main() -> int:
    """Run what the command line asks for; return 1 if anything was lost, issued twice, or did not settle."""
    asked = _arguments()
    if asked.broker == "rabbitmq" and rabbitmq_program() is None:
        sys.stderr.write(f"{RABBITMQ_MISSING}\n")
        return 2
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    folder = Path(tempfile.mkdtemp(prefix="meic-torture-"))
    tell(f"{asked.broker} and {asked.ledger}, seed {asked.seed}, state and logs in {folder}")
    try:
        is_good = _run(folder, asked)
    except KeyboardInterrupt:
        tell("interrupted; every process is ended")
        return 130
    if is_good:
        shutil.rmtree(folder, ignore_errors=True)
    return 0 if is_good else 1


def tell(text: str) -> None:
    """Say something at once."""
    sys.stdout.write(f"{time.strftime('%H:%M:%S')} {text}\n")
    sys.stdout.flush()


def _arguments() -> Namespace:
    parser = ArgumentParser(prog="torture", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0, help="how long at most, settling not counted")
    parser.add_argument("--kills", type=int, default=1_000_000, help="how many kills at most")
    parser.add_argument("--seed", type=int, default=None, help="of all dice; what it hits is up to the machine too")
    parser.add_argument("--broker", choices=("valkey", "rabbitmq"), default="valkey")
    parser.add_argument("--ledger", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--buyer-seconds", type=float, default=1.0, help="mean time between a buyer's trades")
    parser.add_argument("--skip-single", action="store_true", help="begin with everything at once")
    asked = parser.parse_args()
    asked.seed = Random().randrange(10**6) if asked.seed is None else asked.seed  # noqa: S311
    return asked


def _run(folder: Path, asked: Namespace) -> bool:
    deadline = time.monotonic() + asked.minutes * 60
    began_at = time.monotonic()
    singles: list[Kill] = []
    with (
        world(
            folder,
            broker=asked.broker,
            ledger=asked.ledger,
            lines=LINES,
            buyer_seconds=asked.buyer_seconds,
            variables=_MUCH,
        ) as tortured,
        watched_sales(tortured) as sales,
    ):
        if not asked.skip_single:
            singles = _one_at_a_time(tortured, sales, asked, deadline)
        with second_issuer(tortured) as second:
            torture = Torture(tortured, second, sales, asked.seed, asked.kills - len(singles))
            _all_at_once(torture, deadline)
        verdict = _settled(torture)
        seconds = time.monotonic() - began_at
        _report(singles, torture, verdict, seconds)
        return not (torture.problems or verdict.problems or _too_slow(singles))


def _one_at_a_time(tortured: World, sales: IssuedSales, asked: Namespace, deadline: float) -> list[Kill]:
    kills: list[Kill] = []
    todo = [*tortured.parts, *ISSUER_POINTS, *SHARED_POINTS]
    Random(asked.seed).shuffle(todo)  # noqa: S311
    for what in todo[: asked.kills]:
        if time.monotonic() > deadline:
            break
        kill = single_kill if what in tortured.parts else single_crash
        kills.append(kill(tortured, sales, what))
        if len(kills) % 10 == 0:
            tell(f"{len(kills)} single kills, {sales.count} sales issued")
    return kills


def _all_at_once(torture: Torture, deadline: float) -> None:
    judged = 0
    with lanes(torture):
        while torture.goes_on and time.monotonic() < deadline:
            torture.rest(_TELL_SECONDS)
            tell(f"{len(torture.deaths)} kills, {len(torture.faults)} other faults, {torture.sales.count} sales issued")
            if len(torture.deaths) - judged >= _KILLS_BETWEEN_VERDICTS and torture.goes_on:
                judged = len(torture.deaths)
                with torture.paused():
                    verdict = _settled(torture)
                torture.problems += verdict.problems


def _settled(torture: Torture) -> Verdict:
    began_at = time.monotonic()
    with _no_trade(torture.world):
        verdict = judge(torture.world.instance, _SETTLE_SECONDS)
    agreement = verdict.agreement
    tell(
        f"settled after {time.monotonic() - began_at:.0f} s: sold {agreement.sold_napu} napu,"
        f" issued {agreement.issued_napu}, {'good' if not verdict.problems else verdict.problems}"
    )
    return verdict


@contextmanager
def _no_trade(tortured: World) -> Iterator[None]:
    pid = tortured.instance.pid_of("buyers")
    assert pid is not None
    psutil.Process(pid).suspend()
    try:
        yield
    finally:
        resume_suspended(tortured.instance.home.folder)


def _too_slow(singles: list[Kill]) -> list[Kill]:
    return [kill for kill in singles if kill.issuing_seconds > ISSUING_LIMIT_SECONDS]


def _report(singles: list[Kill], torture: Torture, verdict: Verdict, seconds: float) -> None:
    agreement = verdict.agreement
    kills = len(singles) + len(torture.deaths)
    by_part = Counter([kill.part for kill in singles] + [death.part for death in torture.deaths])
    by_what = Counter([kill.what for kill in singles] + [death.what for death in torture.deaths])
    waits = _waits(torture)
    lines = [
        f"one kill at a time (limit {ISSUING_LIMIT_SECONDS:.0f} s):",
        table(singles),
        "",
        f"kills: {kills} in {seconds:.0f} s, {60 * kills / seconds:.1f} a minute",
        f"  by part: {_counts(by_part)}",
        f"  by point or part: {_counts(by_what)}",
        f"other faults: {_counts(Counter(torture.faults))}",
        f"sales: {sum(exchange.sales for exchange in agreement.exchanges)} in {agreement.issuances} issuances",
        f"sold: {agreement.sold_napu} napu, issued: {agreement.issued_napu} napu",
        f"lost: {verdict.lost_napu} napu, doubled: {verdict.doubled_napu} napu",
        f"issuing again after a single kill, s: {_percentiles([kill.issuing_seconds for kill in singles])}",
        f"issuing again under fire, s: {_percentiles(waits)}",
        f"slower than the limit: {[kill.what for kill in _too_slow(singles)] or 'none'}",
        f"problems: {[*torture.problems, *verdict.problems] or 'none'}",
    ]
    tell("report\n" + "\n".join(lines))


def _waits(torture: Torture) -> list[float]:
    """How long after each kill's part was back the next sale was issued, whatever else happened meanwhile."""
    found = ((torture.sales.issued_after(death.back_at), death.back_at) for death in torture.deaths)
    return [issued_at - back_at for issued_at, back_at in found if issued_at is not None]


def _counts(counter: Counter[str]) -> str:
    return ", ".join(f"{name} {count}" for name, count in counter.most_common()) or "none"


def _percentiles(values: list[float]) -> str:
    ordered = sorted(values)
    if not ordered:
        return "none"
    ranks = {"50 %": 0.5, "90 %": 0.9, "99 %": 0.99, "most": 1.0}
    return ", ".join(
        f"{name} {ordered[min(int(rank * len(ordered)), len(ordered) - 1)]:.1f}" for name, rank in ranks.items()
    )


if __name__ == "__main__":
    sys.exit(main())
