//! Requests that go on while certificates change.
use crate::support::Client;
use std::time::{Duration, Instant};

/// For so long Docker may be away while it takes a new certificate, on a busy machine too.
pub(super) const GAP: Duration = Duration::from_secs(30);

/// Requests that go on until they are told to end, over a time in which some may fail.
pub(super) struct Gaps {
    stop: tokio::sync::watch::Sender<bool>,
    task: tokio::task::JoinHandle<(u32, Duration)>,
}

impl Gaps {
    pub(super) fn begin(client: &Client, path: &'static str) -> Self {
        let (stop, stopped) = tokio::sync::watch::channel(false);
        let mut client = client.clone();
        let task = tokio::spawn(async move {
            let (mut answered, mut last, mut longest) = (0, Instant::now(), Duration::ZERO);
            while !*stopped.borrow() {
                let answer = client.get(path).await;
                if answer.status == 200 {
                    longest = longest.max(last.elapsed());
                    last = Instant::now();
                    answered += 1;
                } else {
                    // It says why, in time, and is asked again.
                    assert!([404, 502, 503, 504].contains(&answer.status), "{}", answer.text);
                    assert!(!answer.code().is_empty(), "{}", answer.text);
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
            }
            (answered, longest.max(last.elapsed()))
        });
        Self { stop, task }
    }

    /// How many were answered, and the longest time in which none was.
    pub(super) async fn end(self) -> (u32, Duration) {
        self.stop.send_replace(true);
        self.task.await.expect("every answer is one or says why not")
    }
}

/// Requests that go on until they are told to end; none may fail.
pub(super) struct Load {
    stop: tokio::sync::watch::Sender<bool>,
    tasks: Vec<tokio::task::JoinHandle<u32>>,
}

impl Load {
    pub(super) fn begin(client: &Client, path: &'static str) -> Self {
        let (stop, stopped) = tokio::sync::watch::channel(false);
        let one = || {
            let (mut client, stopped) = (client.clone(), stopped.clone());
            tokio::spawn(async move {
                let mut asked = 0;
                while !*stopped.borrow() {
                    let answer = client.get(path).await;
                    assert_eq!(answer.status, 200, "{}", answer.text);
                    asked += 1;
                }
                asked
            })
        };
        let tasks = (0..4).map(|_| one()).collect();
        Self { stop, tasks }
    }

    pub(super) async fn end(self) -> u32 {
        self.stop.send_replace(true);
        let mut asked = 0;
        for task in self.tasks {
            asked += task.await.expect("no request fails");
        }
        asked
    }
}
