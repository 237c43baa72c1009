"""deploy_hybrid.sh against commands that only write down how they were called."""

import json
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from stage import ROOT, Stage, parameter, write_package  # noqa: E402

ORDER = [
    "group create --name",
    "deployment group create",
    "deployment source config-zip",
    "acr build",
    "deployment group create",
    "job start",
]


class WithStage(unittest.TestCase):
    def setUp(self):
        self.stage = Stage()
        self.addCleanup(self.stage.__exit__)

    def changes(self):
        return [verb for verb in self.stage.changes() if verb != "provider register"]

    def deployments(self):
        return [words for words in self.stage.calls() if words[1:4] == ["deployment", "group", "create"]]


class Order(WithStage):
    def test_a_whole_deployment_makes_everything_in_order(self):
        done = self.stage.run()
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(self.changes(), ORDER)
        first, second = self.deployments()
        self.assertEqual(json.loads(parameter(first, "parts")), ["functions", "registry", "monitoring"])
        self.assertEqual(json.loads(parameter(second, "parts")), ["job"])
        self.assertEqual(parameter(second, "image"), "mylakeacr.azurecr.io/quantx:t1")
        self.assertIn("done: account", done.stderr)

    def test_the_second_time_is_the_same_and_makes_no_image_that_is_there(self):
        there = [
            {"when": ["az", "check-name"], "print": "false"},
            {"when": ["az", "acr", "repository", "show"], "print": "quantx"},
            {"when": ["az", "resource", "show"], "print": "2026-03-01T00:00:00Z"},
        ]
        done = self.stage.run(answers=there)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(self.changes(), [verb for verb in ORDER if verb != "acr build"])
        starts = {parameter(words, "budgetStart") for words in self.deployments()}
        self.assertEqual(starts, {"2026-03-01"}, "the start of a budget cannot be changed")

    def test_each_part_alone_makes_what_it_needs(self):
        expect = {
            "functions": (["functions"], ORDER[:3]),
            "job": (["registry"], [ORDER[0], ORDER[1], "acr build", "deployment group create", "job start"]),
            "monitoring": (["monitoring"], ORDER[:2]),
        }
        for part, (parts, changes) in expect.items():
            with self.subTest(part):
                done = self.stage.run("--only", part)
                self.assertEqual(done.returncode, 0, done.stderr)
                self.assertEqual(self.changes(), changes)
                self.assertEqual(json.loads(parameter(self.deployments()[0], "parts")), parts)

    def test_the_legacy_plan_gets_its_package_as_a_blob(self):
        done = self.stage.run("--only", "functions", PLAN="legacyConsumption")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(self.changes()[2:], ["storage blob upload", "functionapp restart", "rest --method"])

    def test_what_if_changes_nothing(self):
        done = self.stage.run("--what-if")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(self.changes(), ["deployment group what-if"])

    def test_what_if_of_a_group_that_is_not_there_asks_no_more(self):
        done = self.stage.run("--what-if", answers=[{"when": ["group", "exists"], "print": "false"}])
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(self.changes(), [])
        self.assertIn("does not exist", done.stderr)


class Failures(WithStage):
    # A word of the call that fails, and the step that it belongs to.
    BREAKS = {
        "account": ["az", "account", "show"],
        "providers": ["provider", "Microsoft.Storage"],
        "group": ["group", "create", "westus2"],
        "resources": ["quantx-resources"],
        "upload": ["config-zip"],
        "image": ["acr", "build"],
        "jobs": ["quantx-jobs", "deployment"],
        "health": ["curl"],
        "probe": ["job", "start"],
    }

    def test_a_failure_in_any_step_tells_what_is_done_and_how_to_go_on(self):
        steps = ["account", "providers", "names", "group", "resources", "package", "upload", "image", "jobs", "health", "probe"]
        for step, when in self.BREAKS.items():
            with self.subTest(step):
                broken = self.stage.run(answers=[{"when": when, "status": 7}])
                self.assertNotEqual(broken.returncode, 0)
                at = steps.index(step)
                done = " ".join(steps[:at]) or "nothing"
                rest = " ".join(steps[at + 1 :]) or "nothing"
                self.assertIn(f"  done     {done}\n", broken.stderr)
                self.assertIn(f"  failed   {step}\n", broken.stderr)
                self.assertIn(f"  not done {rest}\n", broken.stderr)
                self.assertIn(f"./deploy/deploy_hybrid.sh --from {step}\n", broken.stderr)
                self.assertIn("STORAGE_ACCOUNT=mylake ", broken.stderr)
                went_on = self.stage.run("--from", step)
                self.assertEqual(went_on.returncode, 0, went_on.stderr)
                if at > steps.index("resources"):
                    self.assertNotIn("quantx-resources", " ".join(map(" ".join, self.stage.calls())))

    def test_a_role_that_counts_late_is_waited_for(self):
        late = [{"when": ["config-zip"], "status": 1, "times": 2}]
        done = self.stage.run("--only", "functions", answers=late)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(self.changes().count("deployment source config-zip"), 3)

    def test_a_handler_without_its_executable_bit_is_not_sent(self):
        write_package(self.stage.package, 0o644)
        done = self.stage.run("--only", "functions")
        self.assertEqual(done.returncode, 1)
        self.assertIn("handler has mode 644", done.stderr)
        self.assertNotIn("deployment source config-zip", self.changes())

    def test_functions_that_azure_does_not_list_are_a_failure(self):
        few = [{"when": ["functionapp", "function", "list"], "print": "3"}]
        done = self.stage.run("--only", "functions", answers=few)
        self.assertEqual(done.returncode, 1)
        self.assertIn("Azure lists 3 functions", done.stderr)

    def test_an_answer_that_is_not_the_handlers_is_a_failure(self):
        done = self.stage.run("--only", "functions", answers=[{"when": ["curl"], "print": "<html>503</html>"}])
        self.assertEqual(done.returncode, 1)
        self.assertIn("<html>503</html>", done.stderr)

    def test_a_probe_that_fails_names_the_command_for_its_log(self):
        done = self.stage.run("--only", "job", answers=[{"when": ["execution", "show"], "print": "Failed"}])
        self.assertEqual(done.returncode, 1)
        self.assertIn("az containerapp job logs show", done.stderr)


