//! The rows of one run's model, drawn tile by tile and summarised at once.

use super::{Claims, Sizes, held_out, kept};
use crate::app::lab::scm::{Distribution, Model, Purpose, Sampler, stream};
use crate::fit::estimator::Regularization;
use crate::fit::structured::Structured;
use crate::log::observations::LEADING_ROWS;
use crate::moments::near::Near;
use crate::moments::tile::{Accumulator, BATCH, Column, ROWS};
use crate::moments::{self, FOLDS, Moments, RegimeMoments};
use joint_effects_kernel::Regime;
use joint_effects_kernel::algebra::packed::Packed;
use joint_effects_kernel::algebra::vector;
use joint_effects_kernel::error::FitError;
use joint_effects_kernel::features::monomials::{self, Monomials};
use joint_effects_kernel::fit::cross_validation::contiguous_fold;
use joint_effects_kernel::structured::tails::t_quantile;

/// The most test rows at which intervals are held against the truth.
const VERIFIED_ROWS: u64 = 1_000;

/// The most rows in a chunk of the released pooled model.
const RELEASED_CHUNK: u64 = 10_000;

/// Where the rows of one run come from.
pub(super) struct Source<'a> {
    seed: u64,
    run: u64,
    model: &'a Model,
    /// The laws of the interventions, once the observational sample has been seen.
    interventions: Vec<Distribution>,
    /// Which rows are near, by the first of the observational sample.
    pub(super) near: Near,
}

impl<'a> Source<'a> {
    /// Of a model, whose observational training sample has so many rows.
    pub(super) fn new(seed: u64, run: u64, model: &'a Model, rows: u64) -> Self {
        let mut source = Self {
            seed,
            run,
            model,
            interventions: Vec::new(),
            near: Near { ranges: Vec::new() },
        };
        let (actions, regime) = (model.actions(), Regime::OBSERVATIONAL);
        let leading = source.leading(regime, rows.min(LEADING_ROWS as u64));
        let leading = leading.chunks_exact(actions).map(|row| (regime, row));
        source.near = Near::of(actions, leading).expect("some rows");
        source
    }

