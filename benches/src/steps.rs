//! The steps from rows to predictions, each on its own: the one place that calls what is measured.

use crate::cases::Case;
use crate::float::{Float, Precision};
use crate::sample::{FOLDS, Sample, summarise, tiles};
use crate::work::Work;
use joint_effects::app::lab::scm::{Purpose, Sampler, stream};
use joint_effects::fit::dispatch;
use joint_effects::fit::structured::Workspace;
use joint_effects::moments::tile;
use joint_effects_kernel::Regime;
use joint_effects_kernel::algebra::cholesky::Factor;
use joint_effects_kernel::algebra::packed::{self, Packed, PackedMut};
use joint_effects_kernel::error::FitError;
use joint_effects_kernel::features::monomials::{Column, Monomials};
use joint_effects_kernel::fit::cross_validation;
use joint_effects_kernel::predict::predictor::{Layout, Predictor, collapse, evaluate};
use joint_effects_kernel::structured::covariance::Term;
use joint_effects_kernel::structured::{self, Known};
use joint_effects_tests::penalty::Penalty;
use joint_effects_tests::{feed, indicator};
use multiversion::multiversion;
use std::fmt;
use std::hint::black_box;

/// A step, named for what goes through it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Step {
    /// Rows of one regime drawn from a random model.
    Generate,
    /// All monomials, by tiles.
    Features,
    /// All monomials and their moments, by tiles.
    Moments,
    /// All monomials and their moments, row by row.
    MomentsByRow,
    /// Cholesky factorisation of order P.
    Cholesky,
    /// One right side solved with such a factor.
    Solve,
    /// Cross-validation of the ridge over eight penalties, from the moments of three folds.
    RidgePath,
    /// The same of the lasso.
    LassoPath,
    /// One fit of the indicator model.
    Indicator,
    /// One fit of the structured model.
    Structured,
    /// From the coefficients of every regime to one polynomial.
    Collapse,
    /// Values of a polynomial, row by row: monomials, then a product.
    Evaluate,
    /// Values of the exported form, row by row.
    Predict,
}

