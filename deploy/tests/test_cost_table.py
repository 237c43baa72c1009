"""deploy/cost_table.py against a program that answers like `quantx plan`."""

import pathlib
import shutil
import stat
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PLAN = """#!{python}
import json, sys
n = len(sys.argv[sys.argv.index("--symbols") + 1].split(","))
cost = {{"gross": n / 100, "net": n / 200, "as_of": "2026-04-30", "region": "westus2"}}
plan = {{"requests": n, "minutes": n / 120, "operations": {{"reads": 22 * n, "writes": 23 * n}}, "cost": cost}}
if "--start" not in sys.argv:
    plan["month"] = {{"runs": 22, "requests": 22 * n, "operations": {{"reads": 66 * n, "writes": 44 * n}}, "cost": cost}}
print(json.dumps(plan))
"""


class TheTableIsWhatTheProgramSays(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        for name in ("cost_table.py", "README.md"):
            shutil.copy(ROOT / "deploy" / name, self.folder / name)
        self.quantx = self.folder / "quantx"
        self.quantx.write_text(PLAN.format(python=sys.executable))
        self.quantx.chmod(self.quantx.stat().st_mode | stat.S_IXUSR)

    def run_with(self, *words):
        words = [sys.executable, str(self.folder / "cost_table.py"), str(self.quantx), *words]
        return subprocess.run(words, capture_output=True, text=True, check=False)

    def test_what_is_written_passes_and_another_number_does_not(self):
        self.assertEqual(self.run_with("--write").returncode, 0)
        self.assertEqual(self.run_with("--check").returncode, 0)
        readme = self.folder / "README.md"
        text = readme.read_text()
        self.assertIn("| 500 listings, a month of 22 daily updates, lake included | 500 | 4.2 min | 33,000 | 22,000 | 5.00 | 2.50 |", text)
        self.assertIn("| 5,000 listings, backfill of 20 years, once | 5,000 | 41.7 min | 110,000 | 115,000 | 50.00 | 25.00 |", text)
        readme.write_text(text.replace("| 33,000 |", "| 33,001 |"))
        ran = self.run_with("--check")
        self.assertNotEqual(ran.returncode, 0)
        self.assertIn("33,000", ran.stderr)

    def test_a_plan_that_cannot_be_made_is_no_table(self):
        self.quantx.write_text("#!/bin/sh\necho no settings >&2\nexit 2\n")
        ran = self.run_with("--write")
        self.assertNotEqual(ran.returncode, 0)
        self.assertIn("no settings", ran.stderr)
        self.assertEqual((self.folder / "README.md").read_text(), (ROOT / "deploy/README.md").read_text())


if __name__ == "__main__":
    unittest.main()
