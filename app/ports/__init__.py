"""What the services need from the world, as small protocols.

Adapters implement these by shape, not by inheritance. Each method names the errors its caller must expect; the tree of
errors, by what to do next, is in `app.domain.errors`.
"""
