"""One parametric bird family, made by script: four kinds of bird that share parts, keys and words."""
