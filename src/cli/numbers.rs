//! Numbers as people read them.

use std::time::Duration;

/// `21578` as `21,578`.
pub(super) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// Bytes in decimal units: `27.6 MB`.
pub(super) fn size(bytes: u64) -> String {
    const UNITS: [&str; 5] = ["kB", "MB", "GB", "TB", "PB"];
    if bytes < 1000 {
        return format!("{bytes} B");
    }
    let mut value = bytes as f64;
    let mut unit = "B";
    for next in UNITS {
        if value < 999.95 {
            break;
        }
        value /= 1000.0;
        unit = next;
    }
    format!("{value:.1} {unit}")
}

/// `1.4 s`, `3 min 20 s`.
pub(super) fn duration(elapsed: Duration) -> String {
    let seconds = elapsed.as_secs_f64();
    match seconds {
        ..0.1 => format!("{seconds:.3} s"),
        ..120.0 => format!("{seconds:.1} s"),
        _ => format!(
            "{} min {} s",
            elapsed.as_secs() / 60,
            elapsed.as_secs() % 60
        ),
    }
}

/// `1 file`, `2 files`.
pub(super) fn counted(number: u64, one: &str) -> String {
    match number {
        1 => format!("1 {one}"),
        _ => format!("{} {one}s", grouped(number)),
    }
}

/// Names and counts, the most first: `jpg 2, css 1`.
pub(super) fn listed(counts: &std::collections::BTreeMap<String, u64>) -> String {
    let mut all: Vec<_> = counts.iter().collect();
    all.sort_by(|a, b| b.1.cmp(a.1).then(a.0.cmp(b.0)));
    all.iter()
        .map(|(name, count)| format!("{name} {}", grouped(**count)))
        .collect::<Vec<_>>()
        .join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_by_three() {
        assert_eq!(
            [0, 999, 1000, 21_578, 1_000_000].map(grouped),
            ["0", "999", "1,000", "21,578", "1,000,000"]
        );
    }

    #[test]
    fn sizes_take_the_unit_that_fits() {
        assert_eq!(
            [7, 27_600_000, 999_960].map(size),
            ["7 B", "27.6 MB", "1.0 MB"]
        );
    }
}
