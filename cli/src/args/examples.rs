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

A second run asks only for what is not stored yet. Each run ends with the tables for reading, one per
exchange and year (panel/, actions/). Ctrl-C ends cleanly: what is committed stays.";

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
  quantx copy --from azure --to ./backup --update
  quantx copy --from ./backup --to local --dry-run

Every object is read back and compared by its hash. What is there already is not sent again, so a copy that
ended early goes on where it was. Objects that are other ones in the target are left and reported (exit code 1)
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
  quantx members import membership_mine.csv

Symbols are those of the time. Written by refresh-universe, or imported; a date before the first known
day is an error, never an empty list. Standard error says which members are unproven, where one may be
lacking, and how many have no prices in the lake.";

pub(super) const MEMBERS_IMPORT: &str = "\
Examples:
  quantx members import membership_us_sp500.csv --replace
  quantx members import vendor_export.csv --universe us_sp500 --dry-run

  symbol,from,to
  KORS,2013-11-13,2019-01-02
  CPRI,2019-01-02,2020-05-12
  AAPL,1982-11-30,

from is the first day as a member, to the first day as none, empty for members of today. Symbols may be
spelled as in lists: BRK.B, 700.HK. Later refreshes of the universe go on from the history.";

pub(super) const SHOW_MANIFEST: &str = "\
Examples:
  quantx show-manifest --limit 20
  quantx show-manifest --json
  quantx show-manifest --rebuild

The commit records are the truth; the manifest is made of them and can be rebuilt at any time.";

pub(super) const VERIFY: &str = "\
Examples:
  quantx verify --storage-root ./data
  quantx verify --deep --symbols AAPL,0700.HK
  quantx verify --deep --json
  # What a repair would do, and the repair, without the vendor and with it:
  quantx verify --deep --repair --dry-run
  quantx verify --deep --repair --offline
  quantx verify --deep --repair

Without --deep: every commit record, that every file is there with the bytes that were committed (by
SHA-256), files that nobody committed, leftovers of killed writers, the manifest, and that universes,
quarantine and reports can be read. A listing of which a file is not as committed is looked at as with
--deep. With --deep: every row of every file (order, dates, sessions, prices, names), and Dividends,
Stock Splits, Split Factor and Adj Close recomputed over the whole history and compared bit for bit.

With --repair: files are made again where their rows give the committed SHA-256, records are corrected
or rebuilt where the files prove them, commits that did not end are ended, what nobody committed goes to
quarantine/, temporary files go, the manifest is made again. Rows, holes and events that the lake cannot
prove are asked of the vendor and go through the same commit as any run. Replaced bytes are kept in
quarantine/. Nothing is replaced by less than the record promises.

Exit codes:
  0  all is as promised, perhaps after the repair; notes may be there
  1  damage or warnings are left, or listings were not reached
  2  could not run";

pub(super) const COVERAGE: &str = "\
Examples:
  quantx coverage
  # The status page of the lake as it is, without a run:
  quantx coverage --phase phase_1 --html status.html
  # For a scheduled job: exit code 1 if anything is missing.
  quantx coverage --universe meta/universe_phase_1.csv --check --json

Every session of a listing's exchange, from the first date asked for or its first trade to the last
final session, is present, excused (asked for often enough, or maybe a holiday of an approximate
calendar) or missing. A session that most of an exchange lacks is one market event. Files are
read, no vendor is asked.

Exit codes: 0 done; 1 with --check, something is missing; 2 could not run";

pub(super) const SHOW: &str = "\
Examples:
  quantx show AAPL
  quantx show AAPL 0700.HK --bars 30
  quantx show AAPL --json

Prices are as traded, beside them the adjusted close; the chart has closes without splits. Read are the
commit record and the files of the newest years; the vendor is not asked.

Exit codes: 0 done; 2 could not run, or the lake has no row of a listing";

pub(super) const PLOT: &str = "\
Examples:
  quantx plot AAPL --out aapl.svg
  quantx plot AAPL 0700.HK --from 2015-01-01 --to 2024-12-31 --log --out two.svg
  quantx plot AAPL --from 2024-01-01 --candles --adjusted split --out candles.svg

Splits, dividends and capital gains are marked below the prices, volume stands beneath. Several listings
are drawn as lines that begin at 100, because their units differ. The same rows give the same file.

Exit codes: 0 done; 2 could not run, or a listing has no row there";

pub(super) const EXPORT: &str = "\
Examples:
  quantx export --symbols AAPL,0700.HK --from 2020-01-01 > bars.csv
  quantx export --phase phase_1 --format parquet --adjusted total --out bars.parquet
  quantx export --universe meta/universe_us_sp500.csv --adjusted split --out split.csv

Prices:
  none   as traded, with the columns Adj Close and Split Factor
  split  without splits; volumes and dividends with them
  total  without splits and payments, which are reinvested (CRSP); volumes without splits
Nothing (csv) or null (parquet) is unknown. Listings without a row are named and left out.

Exit codes: 0 done; 1 listings were left out; 2 could not run";

pub(super) const COMPARE: &str = "\
Examples:
  QUANTX_TIINGO_KEY=... quantx compare --symbols AAPL,MSFT --from 2024-01-02 --to 2024-06-28
  quantx compare --symbols AZN.L --from 2024-01-02 --to 2024-06-28 --vendors eodhd,csv
  quantx compare --symbols AAPL --from 2024-01-02 --to 2024-06-28 --json

