//! Repeats a transaction that the server undid or whose connection was lost.

use std::time::Duration;

use tokio::time::{Instant, sleep, timeout};

use super::connection_error::{Effect, effect};

/// For how long a transaction is repeated: a server restarts within this time, and a standby takes over.
pub(super) const RETRY_FOR: Duration = Duration::from_mins(1);
/// The first pause; each later one is twice as long, up to the longest.
const FIRST_PAUSE: Duration = Duration::from_millis(20);
const MAX_PAUSE: Duration = Duration::from_secs(2);
/// How long one try may take, also where the network has swallowed the reply.
const MAX_TRY: Duration = Duration::from_mins(6);

/// Runs a transaction until it succeeds, fails for good, or [`RETRY_FOR`] is over.
pub(super) async fn repeated<T, Work>(mut work: impl FnMut() -> Work) -> Result<T, sqlx::Error>
where
    Work: Future<Output = Result<T, sqlx::Error>>,
{
    let started = Instant::now();
    let mut pause = FIRST_PAUSE;
    loop {
        let error = match timeout(MAX_TRY, work()).await {
            Ok(Ok(done)) => return Ok(done),
            Ok(Err(error)) => error,
            Err(_) => sqlx::Error::Io(std::io::ErrorKind::TimedOut.into()),
        };
        if effect(&error) == Effect::Permanent || started.elapsed() + pause > RETRY_FOR {
            return Err(error);
        }
        tracing::debug!(%error, "a transaction is repeated");
        sleep(pause).await;
        pause = (pause * 2).min(MAX_PAUSE);
    }
}
