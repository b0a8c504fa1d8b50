//! How often the checks of the assumptions contradict them, where they hold and where two actions share a hidden
//! cause or an experiment ran under other conditions.

use crate::random::{normals, stream};
use crate::simulate::{Rows, Simulation, regimes, structured};
use joint_effects::app::lab::scm::Family;
use joint_effects::diagnosis::{Check, Implication, checks};
use joint_effects_kernel::Regime;
use joint_effects_kernel::features::monomials::Monomials;
use rand::RngExt;
use std::fmt::Write;
use std::ops::Range;

/// How many actions.
pub const ACTIONS: usize = 4;

const DEGREE: usize = 3;

/// What is wrong with the rows of a [`Linked`] model.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Violation {
    /// So much of the variance of the hidden causes of two actions is shared, from 0 to 1.
    SharedCause(f64),
    /// Setting the first action moves the mean of the hidden cause of another by so many of its standard
    /// deviations.
    OtherConditions(f64),
}

/// A random model of [`ACTIONS`] actions with smooth nonlinear equations, of which two may share a hidden cause.
pub struct Linked {
    /// Row k: what `A_k` is moved by, linearly and by squares.
    influences: Vec<[f64; 2]>,
    /// Of every action: what it does linearly, by its square, by its cause, and by their product.
    effects: Vec<[f64; 4]>,
    /// The two that may share a cause, the lower first.
    pub pair: [usize; 2],
    seed: u64,
}

impl Linked {
    /// The model of a seed.
    pub fn draw(seed: u64) -> Self {
        let mut random = stream(seed ^ (1 << 41));
        let mut influence = |cause: usize, action: usize| {
            let moves = cause < action && random.random_bool(0.3);
            let size = if random.random_bool(0.5) { 0.5 } else { -0.5 };
            if moves { [size, 0.2] } else { [0.0; 2] }
        };
        let influences = (0..ACTIONS * ACTIONS)
            .map(|place| influence(place % ACTIONS, place / ACTIONS))
            .collect();
        let effects = (0..ACTIONS).map(|_| normals(&mut random, 4).try_into().unwrap());
        let effects = effects.collect();
        let first = random.random_range(0..ACTIONS - 1);
        let pair = [first, random.random_range(first + 1..ACTIONS)];
        Self {
            influences,
            effects,
            pair,
            seed,
        }
    }

    /// `count` rows of a regime.
    pub fn rows(&self, regime: Regime, count: usize, violation: Violation) -> Rows {
        let mut random = stream(self.seed ^ u64::from(regime.bits() + 1) << 48);
        let (shared, moved) = match violation {
            Violation::SharedCause(share) => (share, 0.0),
            Violation::OtherConditions(shift) => (0.0, shift),
        };
        let mut rows = Rows {
            actions: Vec::with_capacity(count * ACTIONS),
            outcomes: Vec::with_capacity(count),
        };
        for _ in 0..count {
            let numbers = normals(&mut random, 3 * ACTIONS + 2);
            let mut actions = [0.0; ACTIONS];
            let mut outcome = 0.1 * numbers[3 * ACTIONS];
            for k in 0..ACTIONS {
                let [own, noise, set] =
                    [numbers[k], numbers[ACTIONS + k], numbers[2 * ACTIONS + k]];
                let mut cause = own;
                if self.pair.contains(&k) {
                    let common = numbers[3 * ACTIONS + 1];
                    cause = (1.0 - shared).sqrt() * own + shared.sqrt() * common;
                }
                if regime.sets(self.pair[0]) && k == self.pair[1] {
                    cause += moved;
                }
                let moved = (0..k).map(|j| {
                    let [slope, square] = self.influences[k * ACTIONS + j];
                    slope * actions[j] + square * (actions[j] * actions[j] - 1.0)
                });
                let alone = moved.sum::<f64>() + cause + 0.3 * noise;
                actions[k] = if regime.sets(k) { set } else { alone };
                let [linear, square, hidden, product] = self.effects[k];
                let a = actions[k];
                outcome +=
                    linear * a + 0.3 * square * a * a + hidden * cause + 0.3 * product * a * cause;
            }
            rows.actions.extend(actions);
            rows.outcomes.push(outcome);
        }
        rows
    }

    /// The checks of `count` rows of every regime.
    pub fn checks(&self, count: usize, violation: Violation) -> Vec<Check> {
        let single = (0..ACTIONS).map(Regime::single);
        let each = [Regime::OBSERVATIONAL].into_iter().chain(single);
        let data: Vec<_> = each
            .map(|regime| (regime, self.rows(regime, count, violation)))
            .collect();
        checks_of(&data)
    }
}

