"""The Celery application: `celery -A app worker`, `celery -A app call ...`."""

from celery import Celery

app = Celery("meic")
app.config_from_object("celeryconfig")
