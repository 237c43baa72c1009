"""Lets the tests of the runner import it."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent))
