"""Every check of deploy/check finds what it is for: a copy of the checkout is broken in one place, and the check has to say so."""

import os
import pathlib
import shutil
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "deploy/check")]
HAS_TOOLS = "QUANTX_CHECK_TOOLS" in os.environ

if HAS_TOOLS:
    import checks

BICEP = "deploy/bicep/modules"
KQL = "deploy/monitoring"
FLOWS = ".github/workflows"

# (check, file, what stands there, what is put in its place, a word of the problem). `shared` is the source there that has it: sources move.
BREAKS = [
    ("shellcheck", "deploy/lib/steps.sh", 'local step reached="${FROM:-account}"', 'local step unused=$(echo hi) reached="${FROM:-account}"', "SC2034"),
    ("hadolint", "deploy/Dockerfile", "USER 65532:65532", "USER root", "USER"),
    ("bicep-syntax", f"{BICEP}/identity.bicep", "location: location", "location: (location", "identity.bicep"),
    ("bicep-modules", "deploy/bicep/main.bicep", "softDeleteDays: softDeleteDays", "softDeleteDay: softDeleteDays", "softDeleteDay"),
    ("bicep-modules", f"{BICEP}/logs.bicep", "retentionInDays: retentionDays", "retentionInDays: 30", "is not used"),
    ("bicep-properties", f"{BICEP}/data.bicep", "allowSharedKeyAccess: false", "allowSharedKeys: false", "allowSharedKeys"),
    ("bicep-properties", f"{BICEP}/functions.bicep", "instanceMemoryMB: ", "instanceMemory: ", "instanceMemory"),
    ("bicep-roles", f"{BICEP}/data.bicep", "ba92f5b4-2d11-453d-a403-e96b0029c9fe", "b7e6dc6d-f1e8-4753-8033-0f276bb0955b", "given only in"),
    ("bicep-roles", f"{BICEP}/registry.bicep", "7f951dda-4ed3", "8311e382-0749", "no role"),
    ("bicep-api-versions", f"{BICEP}/job.bicep", "jobs@2024-03-01", "jobs@2031-01-01", "2031-01-01"),
    ("bicep-outputs", f"{BICEP}/logs.bicep", "output componentId string = component.id", "output c string = component.properties.ConnectionString", "secret"),
    ("bicep-outputs", f"{BICEP}/logs.bicep", "output componentId string = component.id", "var k = workspace.listKeys().primarySharedKey", "asks for a key"),
    ("bicep-settings", "deploy/bicep/main.bicep", "  UNIVERSE_PHASE: universePhase", "  UNIVERSE_PHASES: universePhase", "UNIVERSE_PHASES"),
    ("bicep-settings", "deploy/bicep/main.bicep", "  WEEKLY_SCHEDULE: weeklySchedule\n", "", "weekly_universe_refresh needs"),
    ("bicep-settings", "deploy/bicep/main.bicep", "  WEEKLY_SCHEDULE: w", "  FUNCTIONS_WORKER_RUNTIME: 'custom'\n  WEEKLY_SCHEDULE: w", "Flex"),
    ("bicep-settings", "shared/settings/src/env.rs", 'variable("UNIVERSE_PATH"', 'variable("UNIVERSE_FILE"', "UNIVERSE_FILE"),
    ("bicep-settings", "docs/configuration.md", "`FUNCTIONS_EXTENSION_VERSION`", "`FUNCTIONS_VERSION`", "in no table"),
    ("bicep-rules", f"{BICEP}/data.bicep", "allowSharedKeyAccess: false", "allowSharedKeyAccess: true", "allowSharedKeyAccess"),
    ("job-commands", f"{BICEP}/job.bicep", "args: ['update-daily']", "args: ['update']", "no command update"),
    ("job-commands", f"{BICEP}/job.bicep", "'--phase', 'sample'", "'--phrase', 'sample'", "--phrase"),
    ("bicep-parameters", "deploy/bicep/prod.parameters.json", '"monthlyBudget": { "value": 25 }', '"monthlyBudget": { "value": "25" }', "wrong type"),
    ("bicep-parameters", "deploy/lib/steps.sh", '"storageAccount=$STORAGE_ACCOUNT" ', "", "does not give storageAccount"),
    ("json-schemas", "host.json", '"functionTimeout": "00:10:00"', '"functionTimeout": "01:00:00"', "functionTimeout"),
    ("json-schemas", "functions/health_check/function.json", '"authLevel": "anonymous"', '"authLevels": "anonymous"', "health_check"),
    ("json-schemas", f"{KQL}/workbook.json", '"visualization": "timechart"', '"visualization": "tables"', "workbook"),
    ("local-files", "azure.yaml", "module: subscription", "module: main", "main.parameters.json"),
    ("local-files", "deploy/compose.yaml", "azurite:3.", "azurite:2.", "azurite"),
    ("local-files", "deploy/compose.yaml", "AZURE_CREATE_CONTAINER", "CREATE_CONTAINER", "CREATE_CONTAINER"),
    ("kql", f"{KQL}/run_red.kql", "toint(event.n_failed)", "toint(event.n_failed", "run_red.kql"),
    ("kql", f"{KQL}/health_5xx.kql", "ResultCode startswith", "ResultCodes startswith", "ResultCodes"),
    ("kql", f"{KQL}/health_5xx.kql", "\nrequests\n", "\nAppRequests\n", "not there yet"),
    ("kql-evidence", f"{KQL}/run_red.kql", "event.reasons", "event.reason", "reason"),
    ("kql-evidence", "shared", "ended red: {reasons}", "came to a red end: {reasons}", "ended red"),
    ("kql-evidence", "shared", "                n_failed,\n", "", "n_failed"),
    ("kql-evidence", f"{KQL}/coverage.kql", '    or reasons has "were not reached"', '    or reasons has "were never reached"', "never reached"),
    ("kql-evidence", f"{KQL}/health_5xx.kql", '"health_check"', '"health_checks"', "health_checks"),
    ("alert-rules", "docs/runbook.md", "## Run red", "## A red run", "#run-red"),
    ("alert-rules", f"{BICEP}/alerts.bicep", "  coverage: load", "  covered: load", "coverage"),
    ("schedules", "local.settings.json", "0 0 5 * * 2-6", "0 0 5 * * 1-5", "DAILY_SCHEDULE"),
    ("schedules", "config/settings.yaml", '"0 0 5 * * 2-6"', '"0 0 7 * * 1-5"', "no_daily_run.kql"),
    ("schedules", "docs/installation.md", "\n0 5 * * 2-6 ", "\n0 4 * * 2-6 ", "crontab"),
    ("actionlint", f"{FLOWS}/fuzz.yml", "runs-on: ubuntu-24.04", "run-on: ubuntu-24.04", "fuzz.yml"),
    ("zizmor", f"{FLOWS}/fuzz.yml", 'fuzz --seconds 600', 'fuzz "${{ github.head_ref }}"', "template-injection"),
    ("action-pins", f"{FLOWS}/ci.yml", "0057852bfaa89a56745cba8c7296529d2fc39830", "0057852bfaa89a56745cba8c7296529d2fc39831", "actions/cache"),
    ("permissions", f"{FLOWS}/fuzz.yml", "permissions: {}", "permissions: write-all", "permissions"),
]


