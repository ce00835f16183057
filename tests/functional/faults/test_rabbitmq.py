"""RabbitMQ as the broker and PostgreSQL as the ledger, both killed; where RabbitMQ is installed."""

from pathlib import Path

import psutil
import pytest

from tests.functional.faults.kills import single_kill, watched_sales
from tests.functional.faults.servers import RABBITMQ_MISSING, rabbitmq_program
from tests.functional.faults.verdict import judge
from tests.functional.faults.world import world

pytestmark = [
    pytest.mark.timeout(400),
    pytest.mark.skipif(rabbitmq_program() is None, reason=RABBITMQ_MISSING),
]


def test_sales_go_on_after_rabbitmq_and_postgresql_were_killed_and_everything_agrees(tmp_path: Path) -> None:
    with (
        world(tmp_path, broker="rabbitmq", ledger="postgresql", buyer_seconds=1.0, with_views=False) as tortured,
        watched_sales(tortured) as sales,
    ):
        kills = [single_kill(tortured, sales, part) for part in ("RabbitMQ", "PostgreSQL", "polling", "issuer")]
        assert len(kills) == 4
        psutil.Process(tortured.instance.pid_of("buyers")).suspend()
        verdict = judge(tortured.instance, 120)
        assert verdict.problems == ()
        assert verdict.agreement.issued_napu == verdict.agreement.sold_napu > 0