impl Step {
    /// All of them, from rows to predictions.
    pub const ALL: [Self; 13] = [
        Self::Generate,
        Self::Features,
        Self::Moments,
        Self::MomentsByRow,
        Self::Cholesky,
        Self::Solve,
        Self::RidgePath,
        Self::LassoPath,
        Self::Indicator,
        Self::Structured,
        Self::Collapse,
        Self::Evaluate,
        Self::Predict,
    ];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Generate => "generate",
            Self::Features => "features",
            Self::Moments => "moments",
            Self::MomentsByRow => "moments-by-row",
            Self::Cholesky => "cholesky",
            Self::Solve => "solve",
            Self::RidgePath => "ridge-path",
            Self::LassoPath => "lasso-path",
            Self::Indicator => "indicator",
            Self::Structured => "structured",
            Self::Collapse => "collapse",
            Self::Evaluate => "evaluate",
            Self::Predict => "predict",
        }
    }

    /// What one call does.
    pub fn description(self) -> &'static str {
        match self {
            Self::Generate => "rows of one regime drawn from a random polynomial model (f64 only)",
            Self::Features => "all monomials, by tiles; P − 1 multiplications a row",
            Self::Moments => {
                "features and moments, by tiles; P(P + 1)/2 multiply–adds and P − 1 \
                 multiplications a row"
            }
            Self::MomentsByRow => "the same, row by row, as a microcontroller does it",
            Self::Cholesky => "packed factorisation of order P, with the copy of its input; P³/3",
            Self::Solve => "one right side, forward and backward; 2 P²",
            Self::RidgePath => {
                "cross-validation from moments: 3 folds, 8 penalties; counted as 24 factorisations \
                 of order P − 1"
            }
            Self::LassoPath => "the same for the lasso; not counted, its sweeps depend on the data",
            Self::Indicator => "K + 1 regimes, one penalty: K blocks eliminated, (7 K + 1) P³/3",
            Self::Structured => "K + 1 regimes; not counted, its design depends on the data",
            Self::Collapse => "coefficients of K + 1 regimes to one polynomial; (K + 1) P",
            Self::Evaluate => "monomials of one row and their product with P coefficients; 3 P − 1",
            Self::Predict => "one row by Horner's rule, as exported; 2 (P − 1)",
        }
    }

    /// Whether one call goes through rows, and its cost is best told by row.
    pub fn is_by_row(self) -> bool {
        matches!(
            self,
            Self::Generate
                | Self::Features
                | Self::Moments
                | Self::MomentsByRow
                | Self::Evaluate
                | Self::Predict
        )
    }

    /// Whether it has coefficients of every regime to find.
    pub fn is_by_regime(self) -> bool {
        matches!(self, Self::Indicator | Self::Structured)
    }

    /// Useful floating-point operations of one row or one call, where their number is known.
    pub fn operations(self, case: Case) -> Option<f64> {
        let (k, p) = (case.actions as f64, case.terms() as f64);
        let factor = |order: f64| order.powi(3) / 3.0;
        let paths = (FOLDS * cross_validation::ALPHAS) as f64;
        match self {
            Self::Features => Some(p - 1.0),
            Self::Moments | Self::MomentsByRow => Some(p * (p + 1.0) + p - 1.0),
            Self::Cholesky => Some(factor(p)),
            Self::Solve => Some(2.0 * p * p),
            Self::RidgePath => Some(paths * factor(p - 1.0)),
            Self::Indicator => Some((7.0 * k + 1.0) * factor(p)),
            Self::Collapse => Some((k + 1.0) * p),
            Self::Evaluate => Some(3.0 * p - 1.0),
            Self::Predict => Some(2.0 * (p - 1.0)),
            Self::Generate | Self::LassoPath | Self::Structured => None,
        }
    }

    /// The step at one size, ready to be measured, with `rows` rows of every regime. Fails where
    /// there is no such step or where it refuses its data.
    pub fn work(self, case: Case, rows: usize) -> Result<Work<'static>, Unavailable> {
        match case.precision {
            Precision::F32 => self.of::<f32>(case, rows),
            Precision::F64 => self.of::<f64>(case, rows),
        }
    }

    fn of<S: Float>(self, case: Case, rows: usize) -> Result<Work<'static>, Unavailable> {
        let sample = Sample::new(case, rows);
        let done: Box<dyn FnMut()> = match self {
            Self::Generate if case.precision == Precision::F64 => generate(sample),
            Self::Generate => return Err(Unavailable::Precision),
            Self::Moments => moments::<S>(&sample, case),
            Self::Features => features::<S>(&sample, case),
            Self::MomentsByRow => moments_by_row::<S>(&sample, case),
            Self::Cholesky => factor::<S>(case.terms()),
            Self::Solve => solve::<S>(case.terms()),
            Self::RidgePath => path::<S>(&sample, Penalty::Ridge)?,
            Self::LassoPath => path::<S>(&sample, Penalty::Lasso)?,
            Self::Indicator => indicator::<S>(&sample, case)?,
            Self::Structured => structured::<S>(&sample, case)?,
            Self::Collapse => collapsed::<S>(case),
            Self::Evaluate => evaluated::<S>(&sample, case),
            Self::Predict => match case.actions {
                2 => predicted::<S, 2, { Layout::Dense.capacity(2, 4) }>(&sample, case),
                5 => predicted::<S, 5, { Layout::Dense.capacity(5, 4) }>(&sample, case),
                8 => predicted::<S, 8, { Layout::Dense.capacity(8, 4) }>(&sample, case),
                10 => predicted::<S, 10, { Layout::Dense.capacity(10, 4) }>(&sample, case),
                _ => return Err(Unavailable::Size),
            },
        };
        let rows = if self.is_by_row() { rows } else { 1 };
        let operations = self.operations(case).map(|each| each * rows as f64);
        Ok(Work::new(rows, operations, done))
    }
}

/// Why a step cannot be measured at a size.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Unavailable {
    /// It is not done in this precision.
    Precision,
    /// It is built for other numbers of actions.
    Size,
    /// It refused its data.
    Refused(FitError),
}

impl fmt::Display for Unavailable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Precision => f.write_str("not done in this precision"),
            Self::Size => f.write_str("not built for so many actions"),
            Self::Refused(error) => write!(f, "refused: {error}"),
        }
    }
}

