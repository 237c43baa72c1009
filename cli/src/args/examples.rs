//! What stands below the flags in `--help`.

pub(super) const QUANTX: &str = "\
Examples:
  quantx backfill --phase sample --provider sample --start 2010-01-04 --end 2013-03-01 --use-local
  quantx update-daily --phase phase_1 --max-workers 10
  quantx show-manifest --storage-root ./data

Exit codes:
  0  done; the verdict is green or yellow
  1  the verdict is red (too many listings failed, or nothing of what was due was stored),
     or listings were not reached: run again to take them up
  2  could not run: wrong arguments or settings, the lake cannot be opened, nothing to work on
  130  left at once by a second Ctrl-C; what was committed stays

Settings come from the built-in defaults, settings.yaml, environment variables and flags, each
stronger than the one before. Standard output is data, standard error is logs and progress.";

pub(super) const BACKFILL: &str = "\
Examples:
  # Five real listings, no account, no network:
  quantx backfill --phase sample --provider sample --start 2010-01-04 --end 2013-03-01 --use-local
  # What would be asked, and how long it would take:
  quantx backfill --symbols AAPL,0700.HK --start 2004-01-01 --end 2023-12-31 --dry-run
  # Every member of those years, also those who left since:
  quantx backfill --phase phase_1 --members-between 2015-01-01 2019-12-31 --start 2015-01-01 --end 2019-12-31
  # A list of the lake, faster:
  quantx backfill --universe meta/universe_phase_1.csv --start 2004-01-01 --end 2023-12-31 --max-workers 20

A second run asks only for what is not stored yet. Ctrl-C ends cleanly: what is committed stays.";

pub(super) const UPDATE_DAILY: &str = "\
Examples:
  quantx update-daily
  quantx update-daily --phase phase_1 --lookback-days 10
  # As it would have run on a day in the past, as JSON:
  quantx update-daily --provider sample --phase sample --as-of 2012-06-01 --json

Every listing is taken from its last stored session to the last final one, so that missed days heal
by themselves. A listing without history is backfilled from fetcher.backfill_start.";

pub(super) const PLAN: &str = "\
Examples:
  quantx plan
  quantx plan --phase phase_1 --start 2010-01-04 --end 2024-12-31
  quantx plan --symbols AAPL,0700.HK --json

Without dates the daily update is planned. Nothing is written and the vendor is not asked. The cost is that
of Blob Storage and of the configured rate's time, from the price table in settings.yaml (costs).";

pub(super) const COPY: &str = "\
Examples:
  quantx copy --from local --to azure
  quantx copy --from azure --to ./backup
  quantx copy --from ./backup --to local --dry-run

Every object is read back and compared by its hash. What is there already is not sent again, so a copy that
ended early goes on where it was. Objects that are other ones in the target are left and told (exit code 1)
unless --replace is given. The target's container is created only with storage.azure.create_container.";

pub(super) const REFRESH_UNIVERSE: &str = "\
Examples:
  quantx refresh-universe --phase phase_1
  # What each source says now, compared with the stored lists; nothing is written:
  quantx refresh-universe --phase phase_1 --dry-run
  # After looking at a list that was refused because too much changed:
  quantx refresh-universe --phase phase_1 --accept

Writes meta/universe_NAME.csv and meta/membership_NAME.csv for each enabled universe, the phase's union
and where all of it came from. A source that cannot be read or believed leaves the last good list in
force and ends with exit code 1.";

pub(super) const MEMBERS: &str = "\
Examples:
  quantx members us_sp500 --on 2019-06-28
  quantx members us_sp500 --between 2015-01-01 2019-12-31 --json

Symbols are those of the time. Written by refresh-universe; a date before the first known day is an
error, never an empty list.";

pub(super) const SHOW_MANIFEST: &str = "\
Examples:
  quantx show-manifest --limit 20
  quantx show-manifest --json
  quantx show-manifest --rebuild

The commit records are the truth; the manifest is made of them and can be rebuilt at any time.";

pub(super) const REPLAY: &str = "\
Examples:
  quantx replay --market sample --as-of 2012-06-01
  quantx replay --listen 127.0.0.1:8080 --market synthetic:500:us --seed 1 --latency-ms 50
  quantx replay --market synthetic:50 --faults 429=0.05,500=0.02,hang=0.01
  # and in another shell:
  quantx update-daily --symbols S0001 --yahoo-base-url http://127.0.0.1:8080 --requests-per-second 0

The first line of standard output is `listening on http://HOST:PORT`. Runs until Ctrl-C or SIGTERM,
then writes request statistics to standard error. Only addresses of this machine are served.";
