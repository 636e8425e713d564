//! What was read: pages of the log, or of what matches a query.

use super::Checker;
use super::violation::Rule;
use crate::record::Page;

impl Checker {
    /// Exactly what matches, once, in order, with the contents that are stored.
    pub(super) fn page(&mut self, page: Page) {
        self.counts.pages += 1;
        let Page {
            reader,
            query,
            after,
            upto,
            event: _,
            positions,
            digest,
        } = page;
        if let Some(reader) = reader {
            let was_at = self.readers.entry(reader.clone()).or_default();
            self.found
                .expect(*was_at == after && after <= upto, Rule::Reads, || {
                    format!("reader {reader} was at {was_at}, but read from {after} to {upto}")
                });
            *was_at = upto;
        }
        let named = |by: &[u64], others: &[u64]| {
            let missing = by.iter().filter(|position| !others.contains(position));
            missing
                .take(3)
                .map(|position| self.index.describe(*position))
                .collect::<Vec<_>>()
        };
        let expected = self.index.matching(&query, after, upto);
        let head = self.index.head();
        self.found.expect(upto <= head, Rule::Reads, || {
            format!("a read went to {upto}, but the log ends at {head}")
        });
        let text = || format!("a read of {query:?} behind {after} up to {upto}");
        if expected != positions {
            let known: Vec<u64> = positions
                .iter()
                .copied()
                .filter(|position| *position <= head)
                .collect();
            let (lacks, adds) = (named(&expected, &known), named(&known, &expected));
            let order = if lacks.is_empty() && adds.is_empty() {
                " or is out of order"
            } else {
                ""
            };
            let text = format!("{} lacks {lacks:?}, adds {adds:?}{order}", text());
            self.found.add(Rule::Reads, text);
        } else if self.index.digest(positions) != Some(digest) {
            self.found
                .add(Rule::Reads, format_args!("{} saw other contents", text()));
        }
    }
}
