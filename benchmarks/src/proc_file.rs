//! What Linux tells in the files below `/proc`.

/// The value behind a name and a colon, in the first line that has it.
pub fn field<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    text.lines().find_map(|line| {
        let (key, value) = line.split_once(':')?;
        (key.trim() == name).then_some(value.trim())
    })
}

/// The value behind a name and a colon that is a number of kilobytes, in bytes.
pub fn bytes(text: &str, name: &str) -> Option<u64> {
    let kilobytes: u64 = field(text, name)?.strip_suffix(" kB")?.parse().ok()?;
    kilobytes.checked_mul(1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_found_by_its_whole_name() {
        let text = "VmPeak:\t  99 kB\nVmHWM:\t    2048 kB\nmodel name\t: Fast: 3 GHz\n";
        assert_eq!(bytes(text, "VmHWM"), Some(2_097_152));
        assert_eq!(field(text, "model name"), Some("Fast: 3 GHz"));
        assert_eq!(field(text, "name"), None);
        assert_eq!(bytes(text, "model name"), None);
    }
}
