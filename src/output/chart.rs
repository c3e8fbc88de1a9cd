//! Horizontal bars of block characters, an eighth of a column fine.

/// Eighths of a block, from none to seven.
const EIGHTHS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];

/// A bar for `value` where `most` fills `columns`; at least a sliver for
/// anything over 0, nothing for 0.
pub fn bar(value: f64, most: f64, columns: usize) -> String {
    if !(value > 0.0 && most > 0.0) || columns == 0 {
        return String::new();
    }
    let full = columns * 8;
    let eighths = ((value / most * full as f64).round() as usize).clamp(1, full);
    let mut bar = "█".repeat(eighths / 8);
    bar.push_str(EIGHTHS[eighths % 8]);
    bar
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_are_in_proportion_and_never_vanish() {
        assert_eq!(bar(4.0, 4.0, 3), "███");
        assert_eq!(bar(2.0, 4.0, 3), "█▌");
        assert_eq!(bar(1.0, 1000.0, 3), "▏");
        assert_eq!(bar(0.0, 4.0, 3), "");
        assert_eq!(bar(1.0, 0.0, 3), "");
    }
}
