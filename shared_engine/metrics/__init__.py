"""Metrics are perceptual distances. `metric.py` is the contract; every other file is one metric."""
