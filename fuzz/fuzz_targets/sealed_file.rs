//! A real file of the lake, changed below its seal and sealed again: whoever can write the lake can do so.
//!
//! The input is a list of changes to the pages and the footer of a file that this program wrote, so that
//! every run reaches what lies behind the seal. Reading it gives a value or an error, and takes little
//! memory: run it with `-rss_limit_mb=512`.
#![no_main]

use std::panic;
use std::sync::{Once, OnceLock};

#[path = "../seal.rs"]
mod seal;

use libfuzzer_sys::fuzz_target;
use quantx::lake::adjust::adjust;
use quantx::lake::codec::{self, DerivedColumns, FileContext};
use quantx::market::{ActionSet, Bar, ExchangeTable, Listing};
use quantx::settings::{EnvMap, Overrides, Settings};
use seal::TAIL_LEN;

static QUIET: Once = Once::new();
static FILE: OnceLock<Vec<u8>> = OnceLock::new();

fuzz_target!(|bytes: &[u8]| {
    // The codec catches what the Parquet reader does to itself; the fuzzer's hook would end the process
    // before that. What gets through is a panic of the target all the same.
    QUIET.call_once(|| panic::set_hook(Box::new(|_| {})));
    if let Some(sealed) = seal::seal(&changed(FILE.get_or_init(parquet), bytes)) {
        let _ = codec::decode(&sealed);
        let _ = codec::decode_dates(&sealed);
    }
});

/// Parquet as a writer of the lake makes it, without the seal: a year of bars.
fn parquet() -> Vec<u8> {
    let bars = year();
    let exchanges: ExchangeTable =
        Settings::resolve(None, None, &EnvMap::default(), &Overrides::default())
            .expect("the built-in settings")
            .exchanges;
    let listing = Listing::parse("AAPL", &exchanges).expect("a symbol");
    let actions = ActionSet::default();
    let adjustment = adjust(&bars, None, &actions);
    let context = FileContext {
        listing: &listing,
        currency: "USD",
        unit_scale: 1.0,
        actions_hash: &codec::actions_hash(&actions),
        compression_level: 3,
    };
    let derived = DerivedColumns::slice(&adjustment, 0..bars.len());
    let sealed = codec::encode(&bars, &derived, &context).expect("a year of bars");
    assert!(codec::decode(&sealed).is_ok());
    let start = seal::footer_start(&sealed).expect("a footer");
    [&sealed[..start - seal::LEN], &sealed[start..]].concat()
}

fn year() -> Vec<Bar> {
    let calendar = quantx::calendar::Calendar::of("XNYS").expect("New York");
    let (first, end) = ("2024-01-01", "2025-01-01");
    let range = quantx::market::SessionRange::new(
        first.parse().expect("a date"),
        end.parse().expect("a date"),
    );
    let sessions = calendar.sessions(range).enumerate();
    let bar = |(at, session)| {
        let close = 100.0 + f64::from((at as u32 * 37) % 101) / 100.0;
        let prices = [close, close + 1.0, close - 1.0, close];
        Bar::new(session, prices, 1000.0 + at as f64).expect("a bar")
    };
    sessions.map(bar).collect()
}

/// The file after changes of five bytes each: where (two bytes; an odd first byte of the change counts
/// from the end of the file, where the footer is), what is done, and with which byte and how often.
fn changed(file: &[u8], changes: &[u8]) -> Vec<u8> {
    let mut file = file.to_vec();
    for change in changes.chunks_exact(5).take(64) {
        let [low, high, what, byte, n] = *change else {
            continue;
        };
        // The first four bytes and the tail stay: without them it is no Parquet at all.
        let room = file.len() - TAIL_LEN - 4;
        let from_start = usize::from(u16::from_le_bytes([low, high])) % room;
        let at = match what & 1 {
            0 => 4 + from_start,
            _ => 4 + room - 1 - from_start,
        };
        match what >> 1 & 7 {
            0..4 => file[at] = byte,
            4 => file[at] ^= 1 << (byte & 7),
            5 => {
                file.remove(at);
                // The footer's length no longer fits; often it should.
                shift_footer(&mut file, -1, n);
            }
            6 => {
                file.insert(at, byte);
                shift_footer(&mut file, 1, n);
            }
            _ => {
                let end = (at + usize::from(n)).min(file.len() - TAIL_LEN);
                file[at..end].fill(byte);
            }
        }
        if file.len() < 64 {
            break;
        }
    }
    file
}

/// Makes the footer's length follow a change within it.
fn shift_footer(file: &mut [u8], by: i32, n: u8) {
    if n & 1 == 0 {
        return;
    }
    let tail = file.len() - TAIL_LEN;
    let length: [u8; 4] = file[tail..tail + 4].try_into().expect("four bytes");
    let length = u32::from_le_bytes(length).saturating_add_signed(by);
    file[tail..tail + 4].copy_from_slice(&length.to_le_bytes());
}
