use super::*;
use crate::codec::{self, CodecError, DerivedColumns, FileContext};
use crate::fixtures::{bars, listing, shared_data};
use crate::proof::raw_year::{self, RawFault};
use quantx_market::Bar;

/// Length of a seal: its magic and a SHA-256.
const SEAL_LEN: usize = 8 + 32;

fn encoded(n_bars: usize) -> Vec<u8> {
    let closes: Vec<f64> = (0..n_bars).map(|n| 10.0 + n as f64 / 8.0).collect();
    let bars = bars("2023-01-03", &closes);
    let of = |get: fn(&Bar) -> f64| bars.iter().map(get).collect::<Vec<f64>>();
    let derived = DerivedColumns {
        adjusted_close: of(|bar| bar.close.get()),
        split_factor: of(|_| 1.0),
        dividends: of(|_| 0.0),
        splits: of(|_| 0.0),
    };
    let listing = listing("AAPL");
    let context = FileContext {
        listing: &listing,
        currency: "USD",
        unit_scale: 1.0,
        actions_hash: "none",
        compression_level: 3,
    };
    codec::encode(&bars, &derived, &context).unwrap()
}

/// The Parquet file inside a sealed one.
fn unsealed(sealed: &[u8]) -> Vec<u8> {
    let start = seal::footer_start(sealed).unwrap();
    [&sealed[..start - SEAL_LEN], &sealed[start..]].concat()
}

/// The file with another footer, sealed as whoever can write the lake would.
fn with_footer(sealed: &[u8], footer: &[u8]) -> Vec<u8> {
    let parquet = unsealed(sealed);
    let start = seal::footer_start(&parquet).unwrap();
    let length = u32::try_from(footer.len()).unwrap().to_le_bytes();
    let forged = [&parquet[..start], footer, &length, b"PAR1"].concat();
    seal::seal(forged).unwrap()
}

fn fault(sealed: &[u8]) -> FooterFault {
    match codec::decode(sealed) {
        Err(CodecError::Footer(fault)) => fault,
        other => panic!("{other:?}"),
    }
}

#[test]
fn files_of_this_program_pass_and_lose_only_the_description_by_arrow() {
    for n_bars in [0, 1, 250] {
        let sealed = encoded(n_bars);
        let footer = Footer::read(&sealed, Bounds::YEAR).unwrap();
        assert_eq!(footer.check(), Ok(()), "{n_bars} rows");
        assert_eq!(footer.rows().unwrap(), n_bars as u64);
        assert_eq!(footer.columns().unwrap(), 12);
        let read = footer.for_reader(sealed.clone().into()).footer;
        let own = &sealed[seal::footer_start(&sealed).unwrap()..];
        assert_eq!(read.len(), own.len());
        let differing = own.iter().zip(&read).filter(|(a, b)| a != b).count();
        assert_eq!(differing, ARROW_KEY.len() - 1, "the colon stays");
        assert!(footer.pairs().keys().all(|key| key.starts_with("quantx.")));
        match codec::decode(&sealed) {
            Ok(year) => assert_eq!(year.bars.len(), n_bars),
            // No row names the symbol that the hash is of; nobody writes such a file.
            Err(error) => assert!(n_bars == 0 && matches!(error, CodecError::RowsHash)),
        }
    }
}

#[test]
fn a_year_has_no_more_days_than_a_year() {
    let fault = fault(&encoded(367));
    assert_eq!(
        fault.to_string(),
        "it claims 367 rows; a file of its kind has at most 366"
    );
}

#[test]
fn a_list_is_no_longer_than_the_bytes_that_are_left() {
    // A schema of two billion elements: field 2, a list, of structures, as many as a varint can say.
    let footer = [0x15, 0x02, 0x19, 0xfc, 0xff, 0xff, 0xff, 0xff, 0x07, 0x00];
    assert_eq!(fault(&with_footer(&encoded(3), &footer)), FooterFault::Ends);
}

#[test]
fn a_field_of_another_type_or_twice_is_not_read() {
    // Field 3, the number of rows, as octets; then field 1 twice.
    for footer in [
        &[0x38, 0x01, 0x41, 0x00][..],
        &[0x15, 0x02, 0x05, 0x02, 0x02, 0x00],
    ] {
        let fault = fault(&with_footer(&encoded(3), footer));
        assert_eq!(fault, FooterFault::Garbled);
    }
}

