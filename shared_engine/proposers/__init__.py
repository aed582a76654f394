"""Proposers say what the content should become. `proposer.py` is the contract; every other file is one proposer."""
