"""An instruction in words becomes native settings: tokens, binding, claims, takes. Standard library only, so that hosts can carry it.

text --tokens.py--> words with meanings --bind.py--> which word says something of which part --parse.py--> claims
claims + a model's own properties (catalog.py) --propose.py--> one take a candidate model
"""
