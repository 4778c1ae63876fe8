"""How the starter model and the sample library are made: draw pictures, change them, caption them, train, judge.

Run from ``packaging/`` as ``python -m starter.generate``, ``python -m starter.train`` and ``python -m
starter.evaluate``; README.md holds the recipe and the log of what was tried. Nothing here is part of the installed
program.
"""