The stored rows are one witness, of Yahoo's lineage; every vendor is another one. Compared are prices as
traded and volumes, within the tolerances of docs/vendors.md, and splits and dividends. A constant ratio over
five sessions or more is one step and not many cells. With three lineages the one that two others speak
against is outvoted; with two nobody is. The last lines say what to do. Nothing is written.

Keys come from the environment only: QUANTX_EODHD_KEY, QUANTX_TIINGO_KEY, QUANTX_ALPACA_KEY with
QUANTX_ALPACA_SECRET. csv reads files of your own: providers.csv in settings.yaml.

Exit codes:
  0  all agree
  1  something differs, a vendor that covers the exchange gave no rows, or listings were not reached
  2  could not run: wrong arguments or settings, no lake, no vendor is configured";

pub(super) const FLAGS: &str = "\
Examples:
  quantx flags
  quantx flags --since 2024-05-01 --symbols BCAN
  quantx flags --json

How a flag stands:
  new       said first on the day of the newest run: it made that run yellow
  standing  said on an earlier day and not settled: shown, and no reason to look again
  decided   a person decided, or a later answer of the vendor settled it

A run is yellow for what is new, for dividends that are held out of Adj Close, and for stored rows that
the vendor contradicts, until somebody decides. Read are commit records, quarantine and reports; the
vendor is not asked and nothing is written.

Exit codes: 0 done; 1 something could not be read; 2 could not run";

pub(super) const QUARANTINE: &str = "\
Examples:
  quantx quarantine list
  quantx quarantine release 3f9a1c02be41 --note 'confirmed by the exchange'
  quantx quarantine release 77c04d11a9e0 --amount 24.6
  quantx quarantine reject --rule unit_jump --dry-run

What a run refuses is kept as evidence and nothing is overwritten. Released rows go into the lake as
every other row, in place of a stored row of their session; rejected rows stay out for good and are not
reported again. Dividends and capital gains that are not applied as the vendor sends them stand below
the rows. Decisions are kept with name, time and note.

Exit codes: 0 done; 1 something could not be read, decided or stored; 2 could not run";

pub(super) const QUARANTINE_LIST: &str = "\
Examples:
  quantx quarantine list --symbols AAPL,0700.HK
  quantx quarantine list --all --json

How an entry stands:
  open        nobody has decided
  unfinished  released, and not stored yet: release it again
  released    decided: right, stored          rejected   decided: wrong, stays out
  taken       a later run confirmed and stored it
  overtaken   the lake got another row of the session later
  corrected   a dividend whose right amount is proven";

pub(super) const QUARANTINE_RELEASE: &str = "\
Examples:
  quantx quarantine release 3f9a1c02be41 8d0e --note 'confirmed by the exchange'
  quantx quarantine release --symbols AAPL --rule correction_too_large --dry-run
  quantx quarantine release 77c04d11a9e0 --amount 24.6 --note 'dollars at the day rate'

A released row replaces the stored one of its session. From then on only another release changes its
prices. A row that no row of the lake may be, with a close outside of low and high for example, can
never be released. A released dividend enters Adj Close as the vendor sends it, or with --amount; decide
again to change that.";

pub(super) const QUARANTINE_REJECT: &str = "\
Examples:
  quantx quarantine reject 3f9a1c02be41 --note 'pence for pounds'
  quantx quarantine reject --rule unit_jump

From then on the same values of the session, or the same dividend, are as if the vendor had not sent
them.";

pub(super) const REPLAY: &str = "\
Examples:
  quantx replay --market sample --as-of 2012-06-01
  quantx replay --listen 127.0.0.1:8080 --market synthetic:500:us --seed 1 --latency-ms 50
  quantx replay --market synthetic:50 --faults 429=0.05,500=0.02,hang=0.01
  # and in another shell:
  quantx update-daily --symbols S0001 --yahoo-base-url http://127.0.0.1:8080 --requests-per-second 0

The first line of standard output is `listening on http://HOST:PORT`. Runs until Ctrl-C or SIGTERM,
then writes request statistics to standard error. Only addresses of this machine are served.";

pub(super) const DOCTOR: &str = "\
Examples:
  quantx doctor
  quantx doctor --json
  quantx doctor --offline --use-local

Writes one object below runs/ of the lake and takes it away again, and asks the vendor one question;
with --dry-run neither. Each line is ok, look or wrong, with what to do. The exit code is 0 unless a
line is wrong. No line shows a secret.";

pub(super) const CALENDAR: &str = "\
Examples:
  quantx calendar
  quantx calendar hk
  quantx calendar XNYS --from 2024-01-01 --to 2024-12-31 --csv
  quantx calendar XSHG --from 2027-01-01 --json

An exchange is the one of the settings, with the calendar that they give it; every built-in calendar is
known by its MIC without a settings file. Opens and closes are the scheduled ones, in UTC. CSV has the
columns date,open_utc,close_utc,half_day,approximate. Approximate is a session whose year no other
source confirms, or whose holidays are not proclaimed yet. Dates before 1960 and after 2030 are refused.";

pub(super) const COMPLETIONS: &str = "\
Examples:
  quantx completions bash > ~/.local/share/bash-completion/completions/quantx
  quantx completions zsh > ~/.zfunc/_quantx
  quantx completions fish > ~/.config/fish/completions/quantx.fish";

pub(super) const MAN: &str = "\
Examples:
  quantx man | man --local-file -
  quantx man --out ~/.local/share/man/man1

The second one makes quantx.1 and a page for each command, such as `man quantx-backfill`.";
