"""The Celery application: `celery -A app worker`, `celery -A app call ...`."""

from celery import Celery

from app.telemetry.messages import watch_messages

app = Celery("meic", amqp="app.broker_connection:PromptAmqp")
app.config_from_object("celeryconfig")
watch_messages()
