"""Every crash point there is, by who comes by there; a unit test holds this list to the source."""

_ISSUER_STEPS = (
    "commit: issuance prepared",
    "send: recall",
    "send: sign",
    "commit: issuance signed",
    "commit: issuance submitted",
    "send: submit",
    "commit: issuance issued",
)
_SHARED_STEPS = (
    "commit: fills recorded",
    "commit: generation decided",
    "commit: lease renewed",
    "commit: lease released",
    "commit: lease taken",
    "commit: offers intended",
    "commit: offers settled",
    "commit: publication noted",
    "commit: signature",
    "send: bell",
    "send: cancel",
    "send: fan-out",
    "send: place",
)
_RARE_STEPS = (
    "commit: account begun",
    "commit: account learnt",
    "commit: alerts kept",
    "commit: block noted",
    "commit: event appended",
    "commit: exchange answered",
    "commit: exchange failed",
    "commit: exchange recovered",
    "commit: halted",
    "commit: issuance refused",
    "commit: issuance void",
    "commit: issuances explained",
    "commit: login failures kept",
    "commit: offers adopted",
    "commit: people changed",
    "commit: probe claimed",
    "commit: rate stored",
    "commit: recovery begun",
    "commit: recovery finished",
    "commit: restored",
    "commit: resumed",
    "commit: sales claimed",
    "commit: sales dismissed",
    "commit: sessions kept",
    "commit: signed update used",
    "commit: tokens kept",
    "commit: upgraded",
    "send: alert",
)


def _both_sides(steps: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(f"{side} {step}" for step in steps for side in ("before", "after"))


ISSUER_POINTS = _both_sides(_ISSUER_STEPS)
"""Where the issuer's child dies while it holds the issuer's lease."""

SHARED_POINTS = _both_sides(_SHARED_STEPS)
"""Where any worker dies, or the signing service."""

RARE_POINTS = _both_sides(_RARE_STEPS)
"""Where nobody comes by while all goes well; each has a test that leads somebody there."""
