//! Notifications through a transactional outbox: each event is delivered at least once, and put into the outbox once,
//! also across restarts.
//!
//! The notifier derives events from the summaries before and after a sweep and inserts them into the outbox, a
//! table of the history's own database. The [`delivery`] task reads the outbox, calls the webhooks and retries. The key
//! of an event consists of facts in the database, so inserting it again, by the next sweep or the next process, has no
//! effect.

pub mod delivery; // sends what the outbox holds
pub mod error; // why an event was not delivered
pub mod event; // the events
mod format; // the request of each kind of receiver
pub(super) mod notifier; // derives events
pub mod rules; // webhooks and thresholds
pub mod webhook_client; // one request to one receiver
