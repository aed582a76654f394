"""The audio host: tracks, chains of pedalboard effects, and what goes on into a DAW."""
