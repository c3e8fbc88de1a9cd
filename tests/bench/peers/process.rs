//! Runs other programs and measures them: wall time, processor time, peak
//! memory.

use std::io;
use std::process::{Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// What a run took.
#[derive(Clone, Copy, Debug, Default)]
pub struct Cost {
    pub wall: Duration,
    /// User and system time, in ticks of 10 ms.
    pub cpu: Duration,
    /// High-water mark of resident memory, looked at every few milliseconds.
    pub peak_bytes: u64,
}

/// Runs a command to its end and measures it; its output goes nowhere.
pub fn measure(command: &mut Command) -> io::Result<(Cost, ExitStatus)> {
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let cpu = cpu_of_children();
    let started = Instant::now();
    let mut child = command.spawn()?;
    let status = format!("/proc/{}/status", child.id());
    let mut peak_bytes = 0;
    let ended = loop {
        if let Ok(text) = std::fs::read_to_string(&status) {
            peak_bytes = peak_bytes.max(high_water(&text));
        }
        if let Some(ended) = child.try_wait()? {
            break ended;
        }
        std::thread::sleep(Duration::from_millis(4));
    };
    let cost = Cost {
        wall: started.elapsed(),
        cpu: cpu_of_children().saturating_sub(cpu),
        peak_bytes,
    };
    Ok((cost, ended))
}

/// Wall time from start to end of a short run; its output is read by nobody.
pub fn time(command: &mut Command) -> io::Result<Duration> {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let started = Instant::now();
    command.status()?;
    Ok(started.elapsed())
}

fn high_water(status: &str) -> u64 {
    status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .and_then(|rest| rest.split_whitespace().next())
        .and_then(|kib| kib.parse::<u64>().ok())
        .map_or(0, |kib| kib * 1024)
}

/// Processor time of all children that have ended.
fn cpu_of_children() -> Duration {
    let text = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let ticks: u64 = text
        .rsplit_once(')')
        .map(|(_, rest)| {
            // State is the first of these; cutime and cstime the 14th and 15th.
            rest.split_whitespace()
                .skip(13)
                .take(2)
                .filter_map(|field| field.parse::<u64>().ok())
                .sum()
        })
        .unwrap_or(0);
    Duration::from_millis(ticks * 10)
}

/// Whether a program can be run.
pub fn is_installed(program: &str) -> bool {
    std::env::var_os("PATH").is_some_and(|path| {
        std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
    })
}

/// The value a share of the sorted values lie below.
pub fn quantile(values: &mut [Duration], share: f64) -> Duration {
    values.sort_unstable();
    match values.len() {
        0 => Duration::ZERO,
        len => values[((len as f64 * share) as usize).min(len - 1)],
    }
}
