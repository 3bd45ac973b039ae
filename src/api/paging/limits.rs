//! The size of a sweep so far, and its limits.

use crate::api::error::Error;
use crate::api::options::Options;
use crate::model::{Page, Reading};

/// The size of the pages of a sweep.
#[derive(Debug, Default)]
pub(super) struct SweepSize {
    objects: u64,
    text_bytes: u64,
}

impl SweepSize {
    /// Adds a page.
    ///
    /// # Errors
    /// If the sweep exceeds a limit.
    pub(super) fn add(&mut self, page: &Page, options: &Options) -> Result<(), Error> {
        self.objects += page.readings.len() as u64;
        self.text_bytes += page.readings.iter().map(text_bytes).sum::<u64>();
        let exceeded = |limit, unit, setting| Err(Error::SweepTooLarge { limit, unit, setting });
        if self.objects > options.max_sweep_objects {
            return exceeded(options.max_sweep_objects, "objects", "max_sweep_objects");
        }
        if self.text_bytes > options.max_sweep_bytes {
            return exceeded(options.max_sweep_bytes, "bytes of text", "max_sweep_bytes");
        }
        Ok(())
    }
}

fn text_bytes(reading: &Reading) -> u64 {
    let (key, state) = (&reading.key, &reading.state);
    let required = [&key.source_db, &key.destination_db, &key.object_name];
    let optional =
        [&key.object_type, &key.parent_name, &state.used_time, &state.error_message, &state.definition];
    let bytes: usize = required.into_iter().chain(optional.into_iter().flatten()).map(String::len).sum();
    bytes as u64
}
