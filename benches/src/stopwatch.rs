//! CPU time, measured in turns.

use crate::work::Work;
use rustix::time::{ClockId, clock_gettime};

/// The fewest rounds of a measurement that is too long for more.
const FEWEST: usize = 3;

/// How long is measured.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Effort {
    /// Rounds, in each of which everything that is compared is measured once.
    pub rounds: usize,
    /// The least seconds of one measurement: so many calls it is made of.
    pub seconds: f64,
    /// The most seconds of all rounds, as long as there are `FEWEST`.
    pub budget: f64,
}

impl Effort {
    /// Enough for a table.
    pub const FULL: Self = Self {
        rounds: 11,
        seconds: 4e-3,
        budget: 4.0,
    };
    /// One call of everything: whether it works at all.
    pub const TRIAL: Self = Self {
        rounds: 1,
        seconds: 0.0,
        budget: 0.0,
    };

    /// Whether the numbers mean nothing.
    pub fn is_trial(self) -> bool {
        self == Self::TRIAL
    }

    /// As many rounds as this, and no more than `rounds`.
    pub fn at_most(self, rounds: usize) -> Self {
        Self {
            rounds: self.rounds.min(rounds),
            ..self
        }
    }
}

/// CPU seconds that this thread has used.
pub fn thread_seconds() -> f64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.tv_sec as f64 + 1e-9 * time.tv_nsec as f64
}

/// CPU seconds of one call of each work in each round: a list of rounds for each. In a round every
/// work has its turn, so that a machine that slows down slows them all.
pub fn interleave(works: &mut [Work<'_>], effort: Effort) -> Vec<Vec<f64>> {
    let mut round = 0.0;
    let calls: Vec<usize> = works
        .iter_mut()
        .map(|work| {
            // The first call, of a cold cache, is not believed unless it is long.
            let first = timed(work, 1);
            let seconds = if first < effort.seconds {
                timed(work, 1)
            } else {
                first
            };
            let calls = (effort.seconds / seconds.max(1e-9)).ceil().max(1.0);
            round += calls * seconds;
            calls as usize
        })
        .collect();
    let affordable = (effort.budget / round) as usize;
    let rounds = affordable.max(FEWEST).min(effort.rounds);
    let mut seconds = vec![Vec::with_capacity(rounds); works.len()];
    for _ in 0..rounds {
        for ((work, &calls), seconds) in works.iter_mut().zip(&calls).zip(&mut seconds) {
            seconds.push(timed(work, calls));
        }
    }
    seconds
}

/// CPU seconds of one of so many calls.
fn timed(work: &mut Work<'_>, calls: usize) -> f64 {
    let before = thread_seconds();
    for _ in 0..calls {
        work.call();
    }
    (thread_seconds() - before) / calls as f64
}

/// The median; NaN of nothing.
pub fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    match (sorted.get(sorted.len() / 2), sorted.len() % 2) {
        (Some(&upper), 0) => (sorted[sorted.len() / 2 - 1] + upper) / 2.0,
        (Some(&middle), _) => middle,
        (None, _) => f64::NAN,
    }
}

/// The median over the rounds of one's seconds by another's.
pub fn ratio(of: &[f64], to: &[f64]) -> f64 {
    let ratios: Vec<f64> = of.iter().zip(to).map(|(of, to)| of / to).collect();
    median(&ratios)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn medians_and_ratios() {
        assert_eq!(median(&[3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(&[4.0, 1.0, 2.0, 3.0]), 2.5);
        assert!(median(&[]).is_nan());
        assert_eq!(ratio(&[2.0, 8.0, 30.0], &[1.0, 2.0, 10.0]), 3.0);
    }

    #[test]
    fn every_work_is_called_in_every_round() {
        let counts = [std::cell::Cell::new(0), std::cell::Cell::new(0)];
        let mut works = counts
            .each_ref()
            .map(|count| Work::new(1, None, move || count.set(count.get() + 1)));
        let effort = Effort {
            rounds: 5,
            seconds: 1e-9,
            budget: 0.0,
        };
        let seconds = interleave(&mut works, effort);
        drop(works);
        assert!(seconds.iter().all(|rounds| rounds.len() == FEWEST));
        // Once to warm up.
        assert!(counts.iter().all(|count| count.get() == 1 + FEWEST));
    }
}