impl From<FitError> for Unavailable {
    fn from(error: FitError) -> Self {
        Self::Refused(error)
    }
}

fn generate(sample: Sample) -> Box<dyn FnMut()> {
    let mut tile = vec![tile::Column::ZEROS; sample.actions() + 1];
    Box::new(move || {
        let model = &sample.simulation().model;
        let regime = Regime::single(0);
        let laws = model.interventions(vec![(0.0, 0.5); model.actions()]);
        let rng = stream(1, 0, Purpose::Training(regime));
        let mut sampler = Sampler::new(model, regime, &laws, rng).expect("a law for every action");
        for _ in 0..sample.rows().div_ceil(tile::ROWS) {
            let filled = sampler.fill(black_box(&mut tile), tile::ROWS);
            filled.expect("a column for every action and the outcome");
        }
    })
}

fn features<S: Float>(sample: &Sample, case: Case) -> Box<dyn FnMut()> {
    let (actions, outcomes) = sample.observed::<S>();
    let tiles: Vec<Vec<_>> = tiles::<S, { tile::ROWS }>(case.actions, &actions, &outcomes)
        .into_iter()
        .map(|(columns, _)| columns[..case.actions].to_vec())
        .collect();
    let mut columns = vec![Column::ZEROS; case.terms()];
    Box::new(move || {
        for tile in &tiles {
            evaluate_columns(case.monomials(), tile, black_box(&mut columns));
        }
    })
}

/// The instructions that [`tile::Accumulator`] chooses among.
#[multiversion(targets("x86_64+avx512f", "x86_64+avx2+fma", "aarch64+neon"))]
fn evaluate_columns<S: Float>(
    monomials: Monomials,
    tile: &[Column<S, { tile::ROWS }>],
    columns: &mut [Column<S, { tile::ROWS }>],
) {
    let evaluated = monomials.evaluate_columns(tile, columns);
    evaluated.expect("a column for every action and every monomial");
}

fn moments<S: Float>(sample: &Sample, case: Case) -> Box<dyn FnMut()> {
    let (actions, outcomes) = sample.observed::<S>();
    let batches = tiles(case.actions, &actions, &outcomes);
    let mut accumulator = S::tiles(case.monomials());
    let mut moments = feed::empty::<S>(case.terms());
    Box::new(move || {
        moments.clear();
        summarise::<S, _>(&mut accumulator, &mut moments, &batches);
        black_box(&mut moments);
    })
}

fn moments_by_row<S: Float>(sample: &Sample, case: Case) -> Box<dyn FnMut()> {
    let (actions, outcomes) = sample.observed::<S>();
    let mut moments = feed::empty::<S>(case.terms());
    let mut features = vec![S::ZERO; case.terms()];
    Box::new(move || {
        moments.clear();
        for (row, &outcome) in actions.chunks_exact(case.actions).zip(&outcomes) {
            let evaluated = case.monomials().evaluate(row, &mut features);
            evaluated.expect("a feature for every monomial");
            let pushed = moments.push(&features, outcome);
            pushed.expect("a feature for every column");
        }
        black_box(&mut moments);
    })
}

/// Entry `(i, j)` of a well-conditioned positive definite matrix, the same for the peers.
pub fn positive_definite<S: Float>(i: usize, j: usize) -> S {
    let diagonal = if i == j { 1.0 } else { 0.0 };
    S::of(diagonal + 1.0 / (1 + i.abs_diff(j)) as f64)
}

fn packed_matrix<S: Float>(order: usize) -> Vec<S> {
    let rows = 0..order;
    rows.flat_map(|i| (0..=i).map(move |j| positive_definite(i, j)))
        .collect()
}

fn factored<S: Float>(order: usize, matrix: &mut [S]) -> Factor<'_, S> {
    let matrix = PackedMut::new(order, matrix).expect("the matrix is packed");
    dispatch::factor(matrix).expect("the matrix is positive definite")
}

fn factor<S: Float>(order: usize) -> Box<dyn FnMut()> {
    let matrix = packed_matrix::<S>(order);
    let mut factor = vec![S::ZERO; packed::len(order)];
    Box::new(move || {
        factor.copy_from_slice(&matrix);
        factored(order, black_box(&mut factor));
    })
}

