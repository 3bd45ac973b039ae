use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use super::*;
use crate::api::options::Options;
use crate::api::testing::*;
use crate::api::transport::call_stats::CallStats;
use crate::clock::ManualClock;

/// Sweeps without counting calls.
async fn sweep(client: &Client, job: &Job, expected: Option<u32>) -> Result<Sweep, SweepFailure> {
    counted_sweep(client, job, expected, &CallCounter::default()).await
}

async fn counted_sweep(
    client: &Client,
    job: &Job,
    expected: Option<u32>,
    counter: &CallCounter,
) -> Result<Sweep, SweepFailure> {
    let known = KnownPages { count: expected, ..KnownPages::default() };
    super::sweep(client, job, &known, counter).await.map(|folded| folded.sweep)
}

/// The answer to a page past the last one.
#[derive(Clone, Copy)]
enum PastEnd {
    Empty,
    LastAgain,
    Error(&'static str),
}

/// A server of a job with this number of pages and two tables on each. The replies of even pages are delayed.
async fn server_with_pages(pages: u32, past: PastEnd) -> Server {
    Server::start(move |request| {
        let number = request.page();
        let page = |number: u32| page_of(&[&format!("t{number}a"), &format!("t{number}b")]);
        let answer = match past {
            _ if number <= pages => page(number),
            PastEnd::Empty => page_of(&[]),
            PastEnd::LastAgain => page(pages),
            PastEnd::Error(code) => Answer::error(400, code),
        };
        if number % 2 == 0 { Answer::Late(Duration::from_millis(30), Box::new(answer)) } else { answer }
    })
    .await
}

fn page_numbers(sweep: &Sweep) -> Vec<u32> {
    sweep.pages.iter().map(|page| page.number).collect()
}

#[tokio::test]
async fn every_kind_of_page_past_the_end_ends_the_sweep() {
    for pages in [1, 2, 3, 7] {
        for past in [PastEnd::Empty, PastEnd::LastAgain, PastEnd::Error("InvalidPageNum")] {
            for expected in [None, Some(1), Some(pages), Some(pages + 5)] {
                let server = server_with_pages(pages, past).await;
                let sweep = sweep(&server.client(), &job(), expected).await.unwrap();
                assert_eq!(sweep.page_count, pages, "{expected:?}");
                assert_eq!(sweep.source, Source::Api);
                let mut kept: Vec<_> = (1..=pages).collect();
                if matches!(past, PastEnd::LastAgain) {
                    kept.push(pages + 1);
                }
                assert_eq!(page_numbers(&sweep), kept, "{expected:?}");
                for page in &sweep.pages[..pages as usize] {
                    assert_eq!(page.readings[0], reading(&format!("t{}a", page.number)));
                }
            }
        }
    }
}

#[tokio::test]
async fn calls_past_the_end_are_bounded() {
    for (pages, expected, last_asked) in [
        (1, None, 2),       // page 1 alone, then page 2
        (1, Some(1), 2),    // both at once
        (2, None, 4),       // 1; 2; 3 and 4
        (3, None, 5),       // page 3 was not the end either
        (10, Some(10), 11), // what is expected and one more
        (11, Some(10), 12), // it grew by one
        (12, Some(10), 14), // by two
    ] {
        let server = server_with_pages(pages, PastEnd::Empty).await;
        sweep(&server.client(), &job(), expected).await.unwrap();
        let asked = server.requested_pages();
        assert!(asked.iter().all(|page| *page <= last_asked), "{pages} pages, {expected:?}: {asked:?}");
        let mut once = asked.clone();
        once.dedup();
        assert_eq!(once, asked, "each page is asked for once");
    }
}

#[tokio::test]
async fn pages_are_requested_concurrently_up_to_the_limit() {
    let server = Server::start(|request| {
        let page =
            if request.page() <= 12 { page_of(&[&format!("t{}", request.page())]) } else { page_of(&[]) };
        Answer::Late(Duration::from_millis(30), Box::new(page))
    })
    .await;
    let options = Options { concurrency: 3, ..server.options() };
    let sweep = sweep(&client_with(options), &job(), Some(12)).await.unwrap();
    assert_eq!(sweep.page_count, 12);
    assert_eq!(server.max_open(), 3);
}

#[test]
fn read_ahead_grows_beyond_the_expected_page_count() {
    let walk = |expected, concurrency| {
        let mut read_ahead = ReadAhead::new(expected, concurrency);
        let mut lasts = vec![read_ahead.last];
        for number in 1..=9 {
            read_ahead.on_page_read(number);
            lasts.push(read_ahead.last);
        }
        lasts
    };
    assert_eq!(walk(None, 4), [1, 2, 4, 5, 8, 9, 10, 11, 12, 13]);
    assert_eq!(walk(Some(5), 4), [6, 6, 6, 6, 6, 6, 7, 9, 10, 13]);
    assert_eq!(walk(None, 1), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
}

#[tokio::test]
async fn an_error_about_the_page_number_on_page_one_is_an_error() {
    let server = server_with_pages(0, PastEnd::Error("InvalidPageNum")).await;
    let failure = sweep(&server.client(), &job(), Some(3)).await.unwrap_err();
    assert!(failure.to_string().contains("InvalidPageNum"), "{failure}");
    assert_eq!(failure.pages, 0);
}

#[tokio::test]
async fn a_failed_page_fails_the_sweep_unless_it_is_past_the_end() {
    let fails_at = |bad: u32| {
        Server::start(move |request| match request.page() {
            page if page == bad => Answer::error(403, "Forbidden.RAM"),
            page if page <= 3 => page_of(&[&format!("t{page}")]),
            _ => page_of(&[]),
        })
    };
    let clock = Arc::new(ManualClock::at(NOON_MS));
    let server = fails_at(3).await;
    let failure = sweep(&client_at(server.options(), clock), &job(), Some(4)).await.unwrap_err();
    assert!(failure.to_string().contains("Forbidden.RAM"), "{failure}");
    assert_eq!((failure.pages, failure.started_at_ms, failure.finished_at_ms), (2, NOON_MS, NOON_MS));

    let server = fails_at(5).await;
    let sweep = sweep(&server.client(), &job(), Some(6)).await.unwrap();
    assert_eq!(sweep.page_count, 3);
}

#[tokio::test]
async fn each_page_has_the_time_of_its_reply() {
    let clock = Arc::new(ManualClock::at(NOON_MS));
    let server = Server::start({
        let clock = Arc::clone(&clock);
        move |request| {
            clock.advance_ms(1_000);
            if request.page() <= 2 { page_of(&[&format!("t{}", request.page())]) } else { page_of(&[]) }
        }
    })
    .await;
    let client = client_at(Options { concurrency: 1, ..server.options() }, clock);
    let sweep = sweep(&client, &job(), None).await.unwrap();
    assert_eq!(sweep.started_at_ms, NOON_MS);
    let arrivals: Vec<_> = sweep.pages.iter().map(|page| page.arrived_at_ms - NOON_MS).collect();
    assert_eq!(arrivals, [1_000, 2_000]);
    assert_eq!(sweep.finished_at_ms, NOON_MS + 3_000, "the empty page was the last reply");
}

#[tokio::test]
async fn a_sweep_is_bounded_in_pages_and_in_time() {
    let endless = || Server::start(|request| page_of(&[&format!("t{}", request.page())]));
    let server = endless().await;
    let client = client_with(Options { max_pages: 5, ..server.options() });
    for expected in [None, Some(40)] {
        let failure = sweep(&client, &job(), expected).await.unwrap_err();
        assert_eq!(*failure.error, Error::TooManyPages { limit: 5 });
        assert_eq!(failure.pages, 5);
    }
    assert!(server.requested_pages().iter().all(|page| *page <= 5));

    let server = endless().await;
    let limit = Duration::from_millis(150);
    let client = client_with(Options { max_sweep_time: limit, ..server.options() });
    let failure = sweep(&client, &job(), None).await.unwrap_err();
    let pages = failure.pages;
    assert!(pages > 0);
    assert_eq!(*failure.error, Error::SweepTimedOut { limit, pages });
}

#[tokio::test]
async fn an_empty_job_is_a_sweep_of_one_page() {
    let server = server_with_pages(0, PastEnd::Empty).await;
    let sweep = sweep(&server.client(), &job(), None).await.unwrap();
    assert_eq!((sweep.page_count, page_numbers(&sweep)), (1, vec![1]));
    assert_eq!(server.requested_pages(), [1]);
}

#[tokio::test]
async fn fifty_pages_with_a_fifth_of_all_calls_failing_are_complete_and_exact() {
    for round in 0..10 {
        let calls = AtomicUsize::new(round);
        let server = Server::start(move |request| {
            let number = request.page();
            let page = if number <= 50 { page_of(&[&format!("t{number}")]) } else { page_of(&[]) };
            let Answer::Reply { body, .. } = &page else { panic!() };
            // Every fifth call or so fails, another way each time.
            match calls.fetch_add(1, Ordering::SeqCst) % 20 {
                3 => Answer::error(400, "Throttling.User"),
                7 => Answer::error(500, "InternalError"),
                12 => Answer::Reset,
                18 => Answer::Cut { body: body.clone() },
                _ => page,
            }
        })
        .await;
        let sweep = sweep(&server.client(), &job(), Some(50)).await.unwrap();
        assert_eq!(sweep.page_count, 50);
        assert_eq!(page_numbers(&sweep), (1..=50).collect::<Vec<_>>());
        for page in &sweep.pages {
            assert_eq!(page.readings, [reading(&format!("t{}", page.number))]);
        }
        assert!(server.requests().len() >= 60, "{}", server.requests().len());
    }
}

#[tokio::test]
async fn dropping_a_sweep_cancels_its_calls() {
    let server = Server::start(|_| Answer::Late(Duration::from_mins(1), Box::new(Answer::Reset))).await;
    let client = server.client();
    let dropped = tokio::time::timeout(Duration::from_millis(200), sweep(&client, &job(), Some(20))).await;
    assert!(dropped.is_err());
    let calls = server.requests().len();
    assert!(calls <= client.options().concurrency);
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(server.requests().len(), calls, "nothing is sent once nobody waits");
}

#[tokio::test]
async fn a_sweep_under_a_corrected_clock_has_one_time() {
    let server = Server::start(|request| match request.page() {
        _ if request.params["Timestamp"].as_str() > "2026-01-02T00:19:00Z" => {
            Answer::error(400, "IllegalTimestamp").header("Date", "Fri, 02 Jan 2026 00:04:05 GMT")
        }
        1 => page_of(&["t"]),
        _ => page_of(&[]),
    })
    .await;
    let sweep = sweep(&client_with(server.options()), &job(), Some(3)).await.unwrap();
    let then = NOON_MS - 3 * 3_600_000;
    assert_eq!((sweep.started_at_ms, sweep.finished_at_ms), (then, then));
    assert_eq!(sweep.pages[0].arrived_at_ms, then);
}

/// Six tables, two a page; a new one stands before them from some call on, which pushes the others along.
async fn growing(pushed_at: impl Fn(usize) -> usize + Send + Sync + 'static) -> Server {
    let calls = AtomicUsize::new(0);
    Server::start(move |request| {
        let pushed = pushed_at(calls.fetch_add(1, Ordering::SeqCst));
        let tables =
            (0..pushed).rev().map(|new| format!("new{new}")).chain((0..6).map(|old| format!("old{old}")));
        let tables: Vec<_> = tables.skip(2 * (request.page() as usize - 1)).take(2).collect();
        page_of(&tables.iter().map(String::as_str).collect::<Vec<_>>())
    })
    .await
}

#[tokio::test]
async fn a_torn_sweep_is_read_again_once() {
    let one_by_one = |server: &Server| client_with(Options { concurrency: 1, ..server.options() });
    let tables = |sweep: &Sweep| {
        let rows = sweep.pages.iter().flat_map(|page| &page.readings).map(|row| row.key.object_name.clone());
        rows.collect::<std::collections::BTreeSet<_>>().len()
    };
    let server = growing(|call| usize::from(call >= 2)).await;
    let counter = CallCounter::default();
    let sweep = counted_sweep(&one_by_one(&server), &job(), None, &counter).await.unwrap();
    assert!(!sweep.torn, "the second reading was whole");
    assert_eq!(counter.stats(), CallStats { calls: 10, retries: 0, rereads: 1 });
    assert_eq!((tables(&sweep), sweep.page_count), (7, 4));
    let asked: Vec<_> = server.requests().iter().map(ReceivedRequest::page).collect();
    assert_eq!(asked, [1, 2, 3, 4, 5, 1, 2, 3, 4, 5]);

    // It grows all the time: the second reading stands, and says what it is.
    let server = growing(|call| call / 3).await;
    let sweep = counted_sweep(&one_by_one(&server), &job(), None, &CallCounter::default()).await.unwrap();
    assert!(sweep.torn);
    assert_eq!(server.requests().iter().filter(|request| request.page() == 1).count(), 2, "read again once");
}

#[tokio::test]
async fn pages_that_have_not_changed_give_up_their_rows() {
    let changed = Arc::new(AtomicUsize::new(0));
    let server = Server::start({
        let changed = Arc::clone(&changed);
        move |request| match request.page() {
            2 if changed.load(Ordering::SeqCst) == 1 => page_of(&["other"]),
            page @ 1..=3 => page_of(&[&format!("t{page}")]),
            _ => page_of(&[]),
        }
    })
    .await;
    let client = server.client();
    let rows =
        |swept: &FoldedSweep| swept.sweep.pages.iter().map(|page| page.readings.len()).collect::<Vec<_>>();
    let sweep = |known: KnownPages| {
        let client = &client;
        async move { super::sweep(client, &job(), &known, &CallCounter::default()).await.unwrap() }
    };
    let first = sweep(KnownPages::default()).await;
    assert_eq!(rows(&first), [1, 1, 1]);
    let digests = first.digests().into_iter().map(|(number, page)| (number, page.digest.to_vec()));
    let known = KnownPages { count: Some(3), digests: digests.collect() };
    let unchanged = sweep(known.clone()).await;
    assert_eq!(rows(&unchanged), [0, 0, 0]);
    assert_eq!((unchanged.sweep.page_count, unchanged.digests()), (3, first.digests()));
    changed.store(1, Ordering::SeqCst);
    assert_eq!(rows(&sweep(known).await), [0, 1, 0]);
}

#[tokio::test]
async fn a_torn_sweep_is_kept_if_the_second_read_fails() {
    let calls = AtomicUsize::new(0);
    let server = Server::start(move |request| match (calls.fetch_add(1, Ordering::SeqCst), request.page()) {
        (0..3, 1) => page_of(&["a", "b"]),
        (0..3, 2) => page_of(&["b", "c"]),
        (0..3, _) => page_of(&[]),
        _ => Answer::error(403, "Forbidden.RAM"),
    })
    .await;
    let client = client_with(Options { concurrency: 1, ..server.options() });
    let sweep = sweep(&client, &job(), None).await.unwrap();
    assert!(sweep.torn);
    assert_eq!((sweep.page_count, sweep.started_at_ms, server.requests().len()), (2, NOON_MS, 4));
}
