//! A case for every path of the kernel that the firmware takes: what it computes, number by number.

use crate::plant::{self, ACTIONS, Cubic, Quadratic, tell};
use crate::table::ROWS;
use heapless::Vec;
use joint_effects_kernel::algebra::cholesky::Factor;
use joint_effects_kernel::algebra::packed::PackedMut;
use joint_effects_kernel::device::{Study, StudyError};
use joint_effects_kernel::error::{FitError, NotPositiveDefinite, ShapeError};
use joint_effects_kernel::features::monomials::{self, Monomials};
use joint_effects_kernel::fit::ridge;
use joint_effects_kernel::moments::{Moments, buffer_len};
use joint_effects_kernel::predict::predictor;
use joint_effects_kernel::{Regime, sampling};
use rand_xoshiro::{Xoshiro128PlusPlus, rand_core::SeedableRng};

/// The most numbers that a case computes.
pub const CAPACITY: usize = 80;

/// The penalty of every fit here.
pub const ALPHA: f32 = 0.01;

/// Monomials of degree 2.
const TERMS: usize = monomials::count(ACTIONS, 2);

/// Settings of all actions to predict.
pub const SETTINGS: [[f32; ACTIONS]; 3] = [[0.0; 3], [1.0, -1.0, 0.5], [-0.3, 0.8, 1.7]];

/// What a case works with.
pub struct Studies {
    /// To degree 2.
    pub quadratic: Quadratic<f32>,
    /// To degree 3.
    pub cubic: Cubic<f32>,
}

impl Studies {
    /// Studies of nothing yet.
    pub const fn new() -> Self {
        Self {
            quadratic: Study::new(),
            cubic: Study::new(),
        }
    }

    /// A study to degree 2 of some rows of the table.
    fn of(&mut self, rows: core::ops::Range<usize>) -> Result<&mut Quadratic<f32>, StudyError> {
        self.quadratic.start(ACTIONS, 2, 0)?;
        let rows = ROWS.get(rows).unwrap_or_default();
        tell(&mut self.quadratic, rows, |x| x)?;
        Ok(&mut self.quadratic)
    }

    /// A study to degree 2 of all of them.
    fn of_all(&mut self) -> Result<&mut Quadratic<f32>, StudyError> {
        self.of(0..ROWS.len())
    }
}

impl Default for Studies {
    fn default() -> Self {
        Self::new()
    }
}

/// Numbers in the order they were computed.
#[derive(Default)]
pub struct Record(Vec<f32, CAPACITY>);

impl Record {
    /// What was recorded.
    pub fn numbers(&self) -> &[f32] {
        &self.0
    }

    fn add(&mut self, numbers: &[f32]) -> Result<(), StudyError> {
        let found = self.0.capacity();
        self.0.extend_from_slice(numbers).map_err(|_| {
            StudyError::Shape(ShapeError {
                what: "numbers of a case",
                needed: self.0.len() + numbers.len(),
                found,
            })
        })
    }

    /// Predictions for some regimes, and their standard errors.
    fn add_predictions<const NUMBERS: usize, const COLUMNS: usize, const REGIMES: usize>(
        &mut self,
        study: &mut Study<f32, NUMBERS, COLUMNS, REGIMES>,
    ) -> Result<(), StudyError> {
        let pair = Regime::single(0).with(2);
        for regime in [
            Regime::OBSERVATIONAL,
            Regime::single(1),
            pair,
            Regime::joint(ACTIONS),
        ] {
            for actions in SETTINGS {
                let prediction = study.predict(regime, &actions)?;
                self.add(&[prediction.effect])?;
                self.add(prediction.standard_error.as_slice())?;
            }
        }
        Ok(())
    }
}

/// A case that does what it says and records what came out.
pub struct Case {
    /// What it exercises.
    pub name: &'static str,
    /// Runs it. An error leaves the record short.
    pub run: fn(&mut Record, &mut Studies) -> Result<(), StudyError>,
}

