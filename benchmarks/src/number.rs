//! Numbers as people read them.

use std::fmt;

/// A whole number with a comma before each three digits.
pub struct Thousands(pub u64);

impl fmt::Display for Thousands {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.0.to_string();
        for (i, digit) in digits.chars().enumerate() {
            if i > 0 && (digits.len() - i).is_multiple_of(3) {
                f.write_str(",")?;
            }
            write!(f, "{digit}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commas_stand_before_each_three_digits() {
        let written =
            [0, 999, 1_000, 65_536, 1_000_000].map(|number| Thousands(number).to_string());
        assert_eq!(written, ["0", "999", "1,000", "65,536", "1,000,000"]);
    }
}
