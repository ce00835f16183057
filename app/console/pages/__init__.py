"""The pages that people see."""

from fastapi import APIRouter

from app.console.pages import actions, deciding, events, exchanges, halts, issuances, offers, overview, sales

router = APIRouter(include_in_schema=False)
for _part in (overview, sales, issuances, offers, exchanges, events, halts, actions, deciding):
    router.include_router(_part.router)
