"""The audio host's window: a local page, and the server that it is served by."""
