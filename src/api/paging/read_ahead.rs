//! The number of pages to request before the end of the list is known.

/// The pages to request ahead of the evaluated ones.
#[derive(Debug)]
pub(super) struct ReadAhead {
    /// The last page to request for now.
    pub(super) last: u32,
    /// The page past the expected last one; later the last page of the current batch.
    batch_end: u32,
    /// Number of pages in flight past the expected end, doubled with each batch up to `max_ahead`.
    ahead: u32,
    next_ahead: u32,
    max_ahead: u32,
}

impl ReadAhead {
    pub(super) fn new(expected: Option<u32>, concurrency: usize) -> Self {
        let end = expected.map_or(1, |pages| pages.saturating_add(1));
        let max_ahead = u32::try_from(concurrency).unwrap_or(u32::MAX);
        Self { last: end, batch_end: end, ahead: 0, next_ahead: 1, max_ahead }
    }

    /// Moves on after page `number`, which was not the end.
    pub(super) fn on_page_read(&mut self, number: u32) {
        if number >= self.batch_end {
            self.ahead = self.next_ahead;
            self.next_ahead = self.ahead.saturating_mul(2).min(self.max_ahead);
            self.batch_end = number.saturating_add(self.ahead);
        }
        self.last = self.last.max(number.saturating_add(self.ahead));
    }
}