fn solve<S: Float>(order: usize) -> Box<dyn FnMut()> {
    let mut factor = packed_matrix::<S>(order);
    factored(order, &mut factor);
    let mut x = vec![S::ONE; order];
    Box::new(move || {
        x.fill(S::ONE);
        let factor = Packed::new(order, black_box(&factor)).expect("the matrix is packed");
        let solved = Factor::in_place(factor).solve(black_box(&mut x));
        solved.expect("as long as the matrix has rows");
    })
}

fn path<S: Float>(sample: &Sample, penalty: Penalty) -> Result<Box<dyn FnMut()>, FitError> {
    let folds = sample.folds::<S>();
    let alphas = cross_validation::alphas::<S>();
    penalty.fit(&folds[0], alphas[0])?;
    Ok(Box::new(move || {
        black_box(penalty.search(black_box(&folds), &alphas));
    }))
}

fn indicator<S: Float>(sample: &Sample, case: Case) -> Result<Box<dyn FnMut()>, FitError> {
    let data = sample.regimes::<S>();
    let fit = move || indicator::fit(case.monomials(), black_box(&data), S::of(1e-4));
    fit()?;
    Ok(Box::new(move || {
        black_box(fit().expect("it was fitted before"));
    }))
}

fn structured<S: Float>(sample: &Sample, case: Case) -> Result<Box<dyn FnMut()>, FitError> {
    let (regimes, data): (Vec<_>, Vec<_>) = sample.regimes::<S>().into_iter().unzip();
    let monomials = case.monomials();
    let mut coefficients = vec![S::ZERO; (case.actions + 1) * case.terms()];
    let mut fit = move || {
        let mut workspace = Workspace::default();
        let fit = dispatch::structured(
            monomials,
            &regimes,
            structured::Sample::undivided(black_box(&data)),
            Known::default(),
            &mut workspace,
        )?;
        fit.coefficients(&mut coefficients)?;
        let terms: Vec<Term> = fit.terms().collect();
        let mut covariance = vec![S::ZERO; packed::len(terms.len())];
        let mut scratch = vec![S::ZERO; fit.design.columns().len()];
        fit.covariance(&terms, &mut covariance, &mut scratch)?;
        black_box((&coefficients, covariance));
        Ok::<_, FitError>(())
    };
    fit()?;
    Ok(Box::new(move || fit().expect("it was fitted before")))
}

fn collapsed<S: Float>(case: Case) -> Box<dyn FnMut()> {
    let coefficients = vec![S::ONE; (case.actions + 1) * case.terms()];
    let mut polynomial = vec![S::ZERO; case.terms()];
    let joint = Regime::joint(case.actions);
    Box::new(move || {
        let collapsed = collapse(black_box(&coefficients), joint, black_box(&mut polynomial));
        collapsed.expect("a block for every action");
    })
}

/// Coefficients of some polynomial: their values do not matter.
fn coefficients<S: Float>(case: Case) -> Vec<S> {
    (0..case.terms())
        .map(|i| S::of(1.0 / (1 + i) as f64))
        .collect()
}

fn evaluated<S: Float>(sample: &Sample, case: Case) -> Box<dyn FnMut()> {
    let (actions, _) = sample.observed::<S>();
    let coefficients = coefficients::<S>(case);
    let mut features = vec![S::ZERO; case.terms()];
    Box::new(move || {
        for row in actions.chunks_exact(case.actions) {
            let value = evaluate(case.monomials(), &coefficients, row, &mut features);
            black_box(value.expect("a coefficient for every monomial"));
        }
    })
}

fn predicted<S: Float, const ACTIONS: usize, const CAPACITY: usize>(
    sample: &Sample,
    case: Case,
) -> Box<dyn FnMut()> {
    let (actions, _) = sample.observed::<S>();
    let predictor = Predictor::<S, ACTIONS, CAPACITY>::new(
        Layout::Dense,
        case.degree,
        &[S::ZERO; ACTIONS],
        &[S::ONE; ACTIONS],
        &coefficients::<S>(case),
    );
    let predictor = predictor.expect("there is room for it");
    Box::new(move || {
        for row in actions.as_chunks::<ACTIONS>().0 {
            black_box(predictor.predict(row));
        }
    })
}
