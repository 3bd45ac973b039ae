//! Reloads of the configuration, beside the loop: a reload may look for jobs over a slow network.

use std::sync::Arc;

use tokio::sync::oneshot;
use tokio::task::JoinSet;

use super::options::{Reload, ReloadError, Setup};
use super::systemd::{self, Notification};

/// Receives the result of a reload: the number of jobs of the new configuration.
pub(super) type ReloadReply = oneshot::Sender<Result<usize, ReloadError>>;

/// Runs one reload at a time. A request that arrives during a reload starts another one after it, because the file
/// may have changed since it was read.
pub(super) struct ConfigReload {
    load: Reload,
    running: JoinSet<Result<Setup, ReloadError>>,
    /// The callers that wait for the running reload.
    waiting: Vec<ReloadReply>,
    /// The callers that wait for the reload after it; `None` if no other reload is requested.
    waiting_for_next: Option<Vec<ReloadReply>>,
}

impl ConfigReload {
    pub(super) fn new(load: Reload) -> Self {
        Self { load, running: JoinSet::new(), waiting: Vec::new(), waiting_for_next: None }
    }

    /// Requests a reload. `reply` receives its result once it is applied or refused.
    pub(super) fn request(&mut self, reply: Option<ReloadReply>) {
        if self.running.is_empty() {
            systemd::notify(Notification::Reloading);
            self.running.spawn((self.load)());
            self.waiting.extend(reply);
        } else {
            self.waiting_for_next.get_or_insert_default().extend(reply);
        }
    }

    /// The result of the running reload; pending while none runs. Cancel safe.
    pub(super) async fn next_result(&mut self) -> Result<Setup, ReloadError> {
        match self.running.join_next().await {
            Some(Ok(result)) => result,
            Some(Err(error)) => Err(ReloadError::Aborted(Arc::new(error))),
            None => std::future::pending().await,
        }
    }

    /// Replies to the callers that wait, and starts the next reload if one was requested meanwhile.
    pub(super) fn reply(&mut self, result: &Result<usize, ReloadError>) {
        for reply in self.waiting.drain(..) {
            // The caller may have closed its connection.
            let _ = reply.send(result.clone());
        }
        if let Some(replies) = self.waiting_for_next.take() {
            self.request(None);
            self.waiting = replies;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[tokio::test]
    async fn a_request_during_a_reload_starts_another_reload() {
        let count = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&count);
        let mut reload = ConfigReload::new(Box::new(move || {
            let number = counted.fetch_add(1, Ordering::Relaxed) + 1;
            Box::pin(async move { Err(ReloadError::Invalid(format!("reload {number}").into())) })
        }));
        let request = |reload: &mut ConfigReload| {
            let (reply, result) = oneshot::channel();
            reload.request(Some(reply));
            result
        };
        let first = request(&mut reload);
        let [second, third] = [request(&mut reload), request(&mut reload)];
        reload.request(None);
        for _ in 0..2 {
            let result = reload.next_result().await.map(|_| 0);
            reload.reply(&result);
        }
        let results = [first.await, second.await, third.await].map(|result| result.expect("a reply"));
        let errors = results.map(|result| result.unwrap_err().to_string());
        assert_eq!(errors, ["reload 1", "reload 2", "reload 2"]);
        assert!(reload.running.is_empty() && count.load(Ordering::Relaxed) == 2);
    }
}