/// All cases.
pub const CASES: [Case; 15] = [
    Case {
        name: "monomials: 5 variables to degree 3",
        run: |record, _| {
            let mut features = [0.0; 56];
            let monomials = Monomials::new(5, 3)?;
            monomials.evaluate(&[0.7, -1.3, 0.45, 2.1, -0.6], &mut features)?;
            record.add(&features)
        },
    },
    Case {
        name: "moments: rows pushed",
        run: |record, studies| {
            let mut moments = studies.of_all()?.moments()?;
            let (_, single) = moments.nth(1).ok_or(StudyError::NotFitted)?;
            record.add(single.buffer())
        },
    },
    Case {
        name: "moments: merged",
        run: |record, studies| {
            let (half, whole) = (ROWS.len() / 2, ROWS.len());
            let mut merged = Moments::new(TERMS, [0.0; buffer_len(TERMS)])?;
            for rows in [0..half, half..whole] {
                let mut moments = studies.of(rows)?.moments()?;
                let (_, observational) = moments.next().ok_or(StudyError::NotFitted)?;
                merged.merge(&observational)?;
            }
            record.add(merged.buffer())
        },
    },
    Case {
        name: "Cholesky: factor, solve, condition",
        run: |record, _| {
            let mut matrix = [4.0, 1.5, 3.0, -0.7, 0.2, 2.5, 0.1, 0.9, -0.4, 1.75];
            let mut x = [1.0, -2.0, 0.5, 3.0];
            let factor = Factor::of(PackedMut::of(&mut matrix)?).map_err(FitError::from)?;
            factor.solve(&mut x)?;
            record.add(factor.lower().entries())?;
            record.add(&x)?;
            record.add(&[factor.condition()])
        },
    },
    Case {
        name: "Cholesky: which pivot fails",
        run: |record, _| {
            let mut matrix = [1.0_f32, 2.0, 4.0, 0.0, 0.0, 1.0];
            let failure = Factor::of(PackedMut::of(&mut matrix)?).err();
            let found = failure == Some(NotPositiveDefinite { pivot: 1 });
            record.add(&[f32::from(found)])
        },
    },
    Case {
        name: "ridge: the observational model",
        run: |record, studies| record.add(&observational(studies, ALPHA)?.1),
    },
    Case {
        name: "ridge: the penalty is raised to what f32 resolves",
        run: |record, studies| {
            let (used, coefficients) = observational(studies, 0.0)?;
            record.add(&[used])?;
            record.add(&coefficients)
        },
    },
    Case {
        name: "indicator: the whole fit",
        run: |record, studies| {
            let study = studies.of_all()?;
            study.fit_indicator(ALPHA)?;
            record.add(study.coefficients()?)
        },
    },
    Case {
        name: "separate: the whole fit",
        run: |record, studies| {
            let study = studies.of_all()?;
            study.fit_separate(ALPHA)?;
            record.add(study.coefficients()?)
        },
    },
    Case {
        name: "structured: degree 2, predictions and standard errors",
        run: |record, studies| {
            let study = studies.of_all()?;
            study.fit_structured()?;
            record.add_predictions(study)?;
            record.add(study.quantile(0.95).as_slice())
        },
    },
    Case {
        name: "structured: degree 3, after a warm-up",
        run: |record, studies| {
            studies.cubic.start(ACTIONS, 3, 50)?;
            tell(&mut studies.cubic, &ROWS, |x| x)?;
            studies.cubic.fit_structured()?;
            let (basis, center) = studies.cubic.basis()?;
            record.add(basis.shift())?;
            record.add(basis.factor())?;
            record.add(&[center])?;
            record.add_predictions(&mut studies.cubic)?;
            record.add(studies.cubic.quantile(0.95).as_slice())
        },
    },
    Case {
        name: "study: what is not finite, and no observational rows",
        run: |record, studies| {
            let study = studies.of(0..0)?;
            let refused = study.push(Regime::OBSERVATIONAL, &[0.0, f32::NAN, 0.0], 1.0);
            let empty = study.fit_indicator(ALPHA);
            let found = refused == Err(StudyError::NotFinite)
                && study.refused() == 1
                && empty == Err(StudyError::Fit(FitError::NoObservational));
            record.add(&[f32::from(found)])
        },
    },
    Case {
        name: "predictor: joint effect and a subset's",
        run: |record, studies| {
            let study = studies.of_all()?;
            study.fit_indicator(ALPHA)?;
            for regime in [Regime::joint(ACTIONS), Regime::single(0).with(2)] {
                let mut polynomial = [0.0; TERMS];
                predictor::collapse(study.coefficients()?, regime, &mut polynomial)?;
                record.add(&polynomial)?;
            }
            record.add_predictions(study)
        },
    },
    Case {
        name: "sampling: uniform, normal, logistic, choice",
        run: |record, _| {
            let mut rng = Xoshiro128PlusPlus::seed_from_u64(5);
            for _ in 0..16 {
                let uniform = sampling::uniform(&mut rng, -2.0, 3.0);
                let normal = sampling::normal(&mut rng, 1.0, 0.5);
                let logistic = sampling::logistic(&mut rng, 0.0, 2.0);
                let choice = sampling::choice(&mut rng, 1000);
                record.add(&[uniform, normal, logistic, choice as f32])?;
            }
            Ok(())
        },
    },
    Case {
        name: "plant: free and with an action set",
        run: |record, _| {
            let mut rng = Xoshiro128PlusPlus::seed_from_u64(9);
            for set in [None, Some((0, 1.0)), Some((1, -1.0)), Some((2, 0.5))] {
                let row = plant::run(&mut rng, set);
                record.add(&row.actions)?;
                record.add(&[row.outcome])?;
            }
            Ok(())
        },
    },
];

/// The penalty used, and a polynomial fitted to the observational rows alone.
fn observational(studies: &mut Studies, alpha: f32) -> Result<(f32, [f32; TERMS]), StudyError> {
    let mut moments = studies.of_all()?.moments()?;
    let (_, observational) = moments.next().ok_or(StudyError::NotFitted)?;
    let mut coefficients = [0.0; TERMS];
    let mut scratch = [0.0; ridge::scratch_len(TERMS)];
    let used = ridge::fit(&observational, alpha, &mut coefficients, &mut scratch)?;
    Ok((used, coefficients))
}
