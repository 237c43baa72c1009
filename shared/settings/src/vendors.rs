//! `providers.*` but Yahoo: how the other vendors are reached.

use std::time::Duration;

use super::constraint::{Constraint, base_address, duration, header, line, one_of, rate, size};
use super::env::{self, ALPACA_KEY, ALPACA_SECRET, CSV_KEY, EODHD_KEY, TIINGO_KEY};
use super::layers::{At, Layers};
use super::resolve::report_reversed;
use super::{Secret, WebAddress};

/// How the vendors beside Yahoo are asked.
#[derive(Debug, Clone)]
pub struct VendorSettings {
    /// What is the same for all of them.
    pub http: VendorHttpSettings,
    /// EODHD, by its token.
    pub eodhd: AccountSettings<Secret<String>>,
    /// Tiingo, by its token.
    pub tiingo: AccountSettings<Secret<String>>,
    /// Alpaca, by key id and secret.
    pub alpaca: AccountSettings<KeyPair>,
    /// The Hong Kong exchange's own pages, which need no key.
    pub hkex: AccountSettings<()>,
    /// Files of the user's own; `None` is off.
    pub csv: Option<CsvSettings>,
}

/// What is the same for all vendors beside Yahoo.
#[derive(Debug, Clone)]
pub struct VendorHttpSettings {
    /// Header of every request.
    pub user_agent: String,
    /// Until the connection stands.
    pub connect_timeout: Duration,
    /// Of the whole request; not below `connect_timeout`.
    pub timeout: Duration,
    /// Longest answer after decompression, and longest file.
    pub body_limit_bytes: u64,
}

/// How a vendor with accounts is asked.
#[derive(Debug, Clone)]
pub struct AccountSettings<K> {
    /// The root that paths are appended to.
    pub base_url: WebAddress,
    /// Questions of all workers together; `None` is no limit.
    pub requests_per_second: Option<f64>,
    /// From the environment only; without it the vendor is off.
    pub key: Option<K>,
}

/// A key and what proves it.
#[derive(Debug, Clone)]
pub struct KeyPair {
    /// The account's key id.
    pub id: Secret<String>,
    /// The secret that belongs to it.
    pub secret: Secret<String>,
}

/// Files of the user's own, one table per listing.
#[derive(Debug, Clone)]
pub struct CsvSettings {
    /// Path or URL with places for a listing.
    pub source: String,
    /// What `{key}` of the source stands for; from the environment only.
    pub key: Option<Secret<String>>,
    /// Whose numbers they are.
    pub lineage: String,
    /// How the bars were made.
    pub bars: CsvBars,
    /// Of which shares prices and volumes are.
    pub basis: CsvBasis,
    /// Between cells.
    pub delimiter: u8,
    /// What separates whole numbers from decimals.
    pub decimal_mark: CsvMark,
    /// As `strftime` has it.
    pub date_format: String,
    /// Which column is what.
    pub columns: CsvColumns,
}

/// How the bars of a table were made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CsvBars {
    /// The exchange's or the tape's own daily values.
    Official,
    /// Summed up from single trades.
    Trades,
}

/// Of which shares the prices of a table are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CsvBasis {
    /// Of those that traded on the day.
    AsTraded,
    /// Of the newest ones.
    Newest,
}

/// What separates whole numbers from decimals.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CsvMark {
    /// `1,234.5`
    Point,
    /// `1.234,5`
    Comma,
}

/// Names in the head of a table; `None` where the table has no such column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CsvColumns {
    /// The session's date.
    pub date: String,
    /// First price.
    pub open: Option<String>,
    /// Highest price.
    pub high: Option<String>,
    /// Lowest price.
    pub low: Option<String>,
    /// Last price.
    pub close: String,
    /// Shares traded.
    pub volume: Option<String>,
    /// Cash per share on the ex-date.
    pub dividend: Option<String>,
    /// New shares per old one on the ex-date.
    pub split: Option<String>,
}

pub(super) fn read(layers: &mut Layers<'_>) -> Option<VendorSettings> {
    let http = http(layers);
    let eodhd_key = layers.read_environment(EODHD_KEY, &key());
    let eodhd = account(layers, "eodhd", secret(eodhd_key));
    let tiingo_key = layers.read_environment(TIINGO_KEY, &key());
    let tiingo = account(layers, "tiingo", secret(tiingo_key));
    let pair = pair(layers);
    let alpaca = account(layers, "alpaca", pair);
    let hkex = account(layers, "hkex", Some(()));
    let csv = csv(layers);
    Some(VendorSettings {
        http: http?,
        eodhd: eodhd?,
        tiingo: tiingo?,
        alpaca: alpaca?,
        hkex: hkex?,
        csv: csv?,
    })
}

