//! The configuration, read again beside the loop: it may look for jobs over a slow network.

use tokio::task::JoinSet;

use super::http::Answer;
use super::systemd::{self, State};
use super::{Reload, Setup};

/// One reading at a time. Who asks while one is under way gets the next: the file may have changed since.
pub(super) struct Rereading {
    read: Reload,
    under_way: JoinSet<Result<Setup, String>>,
    answers: Vec<Answer>,
    asked_again: Option<Vec<Answer>>,
}

impl Rereading {
    pub(super) fn new(read: Reload) -> Self {
        Self { read, under_way: JoinSet::new(), answers: Vec::new(), asked_again: None }
    }

    /// Begins to read, and answers whoever asked over HTTP once that is in force or refused.
    pub(super) fn ask(&mut self, answer: Option<Answer>) {
        if self.under_way.is_empty() {
            systemd::say(State::Reloading);
            self.under_way.spawn((self.read)());
            self.answers.extend(answer);
        } else {
            self.asked_again.get_or_insert_default().extend(answer);
        }
    }

    /// What was read; waits for ever while nothing is.
    pub(super) async fn read(&mut self) -> Result<Setup, String> {
        match self.under_way.join_next().await {
            Some(Ok(read)) => read,
            Some(Err(error)) => Err(format!("reading it ended by itself: {error}")),
            None => std::future::pending().await,
        }
    }

    /// Tells those who asked for it, and begins anew for those who asked meanwhile.
    pub(super) fn answer(&mut self, told: &Result<usize, String>) {
        for answer in self.answers.drain(..) {
            // Whoever asked may have gone.
            let _ = answer.send(told.clone());
        }
        if let Some(answers) = self.asked_again.take() {
            self.ask(None);
            self.answers = answers;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use tokio::sync::oneshot;

    #[tokio::test]
    async fn who_asks_while_it_is_read_gets_the_next_reading() {
        let times = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&times);
        let mut rereading = Rereading::new(Box::new(move || {
            let time = counted.fetch_add(1, Ordering::Relaxed) + 1;
            Box::pin(async move { Err(format!("reading {time}")) })
        }));
        let ask = |rereading: &mut Rereading| {
            let (answer, told) = oneshot::channel();
            rereading.ask(Some(answer));
            told
        };
        let first = ask(&mut rereading);
        let [second, third] = [ask(&mut rereading), ask(&mut rereading)];
        rereading.ask(None);
        for _ in 0..2 {
            let told = rereading.read().await.map(|_| 0);
            rereading.answer(&told);
        }
        let told = [first.await, second.await, third.await].map(|told| told.expect("an answer"));
        assert_eq!(told.map(Result::unwrap_err), ["reading 1", "reading 2", "reading 2"]);
        assert!(rereading.under_way.is_empty() && times.load(Ordering::Relaxed) == 2);
    }
}
