//! Instructions of fixed small cases, counted by valgrind: the same on a busy machine as on a quiet
//! one.
//!
//! valgrind has no AVX-512, so what is counted where vectors matter is the way for AVX2. The count of
//! one call is the difference of two processes, one of which makes one call more: all else cancels.

use crate::cases::Case;
use crate::experiments::{compare, one_run};
use crate::float::Precision;
use crate::process::{first_line, run};
use crate::steps::Step;
use crate::work::Work;
use anyhow::{Context, Result, anyhow, bail};
use joint_effects::app::lab::experiment::Estimator;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Rows of every regime.
const ROWS: usize = 512;

/// How far above its budget a count may be, of the compiler that the budget is of.
pub const TOLERANCE: f64 = 0.03;

/// The same of another compiler, which may choose other instructions.
pub const OTHER_COMPILER: f64 = 0.25;

/// What is counted.
#[derive(Clone, Copy, Debug)]
pub enum Counted {
    /// A step.
    Step(Step, Case),
    /// A run of `compare`, as it is by default but of `ROWS` rows.
    Run,
}

/// All that is counted.
pub fn all() -> Vec<Counted> {
    let (small, paper) = (Case::new(2, 3), Case::new(5, 3));
    let single = paper.with(Precision::F32);
    let mut counted = vec![Counted::Run];
    for (step, case) in [
        (Step::Generate, paper),
        (Step::Features, paper),
        (Step::Moments, small),
        (Step::Moments, paper),
        (Step::MomentsByRow, single),
        (Step::Cholesky, paper),
        (Step::Cholesky, Case::new(10, 3)),
        (Step::Solve, paper),
        (Step::RidgePath, paper),
        (Step::LassoPath, paper),
        (Step::Indicator, paper),
        (Step::Structured, paper),
        (Step::Evaluate, paper),
        (Step::Predict, single),
    ] {
        counted.push(Counted::Step(step, case));
    }
    counted
}

impl Counted {
    /// Its name in the budgets.
    pub fn name(self) -> String {
        match self {
            Self::Step(step, case) => format!("{} {case}", step.name()),
            Self::Run => "compare".into(),
        }
    }

    /// The work, ready to be done.
    pub fn work(self) -> Result<Work<'static>> {
        match self {
            Self::Step(step, case) => {
                let work = step.work(case, ROWS);
                work.map_err(|reason| anyhow!("{}: {reason}", self.name()))
            }
            Self::Run => {
                let experiment = compare(5, 3, ROWS as u64, 1, &Estimator::ALL);
                Ok(Work::new(1, None, move || one_run(&experiment)))
            }
        }
    }
}

/// The recorded counts.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Budgets {
    /// The compiler they are of.
    pub compiler: String,
    /// Instructions of one call by name.
    pub instructions: BTreeMap<String, u64>,
}

impl Budgets {
    /// Where they are kept.
    pub fn path() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("instructions.json")
    }

    /// Those that are recorded.
    pub fn read() -> Result<Self> {
        let path = Self::path();
        let name = || path.display().to_string();
        let text = fs::read_to_string(&path).with_context(name)?;
        serde_json::from_str(&text).with_context(name)
    }

    /// Counts everything by `program`, this one.
    pub fn count(program: &Path) -> Result<Self> {
        let mut instructions = BTreeMap::new();
        for (index, counted) in all().into_iter().enumerate() {
            let [once, twice] = [1, 2].map(|calls| collected(program, index, calls));
            let (once, twice) = (once?, twice?);
            let name = counted.name();
            let one = twice.checked_sub(once).filter(|&count| count > 0);
            let one = one.with_context(|| format!("{name}: a second call took no instructions"))?;
            eprintln!("{name}: {one}");
            instructions.insert(name, one);
        }
        Ok(Self {
            compiler: first_line("rustc", &["--version"]),
            instructions,
        })
    }

    /// How far above its budget a count may be.
    pub fn tolerance(&self, compiler: &str) -> f64 {
        if self.compiler == compiler {
            TOLERANCE
        } else {
            OTHER_COMPILER
        }
    }

    /// What is above its budget or has none, and every budget without a count; in words.
    pub fn complaints(&self, counts: &Self) -> Vec<String> {
        let tolerance = self.tolerance(&counts.compiler);
        let mut complaints = Vec::new();
        for (name, &count) in &counts.instructions {
            match self.instructions.get(name) {
                None => complaints.push(format!("{name}: {count} instructions, no budget")),
                Some(&budget) => {
                    let excess = count as f64 / budget as f64 - 1.0;
                    if count as f64 > budget as f64 * (1.0 + tolerance) {
                        complaints.push(format!(
                            "{name}: {count} instructions, {:+.1} % beside the budget of {budget}",
                            100.0 * excess
                        ));
                    }
                }
            }
        }
        let counted = |name: &&String| !counts.instructions.contains_key(*name);
        let missing = self.instructions.keys().filter(counted);
        complaints.extend(missing.map(|name| format!("{name}: a budget, and nothing counted")));
        complaints
    }
}

/// Instructions of a whole process that makes so many calls.
fn collected(program: &Path, index: usize, calls: usize) -> Result<u64> {
    let mut command = Command::new("valgrind");
    command.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]);
    command.arg(program).args(["instructions", "call"]);
    command.args([index, calls].map(|number| number.to_string()));
    let notes = run(&mut command)?.notes;
    let count = notes
        .lines()
        .find_map(|line| line.split_once("Collected : "));
    match count.and_then(|(_, count)| count.trim().parse().ok()) {
        Some(count) => Ok(count),
        None => bail!("valgrind: expected a line 'Collected : N', found {notes:?}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn budgets(compiler: &str, count: u64) -> Budgets {
        let instructions = [("a".to_owned(), count)].into();
        Budgets {
            compiler: compiler.into(),
            instructions,
        }
    }

    #[test]
    fn a_count_above_its_budget_is_told() {
        let budget = budgets("rustc 1", 1000);
        for (compiler, count, complaints) in [
            ("rustc 1", 1000, 0),
            ("rustc 1", 500, 0),
            ("rustc 1", 1030, 0),
            ("rustc 1", 1031, 1),
            ("rustc 2", 1250, 0),
            ("rustc 2", 1251, 1),
        ] {
            let found = budget.complaints(&budgets(compiler, count));
            assert_eq!(found.len(), complaints, "{compiler} {count}: {found:?}");
        }
    }

    #[test]
    fn a_budget_and_a_count_belong_together() {
        let mut counts = budgets("rustc 1", 1000);
        counts.instructions.insert("b".into(), 1);
        assert_eq!(budgets("rustc 1", 1000).complaints(&counts).len(), 1);
        assert_eq!(counts.complaints(&budgets("rustc 1", 1000)).len(), 1);
    }

    #[test]
    fn names_are_different_and_everything_can_be_done() {
        let mut names: Vec<_> = all().into_iter().map(Counted::name).collect();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), all().len());
        for counted in all() {
            counted.work().unwrap().call();
        }
    }

    #[test]
    fn every_budget_is_of_something_counted() {
        let names: Vec<_> = all().into_iter().map(Counted::name).collect();
        let budgets = Budgets::read().unwrap();
        assert!(
            budgets.instructions.keys().eq({
                let mut sorted = names;
                sorted.sort();
                sorted
            }
            .iter())
        );
    }
}
