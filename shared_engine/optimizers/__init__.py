"""Optimisers walk the unit cube. `optimizer.py` is the contract; every other file is one optimiser."""
