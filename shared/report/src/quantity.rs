//! Numbers with units, for people.

/// `1,234,567`
pub fn grouped(number: impl TryInto<u64>) -> String {
    let digits = number.try_into().unwrap_or(u64::MAX).to_string();
    let mut text = String::with_capacity(digits.len() * 4 / 3);
    for (n, digit) in digits.chars().enumerate() {
        if n > 0 && (digits.len() - n).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `999 B`, `12.3 kB`
pub fn bytes(bytes: u64) -> String {
    let mut size = bytes as f64;
    for unit in ["B", "kB", "MB", "GB"] {
        if size < 999.95 {
            return if unit == "B" {
                format!("{bytes} B")
            } else {
                format!("{size:.1} {unit}")
            };
        }
        size /= 1000.0;
    }
    format!("{size:.1} TB")
}

/// `0.25 s`, `12.3 s`, `4 min 05 s`, `3 h 20 min`
pub fn duration_ms(ms: u64) -> String {
    let seconds = ms as f64 / 1000.0;
    let whole = ms.div_euclid(1000);
    match ms {
        0..10_000 => format!("{seconds:.2} s"),
        10_000..120_000 => format!("{seconds:.1} s"),
        120_000..7_200_000 => format!("{} min {:02} s", whole / 60, whole % 60),
        _ => format!("{} h {:02} min", whole / 3600, whole / 60 % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_at_a_glance() {
        assert_eq!(
            [0, 999, 1000, 1_234_567].map(|n: u64| grouped(n)),
            ["0", "999", "1,000", "1,234,567"]
        );
        assert_eq!(
            [
                0,
                999,
                1000,
                999_949,
                999_950,
                2_500_000_000,
                1_500_000_000_000
            ]
            .map(bytes),
            [
                "0 B", "999 B", "1.0 kB", "999.9 kB", "1.0 MB", "2.5 GB", "1.5 TB"
            ]
        );
        assert_eq!(
            [0, 9_999, 59_960, 125_000, 12_000_000].map(duration_ms),
            ["0.00 s", "10.00 s", "60.0 s", "2 min 05 s", "3 h 20 min"]
        );
    }
}
