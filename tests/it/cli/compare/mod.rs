//! `compare`: what other vendors say of stored sessions. Their answers are made of a truth that the test
//! knows: the sample as it was stored, which other tests hold against its source.

mod over_a_split;
mod own_tables;

use std::collections::BTreeMap;
use std::fs;

use bytes::Bytes;
use quantx::lake::codec;
use quantx::market::Price;
use quantx_tests::pages::{Page, PageServer};
use serde_json::{Value, json};

use super::Desk;

const EODHD_KEY: &str = "hunter2eodhd";
const TIINGO_KEY: &str = "hunter2tiingo";
const CSV_KEY: &str = "hunter2csv";
const SYMBOL: &str = "AAPL";
const RANGE: [&str; 2] = ["2012-01-03", "2012-06-29"];
/// Ninety days before the range: out of them is learnt what is usual.
const START: &str = "2011-10-05";

/// One session: open, high, low, close and shares.
type Row = ([f64; 4], f64);
/// A history as traded, by date as it is written.
type History = BTreeMap<String, Row>;

/// Splits and payments by ex-date.
#[derive(Debug, Clone, Default)]
struct Events {
    /// New shares per old one.
    splits: BTreeMap<String, f64>,
    /// Cash per share of the ex-date.
    dividends: BTreeMap<String, f64>,
}

impl Events {
    /// New shares that one share of `date` has become.
    fn factor(&self, date: &str) -> f64 {
        let later = self
            .splits
            .iter()
            .filter(|(ex_date, _)| ex_date.as_str() > date);
        later.map(|(_, ratio)| ratio).product()
    }
}

/// As Tiingo writes a history.
fn tiingo(rows: &History, events: &Events) -> Page {
    let rows = rows
        .iter()
        .map(|(date, ([open, high, low, close], volume))| {
            json!({
                "date": format!("{date}T00:00:00.000Z"), "open": open, "high": high, "low": low,
                "close": close, "volume": volume,
                "divCash": events.dividends.get(date).unwrap_or(&0.0),
                "splitFactor": events.splits.get(date).unwrap_or(&1.0),
            })
        });
    page(rows.collect())
}

/// As EODHD writes one: prices as traded, volumes in shares of today.
fn eodhd(rows: &History, events: &Events) -> Page {
    let rows = rows
        .iter()
        .map(|(date, ([open, high, low, close], volume))| {
            json!({
                "date": date, "open": open, "high": high, "low": low, "close": close,
                "adjusted_close": close, "volume": volume * events.factor(date),
            })
        });
    page(rows.collect())
}

fn page(rows: Vec<Value>) -> Page {
    Page {
        status: 200,
        content_type: "application/json",
        body: serde_json::to_vec(&rows).unwrap(),
    }
}

/// A lake, both vendors on this machine, and the settings that lead to them.
struct Bench {
    desk: Desk,
    server: PageServer,
    symbol: &'static str,
    range: [&'static str; 2],
    /// From here on vendors are asked.
    start: &'static str,
}

impl Bench {
    fn new() -> Self {
        Self::of(Desk::with_sample(), SYMBOL, RANGE, START)
    }

    fn of(desk: Desk, symbol: &'static str, range: [&'static str; 2], start: &'static str) -> Self {
        let server = PageServer::start();
        let bench = Self {
            desk,
            server,
            symbol,
            range,
            start,
        };
        bench.configure("");
        bench
    }

    /// The stored rows from the first day that vendors are asked for.
    fn truth(&self) -> History {
        let lake = self.desk.lake();
        let folder = format!("ticker={}/", self.symbol);
        let files = lake.iter().filter(|(path, _)| {
            path.starts_with("data/") && path.contains(&folder) && path.ends_with(".parquet")
        });
        let mut rows = History::new();
        for (_, bytes) in files {
            for bar in codec::decode(&Bytes::from(bytes.clone())).unwrap().bars {
                let prices = bar.prices().map(|price| price.map(Price::get).unwrap());
                let row = (prices, bar.volume.unwrap() as f64);
                rows.insert(bar.date.date().to_string(), row);
            }
        }
        rows.retain(|date, _| date.as_str() >= self.start);
        assert!(rows.len() > 200, "{}", rows.len());
        rows
    }

    fn sessions(&self, rows: &History) -> usize {
        let [from, to] = self.range;
        let dates = rows.keys().map(String::as_str);
        dates.filter(|date| (from..=to).contains(date)).count()
    }

