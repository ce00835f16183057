"""Celery's settings, a reason beside each.

The ledger holds the facts and a message is only a doorbell, so none of these guards money; they keep the bells ringing.
"""

import sys
from datetime import timedelta
from typing import Any

from app.domain.errors import InvalidInput
from app.settings.loading import load_settings

try:
    _settings = load_settings()
except InvalidInput as _error:
    sys.stderr.write(f"meic: {_error}\n")
    raise SystemExit(2) from None

broker_url = _settings.broker.url.get_secret_value()
result_backend = (_settings.broker.result_url or _settings.broker.url).get_secret_value()
imports = (
    "tasks.polling",
    "tasks.issuing",
    "tasks.offering",
    "tasks.guarding",
    "tasks.upkeep",
    "tasks.lifecycle",
    "tasks.telemetry",
    "tasks.vitals",
)

# --- Messages ---------------------------------------------------------------------------------------------------------
accept_content = ["json"]  # nothing that could run code while it is read
task_serializer = result_serializer = "json"
enable_utc = True
timezone = "UTC"

task_acks_late = True  # a message is gone only when its task ended; narrows what a crash can lose
task_reject_on_worker_lost = True  # the same when the pool's child dies; every task may run twice
worker_prefetch_multiplier = 1  # no worker sits on bells that another could answer
task_ignore_result = True  # results are never the record; a chord counts its header all the same
result_expires = timedelta(hours=1)  # what an operator asked to see need not live longer

# --- The broker -------------------------------------------------------------------------------------------------------
broker_connection_retry_on_startup = True  # start in any order
broker_connection_max_retries = None  # keep trying: a person restarts the broker, not us
redis_socket_keepalive = True  # a dead connection is noticed
redis_retry_on_timeout = True
task_publish_retry_policy = {"max_retries": 3, "interval_start": 0.1, "interval_step": 0.2, "interval_max": 0.5}
if broker_url.startswith("amqp"):
    task_default_queue_type = "quorum"  # RabbitMQ's replicated queue: lost no message in our kill tests' yardstick
    task_create_missing_queue_type = "quorum"  # those that --queues names are made by the worker
    worker_detect_quorum_queues = True
    task_default_exchange_type = "topic"  # else each worker warns that it cannot delay messages, which we never do
    broker_native_delayed_delivery_queue_type = "classic"  # 28 queues that quorums bring along; we delay no message
else:
    # Far above the longest task: an older unacknowledged message is delivered again, and the time is never refreshed.
    broker_transport_options = {"visibility_timeout": 3600, "socket_keepalive": True, "socket_timeout": 30}

# --- Workers ----------------------------------------------------------------------------------------------------------
worker_cancel_long_running_tasks_on_connection_loss = False  # True would kill the issuer's child in mid-issue
worker_soft_shutdown_timeout = 30  # on SIGQUIT too, let a running task end
worker_proc_alive_timeout = 10  # a slow child start is not a dead child
# worker_max_tasks_per_child stays unset: recycling the issuer's child would drop the signer's websocket.

# --- What Flower shows ------------------------------------------------------------------------------------------------
worker_send_task_events = True
task_send_sent_event = False  # Flower needs only what workers say; a fan-out would send one more message an exchange

# --- Queues -----------------------------------------------------------------------------------------------------------
task_default_queue = "upkeep"
task_routes = {
    "tasks.polling.*": {"queue": "polling"},
    "tasks.issuing.*": {"queue": "issue"},
    "tasks.offering.*": {"queue": "offers"},
    "tasks.guarding.pull_offers": {"queue": "offers"},
    "tasks.guarding.*": {"queue": "upkeep"},
    "tasks.upkeep.*": {"queue": "upkeep"},
}
task_annotations = {
    # An issue that ran out of time must be looked at again: leave its message unacknowledged.
    "tasks.issuing.issue_sales": {"acks_on_failure_or_timeout": False, "time_limit": 300},
}


# --- Beat -------------------------------------------------------------------------------------------------------------
def _every(task: str, seconds: float, *args: str) -> dict[str, Any]:
    # A bell that could not be answered before the next one rings is worth nothing: it expires.
    return {"task": task, "schedule": seconds, "args": args, "options": {"expires": seconds * 0.9}}


_schedule = _settings.schedule
beat_schedule = {
    f"poll {name}": _every("tasks.polling.poll_exchange", exchange.poll_seconds, name)
    for name, exchange in _settings.enabled_exchanges().items()
} | {
    "issue what waits": _every("tasks.issuing.issue_sales", _schedule.issue_seconds),
    "publish everywhere": _every("tasks.offering.publish_offers", _schedule.publish_seconds, "beat"),
    "publish where it lags": _every("tasks.offering.republish_lagging", _schedule.republish_seconds),
    "reconcile": _every("tasks.upkeep.reconcile", _schedule.reconcile_seconds),
    "check clocks": _every("tasks.guarding.check_clocks", _schedule.check_clocks_seconds),
    "note blocks": _every("tasks.upkeep.note_blocks", _schedule.note_blocks_seconds),
}
_read = [rate.read_seconds for rate in _settings.rates.values() if rate.driver]
if _read:
    beat_schedule["read rates"] = _every("tasks.guarding.read_rates", min(_read))
beat_schedule_filename = str(_settings.home / "beat-schedule")
beat_scheduler = "app.vitals.beat:PulsingScheduler"  # Celery's own, and it shows that it lives
beat_max_loop_interval = 1  # the shortest polls are below Celery's own 5 s