    /// The endless sample of a regime for a purpose.
    pub(super) fn rows(&self, purpose: Purpose, regime: Regime) -> Draws<'_> {
        let rng = stream(self.seed, self.run, purpose);
        let sampler = Sampler::new(self.model, regime, &self.interventions, rng)
            .expect("there is a law for every action");
        let columns = self.model.actions() + 1;
        Draws {
            sampler,
            tile: vec![Column::ZEROS; columns],
            batch: vec![monomials::Column::ZEROS; columns],
            far: Vec::new(),
            taken: ROWS,
        }
    }

    /// The training folds of the observational sample, of which the interventions take their means
    /// and standard deviations: of all of it, the rows set aside included.
    pub(super) fn observe(&mut self, accumulator: &mut Accumulator, rows: u64) -> RegimeMoments {
        let regime = Regime::OBSERVATIONAL;
        let actions = self.model.actions();
        let linear = Monomials::new(actions, 1).expect("a degree no higher than the fitted one");
        let mut marginal = moments::empty(linear.len());
        let mut sample = self.rows(Purpose::Training(regime), regime);
        let observed = sample.train(accumulator, regime, &self.near, kept(rows));
        sample.add_to(&mut marginal, &mut Accumulator::raw(linear), held_out(rows));
        let linear = observed.select(0..linear.len()).total();
        marginal.merge(&linear).expect("both are of degree 1");
        let count = marginal.count() as f64;
        let squares = marginal.feature_comoments().diagonal();
        let means = marginal.feature_means().iter().copied();
        let laws = means.zip(squares.map(|sum| (sum / count).sqrt()));
        self.interventions = self.model.interventions(laws);
        observed
    }

    /// The training folds of a regime in which something was set.
    pub(super) fn train(
        &self,
        accumulator: &mut Accumulator,
        regime: Regime,
        rows: u64,
    ) -> RegimeMoments {
        let mut sample = self.rows(Purpose::Training(regime), regime);
        sample.train(accumulator, regime, &self.near, rows)
    }

    /// The actions of the first rows of a training sample, K numbers each.
    fn leading(&self, regime: Regime, rows: u64) -> Vec<f64> {
        let mut leading = Vec::new();
        self.rows(Purpose::Training(regime), regime)
            .each(rows, |actions| leading.extend(actions));
        leading
    }

    /// Holds what a structured model claims against the truth, at joint test rows drawn anew:
    /// `difference` is its polynomial less the true one, over the monomials that are `scored`.
    pub(super) fn verify(
        &self,
        fit: &Structured,
        fitted: Monomials,
        scored: Monomials,
        difference: &[f64],
        rows: u64,
    ) -> Claims {
        let joint = Regime::joint(self.model.actions());
        let effect = fit.effect(joint).expect("of the model's own terms");
        let effect = effect.expect("the actions of an experiment never rest");
        let support = effect.monomials;
        let covariance = Packed::of(&effect.covariance).expect("a covariance is packed");
        let width = t_quantile(0.95, effect.degrees_of_freedom);
        let basis = self.near.raw_basis(scored);
        let mut variables = vec![0.0; scored.all_variables()];
        let mut features = vec![0.0; scored.len()];
        let products = fitted.without_bounded().len();
        let more = scored.without_bounded().len() - products;
        let mut supported = vec![0.0; support.len()];
        let rows = rows.min(VERIFIED_ROWS);
        let mut held = 0;
        self.rows(Purpose::Test(joint), joint)
            .each(rows, |actions| {
                let standardised = basis.standardise(actions, &mut variables);
                let evaluated =
                    standardised.and_then(|()| scored.evaluate(&variables, &mut features));
                evaluated.expect("a feature for every monomial");
                let error = vector::dot(&features, difference);
                for (value, &index) in supported.iter_mut().zip(&support) {
                    *value = features[if index < products {
                        index
                    } else {
                        index + more
                    }];
                }
                let variance = covariance.quadratic_form(&supported);
                let variance = variance.expect("a row for every monomial");
                held += u64::from(error.abs() <= width * variance.sqrt());
            });
        let truth = self.model.interaction();
        let is_true = |pair: (usize, usize)| truth == Some([pair.0, pair.1]);
        let found = || {
            let tested = fit.interactions.iter();
            tested.filter(|pair| pair.found).map(|found| found.pair)
        };
        Claims {
            coverage: held as f64 / rows as f64,
            pair_found: truth.map(|_| found().any(is_true)),
            false_pairs: found().filter(|&pair| !is_true(pair)).count(),
            noticed: None,
        }
    }

    /// The released pooled model, of fresh rows of every training regime, one after the other.
    pub(super) fn pooled_released(
        &self,
        regularization: Regularization,
        accumulator: &mut Accumulator,
        sizes: Sizes,
    ) -> Result<Vec<f64>, FitError> {
        let monomials = accumulator.basis().monomials();
        let actions = monomials.variables();
        let total = sizes.observational + actions as u64 * sizes.single;
        let mut regimes = (0..=actions).map(|index| match index.checked_sub(1) {
            None => (Regime::OBSERVATIONAL, sizes.observational),
            Some(action) => (Regime::single(action), sizes.single),
        });
        let longest = RELEASED_CHUNK.min(sizes.observational).min(sizes.single);
        let mut current: Option<(Draws<'_>, u64)> = None;
        let mut sum = vec![0.0; monomials.len()];
        for start in (0..total).step_by(longest as usize) {
            let chunk = longest.min(total - start);
            let mut folds = vec![moments::empty(monomials.len()); FOLDS];
            for (fold, moments) in folds.iter_mut().enumerate() {
                let mut left = fold_len(chunk, fold);
                while left > 0 {
                    let (rows, available) = match &mut current {
                        Some((rows, available)) if *available > 0 => (rows, available),
                        finished => {
                            let Some((regime, count)) = regimes.next() else {
                                break;
                            };
                            let rows = self.rows(Purpose::Pooled(regime), regime);
                            let (rows, available) = finished.insert((rows, count));
                            (rows, available)
                        }
                    };
                    let taken = left.min(*available);
                    rows.add_to(moments, accumulator, taken);
                    *available -= taken;
                    left -= taken;
                }
            }
            for (sum, coefficient) in sum.iter_mut().zip(regularization.fit(&folds)?.coefficients) {
                *sum += coefficient / (actions + 1) as f64;
            }
        }
        Ok(sum)
    }
}

/// Rows in one of [`FOLDS`] contiguous folds of `rows`.
fn fold_len(rows: u64, fold: usize) -> u64 {
    let (first, after) = contiguous_fold(rows, FOLDS as u64, fold as u64);
    after - first
}

