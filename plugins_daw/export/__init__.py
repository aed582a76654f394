"""The way into a DAW: one project folder, one module a format."""
