"""zip_modes.py on packages that would not start."""

import pathlib
import sys
import tempfile
import unittest
import zipfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "deploy/check")]
import zip_modes  # noqa: E402

HOST = (ROOT / "host.json").read_text(encoding="utf-8")


class Packages(unittest.TestCase):
    def problems(self, modes, system=3):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "app.zip"
            with zipfile.ZipFile(path, "w") as package:
                for name, mode in modes.items():
                    entry = zipfile.ZipInfo(name)
                    entry.create_system = system
                    entry.external_attr = mode << 16
                    package.writestr(entry, HOST if name == "host.json" else "x")
            return zip_modes.problems(path)

    def test_a_package_as_xtask_makes_it_is_right(self):
        self.assertEqual(self.problems({"host.json": 0o644, "handler": 0o755, "health_check/function.json": 0o644}), [])

    def test_a_handler_that_cannot_be_started_is_found(self):
        self.assertIn("handler has mode 644", self.problems({"host.json": 0o644, "handler": 0o644})[0])
        self.assertIn("handler has mode 744", self.problems({"host.json": 0o644, "handler": 0o744})[0])

    def test_files_that_the_host_cannot_read_are_found(self):
        self.assertIn("host.json has mode 600", self.problems({"host.json": 0o600, "handler": 0o755})[0])

    def test_a_zip_without_modes_is_found(self):
        self.assertIn("its mode is lost", self.problems({"host.json": 0o644, "handler": 0o755}, system=0)[0])

    def test_a_missing_handler_a_nested_host_json_and_local_settings_are_found(self):
        self.assertIn("not in the zip", self.problems({"host.json": 0o644})[0])
        self.assertIn("not at the top", self.problems({"app/host.json": 0o644, "app/handler": 0o755})[0])
        self.assertIn("must not be deployed", self.problems({"host.json": 0o644, "handler": 0o755, "local.settings.json": 0o644})[0])


if __name__ == "__main__":
    unittest.main()
