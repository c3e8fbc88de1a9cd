//! What the machine offers, for what nobody has set.

/// Threads where none are asked for.
pub(super) fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

/// Memory for segments being built where none is asked for, in bytes: part of
/// what the machine has. The more there is, the fewer and larger the segments
/// of an archive; beyond the upper end that gains nothing more.
pub(super) fn memory_bytes() -> usize {
    const SHARE: u64 = 16;
    const UNKNOWN: u64 = 512 << 20;
    let share = installed().map_or(UNKNOWN, |bytes| bytes / SHARE);
    share.clamp(256 << 20, 1 << 30) as usize
}

/// Memory that this process may use, in bytes, as far as the system tells.
fn installed() -> Option<u64> {
    let read = |path: &str| std::fs::read_to_string(path).ok();
    let of_machine = read("/proc/meminfo").and_then(|text| total(&text));
    // Limits of a container, by the newer and the older of two ways.
    let limits = [
        "/sys/fs/cgroup/memory.max",
        "/sys/fs/cgroup/memory/memory.limit_in_bytes",
    ];
    let of_container = limits.map(|path| read(path)?.trim().parse().ok());
    of_container.into_iter().chain([of_machine]).flatten().min()
}

/// The total in what `/proc/meminfo` holds.
fn total(meminfo: &str) -> Option<u64> {
    let mut lines = meminfo.lines();
    let line = lines.find_map(|line| line.strip_prefix("MemTotal:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes << 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_total_is_found_among_other_figures() {
        let text = "MemFree:  1 kB\nMemTotal:       24685024 kB\nMemAvailable: 3 kB\n";
        assert_eq!(total(text), Some(24_685_024 << 10));
        assert_eq!(total("MemTotal: much"), None);
    }

    #[test]
    fn memory_lies_between_what_is_useful_and_what_helps() {
        let bytes = memory_bytes();
        assert!((256 << 20..=1 << 30).contains(&bytes), "{bytes}");
    }
}
