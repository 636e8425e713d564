//! Words, compared while the program compiles.

/// Whether both are the same text.
pub(super) const fn same(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    if a.len() != b.len() {
        return false;
    }
    let mut i = 0;
    while i < a.len() {
        if a[i] != b[i] {
            return false;
        }
        i += 1;
    }
    true
}

/// The known word that was probably meant by another one, found by trying each.
#[derive(Clone, Copy)]
pub(super) struct Nearest<'a> {
    word: &'a str,
    distance: usize,
    pub(super) found: Option<&'static str>,
}

impl<'a> Nearest<'a> {
    pub(super) const fn to(word: &'a str) -> Self {
        Self {
            word,
            distance: usize::MAX,
            found: None,
        }
    }

    /// Tries one more word.
    pub(super) const fn or(mut self, known: &'static str) -> Self {
        let third = if known.len() < 3 { 1 } else { known.len() / 3 };
        let distance = distance(self.word.as_bytes(), known.as_bytes());
        if distance <= third && distance < self.distance {
            self.distance = distance;
            self.found = Some(known);
        }
        self
    }
}

/// Longer words are not compared.
const LONGEST: usize = 40;

/// How many bytes have to be changed, added or dropped, where two neighbours that changed places count as one.
const fn distance(a: &[u8], b: &[u8]) -> usize {
    if a.len() > LONGEST || b.len() > LONGEST {
        return usize::MAX;
    }
    let mut rows = [[0; LONGEST + 1]; LONGEST + 1];
    let mut i = 0;
    while i <= a.len() {
        let mut j = 0;
        while j <= b.len() {
            rows[i][j] = if i == 0 || j == 0 {
                i + j
            } else {
                let changed = rows[i - 1][j - 1] + if a[i - 1] == b[j - 1] { 0 } else { 1 };
                let mut best = min(changed, min(rows[i - 1][j], rows[i][j - 1]) + 1);
                if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                    best = min(best, rows[i - 2][j - 2] + 1);
                }
                best
            };
            j += 1;
        }
        i += 1;
    }
    rows[a.len()][b.len()]
}

const fn min(a: usize, b: usize) -> usize {
    if a < b { a } else { b }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_word_is_found_and_far_ones_are_not() {
        let near = |word| Nearest::to(word).or("student").or("course").found;
        assert_eq!(near("cuorse"), Some("course"));
        assert_eq!(near("corse"), Some("course"));
        assert_eq!(near("studnets"), Some("student"));
        assert_eq!(near("seat"), None);
        assert_eq!(near(""), None);
    }
}