    fn configure(&self, more: &str) {
        let folder = self.desk.path("config");
        fs::create_dir_all(&folder).unwrap();
        let text = format!(
            "fetcher: {{ retry: {{ max_attempts: 1 }} }}\nproviders:\n  \
             eodhd: {{ base_url: \"{}\", requests_per_second: 0 }}\n  \
             tiingo: {{ base_url: \"{}\", requests_per_second: 0 }}\n{more}",
            self.server.url("/eodhd"),
            self.server.url("/tiingo"),
        );
        fs::write(folder.join("settings.yaml"), text).unwrap();
    }

    fn tiingo_says(&self, rows: &History) {
        self.tiingo_says_with(rows, &Events::default());
    }

    fn tiingo_says_with(&self, rows: &History, events: &Events) {
        let Self { symbol, start, .. } = self;
        let path = format!(
            "/tiingo/tiingo/daily/{symbol}/prices?startDate={start}&format=json&resampleFreq=daily"
        );
        self.server.set(&path, tiingo(rows, events));
    }

    /// Where EODHD is asked.
    fn eodhd_path(&self, kind: &str, more: &str) -> String {
        let Self { symbol, start, .. } = self;
        format!("/eodhd/{kind}/{symbol}.US?api_token={EODHD_KEY}&fmt=json&from={start}{more}")
    }

    fn eodhd_says(&self, rows: &History) {
        self.eodhd_says_with(rows, &Events::default());
    }

    fn eodhd_says_with(&self, rows: &History, events: &Events) {
        let prices = self.eodhd_path("eod", "&period=d&order=a");
        self.server.set(&prices, eodhd(rows, events));
        let splits = events.splits.iter();
        let splits = splits
            .map(|(date, ratio)| json!({ "date": date, "split": format!("{ratio:.6}/1.000000") }));
        self.server
            .set(&self.eodhd_path("splits", ""), page(splits.collect()));
        let dividends = events.dividends.iter().map(|(date, amount)| {
            let value = amount / events.factor(date);
            json!({ "date": date, "value": value, "unadjustedValue": amount, "currency": "USD" })
        });
        self.server
            .set(&self.eodhd_path("div", ""), page(dividends.collect()));
    }

    /// Runs `compare` with both keys; neither is ever shown, and nothing is written.
    fn compare(&self, words: &[&str], code: i32) -> String {
        let before = self.desk.lake();
        let [from, to] = self.range;
        #[rustfmt::skip]
        let named = [
            "compare", "--use-local", "--as-of", "2013-03-02", "--log-level", "debug",
            "--symbols", self.symbol, "--from", from, "--to", to,
        ];
        let words = [&named[..], words].concat();
        let keys = [
            ("QUANTX_EODHD_KEY", EODHD_KEY),
            ("QUANTX_TIINGO_KEY", TIINGO_KEY),
            ("QUANTX_CSV_KEY", CSV_KEY),
        ];
        let ran = self.desk.run_with(&words, &keys).ends_with(code);
        assert!(!format!("{ran:?}").contains("hunter2"), "{ran:?}");
        assert_eq!(self.desk.lake(), before);
        ran.stdout
    }

    fn report(&self, words: &[&str], code: i32) -> Value {
        let text = self.compare(&[&["--json"], words].concat(), code);
        serde_json::from_str(&text).unwrap()
    }
}

#[test]
fn vendors_that_say_what_is_stored_agree() {
    let bench = Bench::new();
    let truth = bench.truth();
    bench.tiingo_says(&truth);
    bench.eodhd_says(&truth);
    let report = bench.report(&[], 0);
    let cells = 5 * bench.sessions(&truth);
    assert_eq!(report["votes"]["confirmed"], json!({ "3": cells }));
    assert_eq!(report["verdict"], "agrees");
    assert_eq!(report["pairs"].as_array().unwrap().len(), 3);
    let text = bench.compare(&["--vendors", "tiingo"], 0);
    assert!(text.contains("1 listing: all agree\n"), "{text}");
    assert!(text.contains("asked: tiingo (1 request)"), "{text}");
}

