"""Blender: an extension that talks to the engine, and a replica of light groups and colour management for the engine."""
