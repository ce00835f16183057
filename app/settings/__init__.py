"""All settings, read once, as one frozen object."""
