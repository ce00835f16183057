"""Queue `upkeep`: what may wait."""

from app.bootstrap import coordinator
from app.celery import app
from app.domain.errors import MeicError
from app.services import settle_issuance


@app.task(throws=(MeicError,))
def note_blocks() -> int:
    """Store the blocks of issuances that the chain's index had not shown yet."""
    parts = coordinator()
    return settle_issuance.note_blocks(parts.ledger, parts.chain)
