"""The kinds of sound files: which are read, and which are written again as they were. Imports nothing: the command line asks here."""

SUFFIXES = frozenset({".wav", ".wave", ".w64", ".rf64", ".flac", ".aif", ".aiff", ".mp3", ".ogg", ".oga", ".opus"})

LOSSLESS = {".wav": "WAV", ".wave": "WAV", ".flac": "FLAC", ".aif": "AIFF", ".aiff": "AIFF", ".w64": "W64", ".rf64": "RF64"}
"""Suffix -> container; what was compressed with a loss becomes WAV."""
