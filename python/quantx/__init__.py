"""Reads a QuantX lake: bars on the price basis you name, events, and who was a member when.

>>> import quantx
>>> frame = quantx.bars("data", symbols=["AAPL"], start="2012-01-01", adjusted="total")

A lake is a folder, or an address of a container that polars can read (``az://market-data``). Nothing is
written, and nothing is kept between calls. The lake's own rules are in docs/data-model.md.
"""

from quantx._bars import Adjusted, bars
from quantx._events import actions, dividends_by_year
from quantx._frames import Frame
from quantx._lake import LakeError
from quantx._matrix import matrix
from quantx._members import members, spells

__all__ = ["Adjusted", "Frame", "LakeError", "actions", "bars", "dividends_by_year", "matrix", "members", "spells"]