/// An endless sample, cut anywhere.
pub(super) struct Draws<'a> {
    sampler: Sampler<'a>,
    tile: Vec<Column>,
    batch: Vec<monomials::Column<f64, BATCH>>,
    /// The far rows of a batch.
    far: Vec<monomials::Column<f64, BATCH>>,
    /// Rows of the tile that have been used.
    taken: usize,
}

impl Draws<'_> {
    /// Adds the next `rows` rows to `moments`.
    pub(super) fn add_to(
        &mut self,
        moments: &mut Moments,
        accumulator: &mut Accumulator,
        rows: u64,
    ) {
        let mut left = rows;
        while left > 0 {
            let wanted = self.fill(left);
            let pushed = accumulator.push(moments, &self.batch, wanted);
            pushed.expect("a column for every action and the outcome");
            left -= wanted as u64;
        }
    }

    /// Fills the batch with the next rows, as many as are left or as it holds, and says how many.
    fn fill(&mut self, left: u64) -> usize {
        let wanted = left.min(BATCH as u64) as usize;
        let mut filled = 0;
        while filled < wanted {
            self.refill();
            let taken = (wanted - filled).min(ROWS - self.taken);
            for (target, column) in self.batch.iter_mut().zip(&self.tile) {
                let rows = &column.0[self.taken..self.taken + taken];
                target.0[filled..filled + taken].copy_from_slice(rows);
            }
            self.taken += taken;
            filled += taken;
        }
        wanted
    }

    /// Draws another tile where the last has been used.
    fn refill(&mut self) {
        if self.taken == ROWS {
            let filled = self.sampler.fill(&mut self.tile, ROWS);
            filled.expect("the tile has a column for every action and the outcome");
            self.taken = 0;
        }
    }

    /// Calls `visit` with the actions of each of the next `rows` rows.
    fn each(&mut self, rows: u64, mut visit: impl FnMut(&[f64])) {
        let mut actions = vec![0.0; self.tile.len() - 1];
        for _ in 0..rows {
            self.refill();
            for (action, column) in actions.iter_mut().zip(&self.tile) {
                *action = column.0[self.taken];
            }
            self.taken += 1;
            visit(&actions);
        }
    }

    /// The moments of the next `rows` rows, in contiguous folds, the far ones apart.
    fn train(
        &mut self,
        accumulator: &mut Accumulator,
        regime: Regime,
        near: &Near,
        rows: u64,
    ) -> RegimeMoments {
        let mut moments = RegimeMoments::new(regime, accumulator.basis().monomials().len());
        let mut beyond = Vec::new();
        self.far.resize(self.batch.len(), monomials::Column::ZEROS);
        for fold in 0..FOLDS {
            let mut left = fold_len(rows, fold);
            while left > 0 {
                let filled = self.fill(left);
                let columns: Vec<_> = self
                    .batch
                    .iter()
                    .map(|column| &column.0[..filled])
                    .collect();
                near.beyond(&columns, &mut beyond);
                let rows = beyond.iter().enumerate().rev();
                let apart = rows.filter(|&(_, &beyond)| Near::is_far_beyond(regime, beyond));
                let apart = apart.map(|(row, _)| row);
                let kept = self.set_apart(filled, apart);
                let near = accumulator.push(&mut moments.near[fold], &self.batch, kept);
                near.expect("a column for every action and the outcome");
                if kept < filled {
                    let far = accumulator.push(moments.far_mut(fold), &self.far, filled - kept);
                    far.expect("a column for every action and the outcome");
                }
                left -= filled as u64;
            }
        }
        moments
    }

    /// Moves rows of the batch, named from the last to the first, to the far ones, and says how many of its `filled`
    /// rows are left: the first.
    fn set_apart(&mut self, filled: usize, rows: impl Iterator<Item = usize>) -> usize {
        let mut kept = filled;
        for row in rows {
            let place = filled - kept;
            kept -= 1;
            for (column, far) in self.batch.iter_mut().zip(&mut self.far) {
                far.0[place] = column.0[row];
                // All rows behind this one stay, so the last of them can take its place.
                column.0[row] = column.0[kept];
            }
        }
        kept
    }

    /// The moments of the next `rows` rows, in contiguous folds.
    pub(super) fn folds(&mut self, accumulator: &mut Accumulator, rows: u64) -> Vec<Moments> {
        let columns = accumulator.basis().monomials().len();
        (0..FOLDS)
            .map(|fold| {
                let mut moments = moments::empty(columns);
                self.add_to(&mut moments, accumulator, fold_len(rows, fold));
                moments
            })
            .collect()
    }
}
