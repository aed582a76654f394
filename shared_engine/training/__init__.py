"""Training of what the engine ships with. Nothing here is imported when the engine runs."""