fn http(layers: &mut Layers<'_>) -> Option<VendorHttpSettings> {
    const LONGEST: Duration = Duration::from_secs(600);
    const MIB: u64 = 1 << 20;
    let user_agent = layers.value("providers.http.user_agent", &header(512));
    let positive = duration(Duration::from_millis(1)..=LONGEST);
    let connect_timeout = layers.read("providers.http.connect_timeout", &positive);
    let timeout = layers.read("providers.http.timeout", &positive);
    let body_limit = layers.value("providers.http.body_limit", &size(1024..=1024 * MIB));
    report_reversed(
        layers,
        ("providers.http.connect_timeout", &connect_timeout),
        ("providers.http.timeout", &timeout),
    );
    Some(VendorHttpSettings {
        user_agent: user_agent?,
        connect_timeout: connect_timeout?.value,
        timeout: timeout?.value,
        body_limit_bytes: body_limit?,
    })
}

fn account<K>(layers: &mut Layers<'_>, vendor: &str, key: Option<K>) -> Option<AccountSettings<K>> {
    let base_url = layers.value(&format!("providers.{vendor}.base_url"), &base_address());
    let rate = layers.value(&format!("providers.{vendor}.requests_per_second"), &rate());
    Some(AccountSettings {
        base_url: base_url?,
        requests_per_second: rate?,
        key,
    })
}

/// Key id and secret of Alpaca; one without the other is a mistake.
fn pair(layers: &mut Layers<'_>) -> Option<KeyPair> {
    let id = layers.read_environment(ALPACA_KEY, &key());
    let proof = layers.read_environment(ALPACA_SECRET, &key());
    let mut alone = |found: &At<String>, found_key, missing_key| {
        let missing = env::variable_of(missing_key);
        layers.report_problem(found_key, found, format!("only together with {missing}"));
    };
    match (&id, &proof) {
        (Some(id), None) => alone(id, ALPACA_KEY, ALPACA_SECRET),
        (None, Some(proof)) => alone(proof, ALPACA_SECRET, ALPACA_KEY),
        _ => {}
    }
    Some(KeyPair {
        id: secret(id)?,
        secret: secret(proof)?,
    })
}

fn secret(read: Option<At<String>>) -> Option<Secret<String>> {
    read.map(|at| Secret::new(at.value))
}

/// What an account is known by; never shown.
fn key() -> Constraint<String> {
    const LONGEST: usize = 512;
    Constraint::matching("visible ASCII characters without a blank", |text| {
        let is_visible = text.bytes().all(|byte| byte.is_ascii_graphic());
        (is_visible && (1..=LONGEST).contains(&text.len())).then(|| text.to_owned())
    })
    .hidden()
}

fn csv(layers: &mut Layers<'_>) -> Option<Option<CsvSettings>> {
    let source = layers.value("providers.csv.source", &source().or_nothing());
    let key = secret(layers.read_environment(CSV_KEY, &key()));
    let lineage = layers.value("providers.csv.lineage", &line(40));
    let bars = one_of(&[("official", CsvBars::Official), ("trades", CsvBars::Trades)]);
    let bars = layers.value("providers.csv.bars", &bars);
    let basis = one_of(&[
        ("as_traded", CsvBasis::AsTraded),
        ("newest", CsvBasis::Newest),
    ]);
    let basis = layers.read("providers.csv.basis", &basis);
    let delimiter = layers.value("providers.csv.delimiter", &delimiter());
    let mark = one_of(&[("point", CsvMark::Point), ("comma", CsvMark::Comma)]);
    let decimal_mark = layers.value("providers.csv.decimal_mark", &mark);
    let date_format = layers.value("providers.csv.date_format", &line(40));
    let columns = columns(layers);
    if let (Some(basis), Some(columns)) = (&basis, &columns)
        && basis.value == CsvBasis::Newest
        && columns.split.is_none()
    {
        let allowed = "as_traded, or newest with providers.csv.columns.split: without the splits nobody can say what traded";
        layers.report_problem("providers.csv.basis", basis, allowed.to_owned());
    }
    let settings = CsvSettings {
        source: String::new(),
        key,
        lineage: lineage?,
        bars: bars?,
        basis: basis?.value,
        delimiter: delimiter?,
        decimal_mark: decimal_mark?,
        date_format: date_format?,
        columns: columns?,
    };
    Some(source?.map(|source| CsvSettings { source, ..settings }))
}

fn columns(layers: &mut Layers<'_>) -> Option<CsvColumns> {
    let mut needed = |name: &str| layers.value(&format!("providers.csv.columns.{name}"), &line(80));
    let (date, close) = (needed("date"), needed("close"));
    let mut column = |name: &str| {
        let key = format!("providers.csv.columns.{name}");
        layers.value(&key, &line(80).or_nothing())
    };
    let [open, high, low, volume, dividend, split] =
        ["open", "high", "low", "volume", "dividend", "split"].map(&mut column);
    Some(CsvColumns {
        date: date?,
        open: open?,
        high: high?,
        low: low?,
        close: close?,
        volume: volume?,
        dividend: dividend?,
        split: split?,
    })
}

