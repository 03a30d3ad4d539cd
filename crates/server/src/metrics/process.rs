//! What the system knows of this process.

/// The memory it holds, in bytes; nothing on systems that do not tell it there.
pub(super) fn resident_bytes() -> Option<u64> {
    read_resident(&std::fs::read_to_string("/proc/self/status").ok()?)
}

fn read_resident(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    kibibytes.checked_mul(1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_memory_is_read_from_its_line() {
        assert_eq!(read_resident("Name:\tx\nVmRSS:\t   5120 kB\nThreads:\t3\n"), Some(5 * 1024 * 1024));
        assert_eq!(read_resident("Name:\tVmRSS: 1 kB\n"), None);
        assert!(resident_bytes().is_none_or(|bytes| bytes > 1024 * 1024));
    }
}
