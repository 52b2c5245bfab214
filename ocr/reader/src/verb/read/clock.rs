//! Time: how much each stage took, and when it is better to answer with what there is.

use std::time::{Duration, Instant};

use ocr::reading::TookMs;

/// The time of one job.
#[derive(Debug)]
pub struct Clock {
    start: Instant,
    limit: Duration,
    /// The longest that one piece of work took: the next page may take as long.
    longest: Duration,
    /// Milliseconds by stage so far.
    pub took: TookMs,
}

/// The last part of the time is kept for extraction and for sending the answer.
const SHARE: f64 = 0.85;

impl Clock {
    /// A job that nobody waits for after `deadline_ms`.
    pub fn start(deadline_ms: u64) -> Clock {
        let limit = Duration::from_millis(deadline_ms).mul_f64(SHARE);
        Clock { start: Instant::now(), limit, longest: Duration::ZERO, took: TookMs::default() }
    }

    /// Whether another piece of work could make it too late to answer with what there is.
    pub fn is_late(&self) -> bool {
        self.start.elapsed() + self.longest >= self.limit
    }

    /// Runs some work and adds its time to a stage.
    pub fn time<T>(&mut self, stage: impl Fn(&mut TookMs) -> &mut u32, work: impl FnOnce() -> T) -> T {
        let start = Instant::now();
        let done = work();
        self.add(stage, start.elapsed());
        done
    }

    /// Adds time that was spent on a stage.
    pub fn add(&mut self, stage: impl Fn(&mut TookMs) -> &mut u32, elapsed: Duration) {
        self.longest = self.longest.max(elapsed);
        let took = stage(&mut self.took);
        *took = took.saturating_add(u32::try_from(elapsed.as_millis()).unwrap_or(u32::MAX));
    }
}
