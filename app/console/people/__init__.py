"""The pages about people: oneself, and for admins everybody."""

from fastapi import APIRouter

from app.console.people import account, everybody, one

router = APIRouter()
for _part in (account, everybody, one):
    router.include_router(_part.router)