/// A path, or an address. Which places it may have is known to the provider that fills them.
fn source() -> Constraint<String> {
    const LONGEST: usize = 1_000;
    let allowed = "a path as /desk/{exchange}/{ticker}.csv, or an https address as \
                   https://desk.example/{symbol}.csv";
    Constraint::new(allowed, |scalar| {
        let text = &scalar.text;
        let is_line = !text.trim().is_empty() && !text.chars().any(char::is_control);
        if !is_line || text.len() > LONGEST {
            return Err(None);
        }
        if !text.contains("://") {
            return Ok(text.clone());
        }
        let address = WebAddress::parse(text).map_err(|error| Some(error.to_string()))?;
        Ok(address.as_str().to_owned())
    })
}

fn delimiter() -> Constraint<u8> {
    const NAMED: [(&str, u8); 4] = [(",", b','), (";", b';'), ("|", b'|'), ("tab", b'\t')];
    Constraint::new("\",\", \";\", \"|\" or \"tab\"", |scalar| {
        let mut named = NAMED.iter();
        let found = named.find(|(name, _)| *name == scalar.text);
        found.map(|(_, byte)| *byte).ok_or(None)
    })
}

#[cfg(test)]
mod tests {
    use crate::tests::{problems, resolve};

    #[test]
    fn without_a_variable_every_vendor_is_off() {
        let vendors = resolve("", &[]).unwrap().vendors;
        assert!(vendors.eodhd.key.is_none() && vendors.tiingo.key.is_none());
        assert!(vendors.alpaca.key.is_none() && vendors.csv.is_none());
        assert_eq!(vendors.eodhd.base_url.as_str(), "https://eodhd.com/api");
    }

    #[test]
    fn keys_come_from_the_environment_only_and_are_shown_to_nobody() {
        let variables = [
            ("QUANTX_EODHD_KEY", "hunter2eodhd"),
            ("QUANTX_TIINGO_KEY", "hunter2tiingo"),
            ("QUANTX_ALPACA_KEY", "hunter2id"),
            ("QUANTX_ALPACA_SECRET", "hunter2proof"),
            ("QUANTX_CSV_KEY", "hunter2csv"),
        ];
        let text =
            "providers: { csv: { source: \"https://desk.example/{symbol}.csv?key={key}\" } }";
        let settings = resolve(text, &variables).unwrap();
        let vendors = &settings.vendors;
        assert_eq!(
            vendors.tiingo.key.as_ref().unwrap().expose(),
            "hunter2tiingo"
        );
        let pair = vendors.alpaca.key.as_ref().unwrap();
        assert_eq!(pair.secret.expose(), "hunter2proof");
        assert!(!format!("{settings:?}").contains("hunter2"));
        let said = problems("providers: { tiingo: { key: hunter2 } }", &[]);
        assert!(
            said.contains("unknown key") && !said.contains("hunter2"),
            "{said}"
        );
        let said = problems("", &[("QUANTX_TIINGO_KEY", "hunter2 and more")]);
        assert!(
            said.contains("not shown") && !said.contains("hunter2"),
            "{said}"
        );
    }

    #[test]
    fn half_of_a_pair_of_keys_is_a_mistake() {
        let said = problems("", &[("QUANTX_ALPACA_KEY", "hunter2")]);
        assert!(said.contains("QUANTX_ALPACA_SECRET"), "{said}");
        assert!(!said.contains("hunter2"), "{said}");
    }

    #[test]
    fn tables_of_newest_shares_need_their_splits() {
        let of = |columns: &str| {
            format!(
                "providers: {{ csv: {{ source: \"/d/{{ticker}}.csv\", basis: newest{columns} }} }}"
            )
        };
        let said = problems(&of(""), &[]);
        assert!(said.contains("providers.csv.columns.split"), "{said}");
        let csv = resolve(&of(", columns: { split: Ratio }"), &[]).unwrap();
        let csv = csv.vendors.csv.unwrap();
        assert_eq!(csv.columns.split.as_deref(), Some("Ratio"));
        assert_eq!(csv.columns.close, "Close");
    }

    #[test]
    fn a_source_is_a_path_or_an_encrypted_address() {
        for bad in [
            "http://desk.example/{symbol}.csv",
            "https://u:p@desk.example/{symbol}",
        ] {
            let text = format!("providers: {{ csv: {{ source: \"{bad}\" }} }}");
            assert!(resolve(&text, &[]).is_err(), "{bad}");
        }
    }
}