@unittest.skipUnless(HAS_TOOLS, "started by deploy/check/run.py, which installs the tools")
class EveryCheckFindsWhatItIsFor(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls._temporary = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls._temporary.cleanup)
        cls.copy = pathlib.Path(cls._temporary.name) / "checkout"
        ignored = shutil.ignore_patterns("target", "*.parquet", "__pycache__", ".git")
        for name in (".github", ".ci", "config", "deploy", "docs", "functions", "shared"):
            shutil.copytree(ROOT / name, cls.copy / name, ignore=ignored)
        (cls.copy / "tests/support").mkdir(parents=True)
        shutil.copytree(ROOT / "tests/it/snapshots", cls.copy / "tests/it/snapshots")
        for name in ("host.json", "local.settings.json", "azure.yaml", "tests/support/azurite.version"):
            shutil.copy(ROOT / name, cls.copy / name)

    def place(self, name, before):
        """The file to break."""
        if name != "shared":
            return self.copy / name
        return next(path for path in sorted((self.copy / name).rglob("*.rs")) if before in path.read_text(encoding="utf-8"))

    def test_a_break_is_found_by_its_check(self):
        for check, name, before, after, word in BREAKS:
            with self.subTest(f"{check}: {name}: {after.strip()}"):
                path = self.place(name, before)
                text = path.read_text(encoding="utf-8")
                self.assertIn(before, text, "the place to break is not there any more")
                path.write_text(text.replace(before, after), encoding="utf-8")
                try:
                    problems = checks.carry_out(checks.CHECKS[check], self.copy)
                finally:
                    path.write_text(text, encoding="utf-8")
                self.assertTrue(problems, "nothing was found")
                self.assertIn(word, "\n".join(problems))

    def test_every_check_is_broken_once(self):
        untested = set(checks.CHECKS) - {entry[0] for entry in BREAKS}
        # The first two need a built program, the last are these tests.
        self.assertEqual(untested, {"live-log-lines", "cost-table", "tests"})


if __name__ == "__main__":
    unittest.main()
