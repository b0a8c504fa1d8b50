//! A case for every path of the kernel that the firmware takes: what it computes, number by number.

use crate::plant;
use crate::study::{SCRATCH, Study, TERMS, joint_effect};
use crate::table::ROWS;
use joint_effects_kernel::algebra::cholesky::Factor;
use joint_effects_kernel::algebra::packed::PackedMut;
use joint_effects_kernel::error::{FitError, NotPositiveDefinite};
use joint_effects_kernel::features::monomials::Monomials;
use joint_effects_kernel::fit::ridge;
use joint_effects_kernel::predict::predictor;
use joint_effects_kernel::{Regime, sampling};
use rand_xoshiro::{Xoshiro128PlusPlus, rand_core::SeedableRng};

/// The most numbers that a case computes.
pub const CAPACITY: usize = 80;

/// The penalty of every fit here.
pub const ALPHA: f32 = 0.01;

/// Numbers in the order they were computed.
pub struct Record {
    numbers: [f32; CAPACITY],
    length: usize,
}

impl Record {
    /// Nothing yet.
    pub const fn new() -> Self {
        Self {
            numbers: [0.0; CAPACITY],
            length: 0,
        }
    }

    /// What was recorded.
    pub fn numbers(&self) -> &[f32] {
        self.numbers.get(..self.length).unwrap_or_default()
    }

    fn add(&mut self, numbers: &[f32]) {
        let free = self.numbers.iter_mut().skip(self.length);
        self.length += free.zip(numbers).map(|(to, from)| *to = *from).count();
    }
}

impl Default for Record {
    fn default() -> Self {
        Self::new()
    }
}

/// A case that does what it says and records what came out.
pub struct Case {
    /// What it exercises.
    pub name: &'static str,
    /// Runs it. An error leaves the record short.
    pub run: fn(&mut Record) -> Result<(), FitError>,
}

/// All cases.
pub const CASES: [Case; 12] = [
    Case {
        name: "monomials: 5 variables to degree 3",
        run: |record| {
            let mut features = [0.0; 56];
            let monomials = basis(5, 3)?;
            monomials.evaluate(&[0.7, -1.3, 0.45, 2.1, -0.6], &mut features)?;
            record.add(&features);
            Ok(())
        },
    },
    Case {
        name: "moments: rows pushed",
        run: |record| {
            record.add(study(0..ROWS.len())?.moments()[1].buffer());
            Ok(())
        },
    },
    Case {
        name: "moments: merged",
        run: |record| {
            let (half, whole) = (ROWS.len() / 2, ROWS.len());
            let mut merged = study(0..half)?.moments()[0];
            merged.merge(&study(half..whole)?.moments()[0])?;
            record.add(merged.buffer());
            Ok(())
        },
    },
    Case {
        name: "Cholesky: factor, solve, condition",
        run: |record| {
            let mut matrix = [4.0, 1.5, 3.0, -0.7, 0.2, 2.5, 0.1, 0.9, -0.4, 1.75];
            let mut x = [1.0, -2.0, 0.5, 3.0];
            let factor = Factor::of(PackedMut::of(&mut matrix)?)?;
            factor.solve(&mut x)?;
            record.add(factor.lower().entries());
            record.add(&x);
            record.add(&[factor.condition()]);
            Ok(())
        },
    },
    Case {
        name: "Cholesky: which pivot fails",
        run: |record| {
            let mut matrix = [1.0_f32, 2.0, 4.0, 0.0, 0.0, 1.0];
            let failure = Factor::of(PackedMut::of(&mut matrix)?).err();
            if failure == Some(NotPositiveDefinite { pivot: 1 }) {
                record.add(&[1.0]);
            }
            Ok(())
        },
    },
    Case {
        name: "ridge: the observational model",
        run: |record| {
            record.add(&study(0..ROWS.len())?.fit_observational(ALPHA)?);
            Ok(())
        },
    },
    Case {
        name: "ridge: the penalty is raised to what f32 resolves",
        run: |record| {
            let study = study(0..ROWS.len())?;
            let mut coefficients = [0.0; TERMS];
            let mut scratch = [0.0; ridge::scratch_len(TERMS)];
            let used = ridge::fit(&study.moments()[0], 0.0, &mut coefficients, &mut scratch)?;
            record.add(&[used]);
            record.add(&coefficients);
            Ok(())
        },
    },
    Case {
        name: "indicator: the whole fit",
        run: |record| {
            record.add(&study(0..ROWS.len())?.fit(ALPHA, &mut [0.0; SCRATCH])?);
            Ok(())
        },
    },
    Case {
        name: "indicator: no observational rows",
        run: |record| {
            let empty = study(0..0)?.fit(ALPHA, &mut [0.0; SCRATCH]);
            if empty == Err(FitError::NoObservational) {
                record.add(&[1.0]);
            }
            Ok(())
        },
    },
    Case {
        name: "predictor: joint effect and a subset's",
        run: |record| {
            let study = study(0..ROWS.len())?;
            let coefficients = study.fit(ALPHA, &mut [0.0; SCRATCH])?;
            let joint = joint_effect(&coefficients)?;
            let mut pair = [0.0; TERMS];
            let regime = Regime::single(0).with(2);
            predictor::collapse(&coefficients, regime, &mut pair)?;
            for polynomial in [joint, pair] {
                record.add(&polynomial);
                for actions in [[0.0; 3], [1.0, -1.0, 0.5], [-0.3, 0.8, 1.7]] {
                    record.add(&[study.predict(&polynomial, &actions)?]);
                }
            }
            Ok(())
        },
    },
    Case {
        name: "sampling: uniform, normal, logistic, choice",
        run: |record| {
            let mut rng = Xoshiro128PlusPlus::seed_from_u64(5);
            for _ in 0..16 {
                let uniform = sampling::uniform(&mut rng, -2.0, 3.0);
                let normal = sampling::normal(&mut rng, 1.0, 0.5);
                let logistic = sampling::logistic(&mut rng, 0.0, 2.0);
                let choice = sampling::choice(&mut rng, 1000);
                record.add(&[uniform, normal, logistic, choice as f32]);
            }
            Ok(())
        },
    },
    Case {
        name: "plant: free and with an action set",
        run: |record| {
            let mut rng = Xoshiro128PlusPlus::seed_from_u64(9);
            for set in [None, Some((0, 1.0)), Some((1, -1.0)), Some((2, 0.5))] {
                let row = plant::run(&mut rng, set);
                record.add(&row.actions);
                record.add(&[row.outcome]);
            }
            Ok(())
        },
    },
];

/// A study of some rows of the table.
fn study(rows: core::ops::Range<usize>) -> Result<Study<f32>, FitError> {
    let mut study = Study::new().map_err(|_| FitError::NotFinite)?;
    for (set, row) in ROWS.get(rows).unwrap_or_default() {
        study.push(*set, &row.actions, row.outcome)?;
    }
    Ok(study)
}

fn basis(variables: usize, degree: usize) -> Result<Monomials, FitError> {
    Monomials::new(variables, degree).map_err(|_| FitError::NotFinite)
}
