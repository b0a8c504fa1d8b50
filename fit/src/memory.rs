//! How much memory there is: what would take more is refused before it is begun.
//!
//! A process has one memory, and so one limit of it.

use bytesize::ByteSize;
use joint_effects_kernel::error::ShapeError;
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

/// What this process may take.
static LIMIT: AtomicU64 = AtomicU64::new(u64::MAX);

/// From now on the process refuses to take more than so many bytes in all.
pub fn limit(bytes: u64) {
    LIMIT.store(bytes, Ordering::Relaxed);
}

/// Something takes more memory than is left.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{} of memory needed, {} left", needed.display().si(), left.display().si())]
pub struct TooLittle {
    /// What it takes.
    pub needed: ByteSize,
    /// What is left.
    pub left: ByteSize,
}

/// `Ok` where so many more bytes can be had.
pub fn expect(bytes: u64) -> Result<(), TooLittle> {
    expect_of(left(), bytes)
}

/// `Ok` where so many of the bytes that were left can be had.
pub fn expect_of(left: u64, needed: u64) -> Result<(), TooLittle> {
    if needed <= left {
        return Ok(());
    }
    Err(TooLittle {
        needed: ByteSize(needed),
        left: ByteSize(left),
    })
}

/// Bytes that are had without asking: asking takes longer than filling them.
const SMALL: usize = 1 << 20;

/// `Ok` where so many more values can be had.
pub fn expect_room<T>(count: usize) -> Result<(), ShapeError> {
    let bytes = count.saturating_mul(size_of::<T>());
    if bytes < SMALL {
        return Ok(());
    }
    expect(bytes as u64).map_err(|error| ShapeError {
        what: "room in memory",
        needed: count,
        found: error.left.as_u64() as usize / size_of::<T>(),
    })
}

/// So many zeros, where there is room for them.
pub fn zeros(count: usize) -> Result<Vec<f64>, ShapeError> {
    expect_room::<f64>(count)?;
    Ok(vec![0.0; count])
}

/// The bytes that this process may still take, as far as is known.
pub fn left() -> u64 {
    let of_limit = match LIMIT.load(Ordering::Relaxed) {
        u64::MAX => u64::MAX,
        limit => limit.saturating_sub(entry("/proc/self/status", "VmRSS:").unwrap_or(0)),
    };
    let of_machine = entry("/proc/meminfo", "MemAvailable:").unwrap_or(u64::MAX);
    of_limit.min(of_machine).min(of_shell()).min(of_group())
}

/// What `ulimit -v` leaves.
fn of_shell() -> u64 {
    let limits = fs::read_to_string("/proc/self/limits").unwrap_or_default();
    let mut lines = limits.lines();
    let most = lines.find_map(|line| line.strip_prefix("Max address space"));
    let most = most.and_then(|line| line.split_whitespace().next()?.parse().ok());
    let taken = entry("/proc/self/status", "VmSize:").unwrap_or(0);
    most.map_or(u64::MAX, |most: u64| most.saturating_sub(taken))
}

/// What the control groups of this process leave, as a container has them. Pages of files, which the
/// system gives up when they are wanted, do not count.
fn of_group() -> u64 {
    let groups = fs::read_to_string("/proc/self/cgroup").unwrap_or_default();
    let group = groups.lines().find_map(|line| line.strip_prefix("0::/"));
    let group = Path::new("/sys/fs/cgroup").join(group.unwrap_or_default());
    let left = group.ancestors().filter_map(|group| {
        let most = fs::read_to_string(group.join("memory.max")).ok()?;
        let most: u64 = most.trim().parse().ok()?;
        let statistics = fs::read_to_string(group.join("memory.stat")).ok()?;
        let mut lines = statistics.lines();
        let taken = lines.find_map(|line| line.strip_prefix("anon "))?;
        Some(most.saturating_sub(taken.parse().ok()?))
    });
    left.min().unwrap_or(u64::MAX)
}

/// A number of kilobytes in one of the system's tables, in bytes.
fn entry(table: &str, name: &str) -> Option<u64> {
    let table = fs::read_to_string(table).ok()?;
    let entry = table.lines().find_map(|line| line.strip_prefix(name))?;
    let kilobytes: u64 = entry.trim().strip_suffix(" kB")?.parse().ok()?;
    Some(1024 * kilobytes)
}
