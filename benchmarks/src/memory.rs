//! The memory of this process.

use crate::proc_file::bytes;

/// The most bytes of memory that this process has had at once; `None` where the system does not tell.
pub fn peak() -> Option<u64> {
    bytes(&std::fs::read_to_string("/proc/self/status").ok()?, "VmHWM")
}

/// The bytes of memory that this process has now; `None` where the system does not tell.
pub fn now() -> Option<u64> {
    bytes(&std::fs::read_to_string("/proc/self/status").ok()?, "VmRSS")
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use super::*;

    #[test]
    fn memory_that_was_given_back_counts() {
        const MORE: u64 = 64 << 20;
        let before = peak().expect("Linux tells");
        drop(std::hint::black_box(vec![
            1_u8;
            usize::try_from(MORE).unwrap()
        ]));
        assert!(peak().expect("Linux tells") >= before.max(MORE));
    }
}