#[test]
fn a_lying_cell_and_a_missed_split_are_laid_to_who_has_them() {
    let bench = Bench::new();
    let truth = bench.truth();
    let mut lying = truth.clone();
    lying.get_mut("2012-05-15").unwrap().0[3] += 1.0;
    bench.tiingo_says(&lying);
    // Everything up to March as if a split of two for one came after it, and no such split is listed.
    let mut split = truth.clone();
    for (date, (prices, volume)) in &mut split {
        if date.as_str() <= "2012-03-30" {
            *prices = prices.map(|price| price / 2.0);
            *volume *= 2.0;
        }
    }
    bench.eodhd_says(&split);
    let report = bench.report(&[], 1);
    let listing = &report["listings"][0];
    let cell = &listing["cells"][0];
    assert_eq!(listing["cells"].as_array().unwrap().len(), 1, "{listing:#}");
    assert_eq!(cell["date"], "2012-05-15");
    assert_eq!(cell["column"], "close");
    assert_eq!(cell["outvoted"], json!(["tiingo"]));
    assert_eq!(cell["decided"], json!(truth["2012-05-15"].0[3]));
    let step = &listing["steps"][0];
    assert_eq!(listing["steps"].as_array().unwrap().len(), 1, "{listing:#}");
    assert_eq!(step["outvoted"], "eodhd");
    assert_eq!(step["kind"], "split");
    assert_eq!(step["terms"], json!([1, 2]));
    assert_eq!(
        (&step["first"], &step["last"]),
        (&json!("2012-01-03"), &json!("2012-03-30"))
    );
    let text = bench.compare(&[], 1);
    for line in [
        "outvoted: eodhd in 1 step\n",
        "outvoted: tiingo in 1 cell\n",
        "1 listing (AAPL): the stored rows stand: others are outvoted; nothing to do\n",
        "off: alpaca (set QUANTX_ALPACA_KEY and QUANTX_ALPACA_SECRET)\n",
        "off: csv (set providers.csv.source in settings.yaml)\n",
    ] {
        assert!(text.contains(line), "{line}{text}");
    }
    // With two words nobody is outvoted, and the difference is told all the same.
    let text = bench.compare(&["--vendors", "tiingo"], 1);
    assert!(
        text.contains("no majority")
            && !text.contains("outvoted:")
            && text.contains("(AAPL): undecided:"),
        "{text}"
    );
}

#[test]
fn stored_rows_that_two_others_speak_against_are_named() {
    let bench = Bench::new();
    let mut other = bench.truth();
    // Both have another close of one session, and one more session than is stored.
    other.get_mut("2012-04-18").unwrap().0[3] += 0.25;
    other.insert("2012-04-06".to_owned(), other["2012-04-05"]);
    bench.tiingo_says(&other);
    bench.eodhd_says(&other);
    let report = bench.report(&[], 1);
    assert_eq!(report["verdict"], "stored_outvoted", "{report:#}");
    let listing = &report["listings"][0];
    assert_eq!(listing["cells"][0]["outvoted"], json!(["lake"]));
    assert_eq!(
        listing["absent"],
        json!([{ "date": "2012-04-06", "vendors": ["lake"], "outvoted": ["lake"] }])
    );
    let text = bench.compare(&[], 1);
    for line in [
        "outvoted: lake in 1 cell, 1 session\n",
        "AAPL 2012-04-06: no row of lake (outvoted)\n",
        "1 listing (AAPL): the stored rows are outvoted: take their history anew",
    ] {
        assert!(text.contains(line), "{line}{text}");
    }
}

#[test]
fn a_vendor_that_refuses_the_key_is_named_and_the_others_are_compared() {
    let bench = Bench::new();
    let truth = bench.truth();
    bench.tiingo_says(&truth);
    let refused = Page {
        body: format!("no such token {EODHD_KEY}").into_bytes(),
        ..Page::error(401)
    };
    let path = bench.eodhd_path("eod", "&period=d&order=a");
    bench.server.set(&path, refused);
    let text = bench.compare(&[], 1);
    assert!(
        text.contains("AAPL: no rows of eodhd: eodhd does not take the key"),
        "{text}"
    );
    assert!(text.contains("lake / tiingo"), "{text}");
    assert!(
        text.contains("1 listing (AAPL): nothing is undecided, but"),
        "{text}"
    );
}

#[test]
fn without_a_vendor_the_error_names_the_variables() {
    let desk = Desk::with_sample();
    let [from, to] = RANGE;
    #[rustfmt::skip]
    let words = ["compare", "--use-local", "--symbols", SYMBOL, "--from", from, "--to", to];
    desk.run(&words).is_refused(&[
        "no vendor to compare with is configured",
        "QUANTX_EODHD_KEY (eodhd)",
        "QUANTX_TIINGO_KEY (tiingo)",
        "QUANTX_ALPACA_KEY and QUANTX_ALPACA_SECRET (alpaca)",
        "providers.csv.source in settings.yaml (csv)",
    ]);
    let named = |vendor| [&words[..], &["--vendors", vendor]].concat();
    desk.run(&named("tiingo"))
        .is_refused(&["tiingo is off: set QUANTX_TIINGO_KEY"]);
    desk.run(&named("stooq"))
        .is_refused(&["\"stooq\"", "eodhd, tiingo, alpaca, csv"]);
}