class Names(WithStage):
    def refused(self, *words, **variables):
        done = self.stage.run(**variables)
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertEqual(self.stage.calls(), [], "nothing is asked of Azure")
        for word in words:
            self.assertIn(word, done.stderr)

    def test_names_that_azure_would_refuse_are_refused_before(self):
        self.refused("STORAGE_ACCOUNT", "3 to 24", STORAGE_ACCOUNT="MyLake")
        self.refused("25 characters", STORAGE_ACCOUNT="a" * 25)
        self.refused("set STORAGE_ACCOUNT", STORAGE_ACCOUNT=None)
        self.refused("ACA_ENV_NAME", "jobs' names", ACA_ENV_NAME="a" * 24)
        self.refused("ACR_NAME", ACR_NAME="my-registry")
        self.refused("FUNCTION_APP_NAME", FUNCTION_APP_NAME="a" * 59)
        self.refused("CONTAINER_NAME", CONTAINER_NAME="two--hyphens")
        self.refused("CONTAINER_NAME", "63 at most", CONTAINER_NAME="a" * 64)
        self.refused("RESOURCE_GROUP", RESOURCE_GROUP="ends.")
        self.refused("VENDOR_KEYS", VENDOR_KEYS="QUANTX_TIINGO_KEY")
        self.refused("there is no such file", PACKAGE="nowhere.zip")
        self.refused("STAGE", "PLAN", STAGE="test", PLAN="premium")
        self.refused("needs flex", PLAN="legacyConsumption", PRIVATE_NETWORK="true")

    def test_names_of_the_greatest_length_are_taken(self):
        done = self.stage.run(
            STORAGE_ACCOUNT="a" * 24,
            ACA_ENV_NAME="a" * 23,
            ACR_NAME="a" * 50,
            FUNCTION_APP_NAME="a" * 58,
            CONTAINER_NAME="a" * 63,
            RESOURCE_GROUP="a" * 90,
        )
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(parameter(self.deployments()[0], "hostStorageAccount"), "a" * 20 + "host")

    def test_a_name_that_somebody_else_has_stops_before_anything_is_made(self):
        taken = [
            {"when": ["check-name", "mylake"], "print": "false"},
            {"when": ["storage", "account", "show"], "status": 3},
        ]
        done = self.stage.run(answers=taken)
        self.assertEqual(done.returncode, 1)
        self.assertIn("mylake is taken", done.stderr)
        self.assertEqual(self.changes(), [])

    def test_flags_that_are_not_known_change_nothing(self):
        for flags in (["--all"], ["--only", "lake"], ["--only"], ["--from", "start"], ["--with-data"], ["--only", "job", "--from", "upload"]):
            with self.subTest(flags):
                done = self.stage.run(*flags)
                self.assertEqual(done.returncode, 2, done.stderr)
                self.assertEqual(self.stage.calls(), [])