#[test]
fn structures_without_end_are_not_followed() {
    // Field 99 of every structure is another one: the stack of whoever follows them ends first.
    let footer = [0x0c, 0xc6, 0x01].repeat(20_000);
    let fault = fault(&with_footer(&encoded(3), &footer));
    assert_eq!(fault, FooterFault::Garbled);
}

#[test]
fn a_finding_says_what_is_wrong_with_a_sealed_file() {
    let fault = raw_year::read(&encoded(400)).unwrap_err();
    let RawFault::Schema(text) = fault else {
        panic!("{fault:?}");
    };
    assert!(text.contains("it claims 400 rows"), "{text}");
}

/// Bytes of address space that the process has had at most.
#[cfg(target_os = "linux")]
fn peak_bytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmPeak:"));
    let kib = line
        .and_then(|line| line.split_whitespace().nth(1))
        .unwrap();
    kib.parse::<u64>().unwrap() * 1024
}

/// What no year file may make a reader ask for.
#[cfg(target_os = "linux")]
const ALLOWED_BYTES: u64 = 256 * 1024 * 1024;

#[cfg(target_os = "linux")]
#[test]
fn a_sealed_file_that_allocates_27_gigabytes_is_refused_by_name() {
    let Some(folder) = shared_data() else {
        return;
    };
    let file = folder.join("hostile/sealed-allocates-27GB.parquet.bin");
    // The seal that whoever can write the lake can make.
    let bytes = seal::seal(std::fs::read(file).unwrap()).unwrap();
    let before = peak_bytes();
    let decoded = codec::decode(&bytes);
    let raw = raw_year::read(&bytes);
    assert!(matches!(decoded, Err(CodecError::Footer(_))), "{decoded:?}");
    assert!(matches!(raw, Err(RawFault::Schema(_))), "{raw:?}");
    assert!(peak_bytes() - before < ALLOWED_BYTES);
}

/// One way to damage a file that is then sealed again.
fn damage(parquet: &mut [u8], random: &mut fastrand::Rng) {
    const STRANGE: [u8; 8] = [0x00, 0x01, 0x7f, 0x80, 0xff, 0xfe, 0x0f, 0xf0];
    let start = seal::footer_start(parquet).unwrap();
    let end = parquet.len() - 8;
    // Footer and page headers are where sizes stand; most of a file are prices.
    let from = if random.u8(..4) < 3 { start } else { 4 };
    for _ in 0..random.usize(1..6) {
        let at = random.usize(from..end);
        match random.u8(..4) {
            0 => parquet[at] ^= 1 << random.u8(..8),
            1 => parquet[at] = STRANGE[random.usize(..STRANGE.len())],
            2 => parquet[at] = random.u8(..),
            _ => {
                // A run of another place.
                let length = random.usize(1..16).min(end - at);
                let other = random.usize(4..end - length);
                parquet.copy_within(other..other + length, at);
            }
        }
    }
}

#[cfg(target_os = "linux")]
#[test]
fn damage_below_the_seal_ends_no_process_and_takes_no_memory() {
    let whole = unsealed(&encoded(60));
    let mut random = fastrand::Rng::with_seed(12);
    let before = peak_bytes();
    let (mut refused, mut gave_up) = (0, 0);
    for nth in 0..3_000 {
        let mut parquet = whole.clone();
        damage(&mut parquet, &mut random);
        let Some(sealed) = seal::seal(parquet) else {
            continue;
        };
        match codec::decode(&sealed) {
            Err(CodecError::Footer(FooterFault::GaveUp)) => gave_up += 1,
            Err(CodecError::Footer(_)) => refused += 1,
            _ => {}
        }
        // Whatever they answer, they answer.
        let _ = (
            raw_year::read(&sealed).is_ok(),
            codec::decode_dates(&sealed).is_ok(),
        );
        let taken = peak_bytes() - before;
        assert!(taken < ALLOWED_BYTES, "file {nth} took {taken} bytes");
    }
    eprintln!("{refused} refused by their footer, the reader gave up on {gave_up}");
    assert!(refused > 1_500, "{refused}");
}