/// The checks of these rows.
pub fn checks_of(data: &[(Regime, Rows)]) -> Vec<Check> {
    let monomials = Monomials::new(ACTIONS, DEGREE).unwrap();
    let model = structured(ACTIONS, DEGREE, data);
    let learned = model.structured.as_ref().unwrap();
    let parts = regimes(monomials, data);
    let checks = checks(monomials, &model.actions, &parts, learned);
    assert!(!checks.is_empty(), "rows have moments that can be tested");
    checks
}

/// Of models: the shares in which any check was contradicted, one of another pair or action than those that
/// violate, and the one that they violate.
#[derive(Clone, Copy, Debug, Default)]
pub struct Alarms {
    /// Any.
    pub any: f64,
    /// Another.
    pub other: f64,
    /// The right one.
    pub right: f64,
    /// The mean of the least departure that is said to be noticeable in the right one.
    pub noticeable: f64,
}

impl Alarms {
    fn add(&mut self, checks: &[Check], right: impl Fn(&Check) -> bool, models: f64) {
        let share = |alarm: bool| f64::from(u8::from(alarm)) / models;
        let contradicted = |check: &&Check| check.tested.is_some_and(|tested| tested.contradicted);
        let alarms = || checks.iter().filter(contradicted);
        self.any += share(alarms().next().is_some());
        self.other += share(alarms().any(|check| !right(check)));
        self.right += share(alarms().any(&right));
        let tested = checks
            .iter()
            .find(|check| right(check))
            .and_then(|check| check.tested);
        self.noticeable += tested.map_or(f64::NAN, |tested| tested.noticeable) / models;
    }
}

/// Where the assumptions hold: random models of a family of the experiments.
pub fn false_alarms(family: Family, seeds: Range<u64>, rows: usize) -> Alarms {
    let models = seeds.clone().count() as f64;
    let mut alarms = Alarms::default();
    for seed in seeds {
        let data = Simulation::draw(family, ACTIONS, seed).training(rows);
        alarms.add(&checks_of(&data), |_| false, models);
    }
    alarms
}

/// Where they do not.
pub fn alarms(violation: Violation, seeds: Range<u64>, rows: usize) -> Alarms {
    let models = seeds.clone().count() as f64;
    let mut alarms = Alarms::default();
    for seed in seeds {
        let linked = Linked::draw(seed);
        let name = |action: usize| format!("a{action}");
        let pair = linked.pair.map(name);
        let right = |check: &Check| match violation {
            Violation::SharedCause(_) => {
                check.implication == Implication::SeparateCauses
                    && check.actions.iter().all(|action| pair.contains(action))
            }
            Violation::OtherConditions(_) => {
                check.implication == Implication::SameConditions && check.actions[0] == pair[0]
            }
        };
        alarms.add(&linked.checks(rows, violation), right, models);
    }
    alarms
}

/// Tables of [`false_alarms`] and [`alarms`] over `models`.
pub fn table(models: u64) -> String {
    let seeds = 1000..1000 + models;
    let mut table = String::from(
        "| the assumptions hold | rows a regime | models with a false alarm |\n|---|--:|--:|\n",
    );
    for rows in [500, 2_000] {
        let found = false_alarms(Family::Polynomial, seeds.clone(), rows);
        writeln!(table, "| polynomial models | {rows} | {:.2} |", found.any).unwrap();
        let found = alarms(Violation::SharedCause(0.0), seeds.clone(), rows);
        writeln!(
            table,
            "| models of the table below | {rows} | {:.2} |",
            found.any
        )
        .unwrap();
    }
    table += "\n| violation, 2,000 rows a regime | noticed | another alarm |\n|---|--:|--:|\n";
    for share in [0.1, 0.2, 0.4, 0.8] {
        let found = alarms(Violation::SharedCause(share), seeds.clone(), 2_000);
        let Alarms { right, other, .. } = found;
        writeln!(
            table,
            "| two hidden causes share {share} of their variance | {right:.2} | {other:.2} |"
        )
        .unwrap();
    }
    for shift in [0.1, 0.2] {
        let found = alarms(Violation::OtherConditions(shift), seeds.clone(), 2_000);
        let Alarms { right, other, .. } = found;
        writeln!(
            table,
            "| an experiment shifts another action by {shift} sd | {right:.2} | {other:.2} |"
        )
        .unwrap();
    }
    table
}