class Parameters(WithStage):
    def test_what_the_environment_says_reaches_the_template(self):
        done = self.stage.run(
            BACKFILL_ARGS="backfill --symbols AAPL,0700.HK --start 2020-01-01 --end 2020-12-31",
            VENDOR_KEYS="QUANTX_TIINGO_KEY=tiingo",
            UNIVERSE_PHASE="phase_2",
            MONTHLY_BUDGET="7",
            DAILY_JOB="true",
            STAGE="dev",
        )
        self.assertEqual(done.returncode, 0, done.stderr)
        for words in self.deployments():
            self.assertEqual(json.loads(parameter(words, "backfillArguments"))[:3], ["backfill", "--symbols", "AAPL,0700.HK"])
            self.assertEqual(json.loads(parameter(words, "vendorKeys")), [{"setting": "QUANTX_TIINGO_KEY", "secret": "tiingo"}])
            self.assertEqual(parameter(words, "universePhase"), "phase_2")
            self.assertEqual(parameter(words, "monthlyBudget"), "7")
            self.assertEqual(parameter(words, "dailyJob"), "true")
            self.assertIn(f"@{ROOT}/deploy/bicep/dev.parameters.json", words)
        self.assertIn("az keyvault secret set", done.stderr)

    def test_the_webhook_is_in_no_word_and_no_line_and_its_file_is_removed(self):
        secret = "https://hooks.example.org/abc123"
        done = self.stage.run(ALERT_WEBHOOK_URL=secret)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertNotIn("abc123", done.stdout + done.stderr)
        given = [record["files"] for record in self.stage.records() if record["files"]]
        self.assertTrue(given)
        for files in given:
            for name, text in files.items():
                self.assertEqual(json.loads(text)["parameters"], {"alertWebhookUrl": {"value": secret}})
                self.assertFalse(pathlib.Path(name.removeprefix("@")).exists())
        self.assertNotIn("abc123", " ".join(map(" ".join, self.stage.calls())))

    def test_a_service_principal_is_no_operator(self):
        done = self.stage.run("--only", "monitoring", answers=[{"when": ["ad", "signed-in-user"], "status": 1}])
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(parameter(self.deployments()[0], "operatorPrincipalId"), "")


class DryRun(WithStage):
    def test_every_command_is_printed_and_none_is_run(self):
        real = self.stage.run()
        self.assertEqual(real.returncode, 0, real.stderr)
        ran = [" ".join(words) for words in self.stage.calls()]
        dry = self.stage.run("--dry-run")
        self.assertEqual(dry.returncode, 0, dry.stderr)
        self.assertEqual(self.stage.calls(), [])
        printed = [line for line in dry.stdout.splitlines() if line.split()[0] in ("az", "curl", "cargo")]
        verbs = [" ".join(line.split()[:4]) for line in printed]
        self.assertEqual(verbs, [" ".join(line.split()[:4]) for line in ran])

    def test_it_needs_neither_az_nor_cargo(self):
        done = self.stage.run("--dry-run", with_commands=False, PACKAGE=None)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("cargo xtask package --target x86_64-unknown-linux-gnu.2.28", done.stdout)
        for word in ("az group create", "quantx-resources", "config-zip", "az acr build", "quantx-jobs", "job start"):
            self.assertIn(word, done.stdout)

    def test_without_az_a_real_run_says_so(self):
        done = self.stage.run(with_commands=False)
        self.assertEqual(done.returncode, 2)
        self.assertIn("az is not installed", done.stderr)


class Destroy(WithStage):
    LISTED = [
        {
            "when": ["resource", "list", "Microsoft.Storage/storageAccounts"],
            "print": "/s/providers/Microsoft.Storage/storageAccounts/mylake\n/s/providers/Microsoft.Storage/storageAccounts/mylakehost",
        },
        {"when": ["resource", "list", "Microsoft.Web/sites"], "print": "/s/providers/Microsoft.Web/sites/mylake-app"},
    ]

    def test_another_name_than_the_groups_deletes_nothing(self):
        for typed in ("", "yes\n", "Quantx\n"):
            with self.subTest(typed):
                done = self.stage.run("--destroy", typed=typed, answers=self.LISTED)
                self.assertEqual(done.returncode, 2)
                self.assertEqual(self.changes(), [])

    def test_the_lake_stays_unless_that_is_said(self):
        done = self.stage.run("--destroy", typed="quantx\n", answers=self.LISTED)
        self.assertEqual(done.returncode, 0, done.stderr)
        deleted = [words[words.index("--ids") + 1] for words in self.stage.calls() if "delete" in words and "--ids" in words]
        self.assertEqual([name.rsplit("/", 1)[1] for name in deleted], ["mylake-app", "mylakehost"])
        self.assertNotIn("group delete", self.changes())

    def test_a_group_without_that_lake_is_another_group(self):
        gone = [{"when": ["storage", "account", "show"], "status": 3}]
        done = self.stage.run("--destroy", typed="quantx\n", answers=[*gone, *self.LISTED])
        self.assertEqual(done.returncode, 1)
        self.assertEqual(self.changes(), [])

    def test_with_data_the_group_goes_as_a_whole(self):
        done = self.stage.run("--destroy", "--with-data", typed="quantx\n")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(self.changes(), ["group delete"])
        self.assertIn("THE LAKE", done.stderr)

    def test_dry_run_of_it_asks_and_deletes_nothing(self):
        done = self.stage.run("--destroy", "--dry-run")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(self.stage.calls(), [])
        self.assertIn("az resource delete", done.stdout)


if __name__ == "__main__":
    unittest.main()
