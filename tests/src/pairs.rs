//! Rows in which two actions were set together, and what they are worth to the effect of setting all.

use crate::average::mean;
use crate::feed::as_they_are;
use crate::simulate::{Simulation, of_moments, regimes};
use joint_effects::app::lab::scm::{Family, Purpose, stream};
use joint_effects::fit::dispatch;
use joint_effects::fit::structured::Workspace;
use joint_effects::model::Model;
use joint_effects::moments::RegimeMoments;
use joint_effects_kernel::Regime;
use joint_effects_kernel::algebra::packed;
use joint_effects_kernel::features::monomials::Monomials;
use joint_effects_kernel::predict::predictor;
use joint_effects_kernel::structured::block::Intercepts;
use joint_effects_kernel::structured::design::{self, Design, Regressor, Structure};
use joint_effects_kernel::structured::interaction::{self, Search};
use joint_effects_kernel::structured::posterior::{self, Posterior, Saturated};
use joint_effects_kernel::structured::{Known, Sample, gram};
use std::ops::Range;

const ACTIONS: usize = 5;
const DEGREE: usize = 3;

/// Rows of a random model of which two actions interact.
pub struct Paired {
    simulation: Simulation,
    /// The two.
    pub pair: (usize, usize),
}

impl Paired {
    /// The term that is added has this standard deviation where the two are independent.
    pub fn draw(seed: u64, strength: f64) -> Self {
        let mut simulation = Simulation::draw(Family::Polynomial, ACTIONS, seed);
        let rng = stream(seed, 0, Purpose::Interaction);
        simulation.model = simulation.model.with_interaction(strength, rng).unwrap();
        let [first, second] = simulation.model.interaction().unwrap();
        Self {
            simulation,
            pair: (first, second),
        }
    }

    /// The models of `rows` of observation and of every action set alone: without rows of the pair, and with
    /// as many of these.
    pub fn models(&self, rows: usize) -> [Model; 2] {
        let monomials = Monomials::new(ACTIONS, DEGREE).unwrap();
        [false, true].map(|with_pair| {
            of_moments(
                as_they_are(monomials),
                &self.data(rows, with_pair),
                Known::default(),
            )
        })
    }

    /// The effect of setting all actions of the model that takes no pair as measured; see [`searched`].
    pub fn searched(&self, rows: usize, with_pair: bool) -> Vec<f64> {
        let monomials = Monomials::new(ACTIONS, DEGREE).unwrap();
        searched(monomials, &self.data(rows, with_pair))
    }

    /// No row is far, so that fits differ in what they take of the pair and in nothing else.
    fn data(&self, rows: usize, with_pair: bool) -> Vec<RegimeMoments> {
        let mut data = self.simulation.training(rows);
        if with_pair {
            let both = Regime::single(self.pair.0).with(self.pair.1);
            let measured = self.simulation.rows(both, rows, Purpose::Training);
            data.push((both, measured));
        }
        let monomials = Monomials::new(ACTIONS, DEGREE).unwrap();
        let mut data = regimes(monomials, &data);
        data.iter_mut().for_each(RegimeMoments::undivide);
        data
    }

    /// Root mean square error of a polynomial that is to be the effect of setting all actions.
    pub fn error(&self, effect: &[f64]) -> f64 {
        let monomials = Monomials::new(ACTIONS, DEGREE).unwrap();
        let mut features = vec![0.0; monomials.len()];
        let truth = self.simulation.truth();
        let test = self
            .simulation
            .rows(Regime::joint(ACTIONS), 1000, Purpose::Test);
        let settings = test.actions.chunks_exact(ACTIONS);
        let squares = settings.map(|setting| {
            let found = predictor::evaluate(monomials, effect, setting, &mut features).unwrap();
            (found - truth.at(setting)).powi(2)
        });
        mean(&squares.collect::<Vec<_>>()).sqrt()
    }
}

/// The effect of setting all actions of the structured model that has cross terms of those pairs alone that the search for
/// interactions finds, whatever was measured.
pub fn searched(monomials: Monomials, data: &[RegimeMoments]) -> Vec<f64> {
    let regimes: Vec<Regime> = data.iter().map(|part| part.regime).collect();
    let totals: Vec<_> = data.iter().map(RegimeMoments::total).collect();
    let mut workspace = Workspace::default();
    let known = Known::default();
    let fit = dispatch::structured(
        monomials,
        &regimes,
        Sample::undivided(&totals),
        known,
        &mut workspace,
    )
    .unwrap();
    let (grams, parents) = (&fit.grams, fit.parents());
    let mut pool = vec![0.0; gram::len(monomials.len())];
    grams.pool(|_| true, &mut pool);
    let mut scratch = vec![0.0; interaction::testable_scratch_len(monomials)];
    let exact = interaction::misses_nothing(monomials, parents, &pool, &mut scratch);
    let others = |action| interaction::testable(monomials, action, &pool, &mut scratch);
    let testable: Vec<_> = (0..monomials.variables()).map(others).collect();
    let terms = monomials.len();
    let saturated = Saturated::fit(grams, terms, &mut vec![0.0; packed::len(terms + 1)]);
    let mut intercepts = Intercepts::default();
    let mut taken = Vec::new();
    loop {
        let most = design::max_columns(monomials, parents, taken.len());
        let mut columns = vec![Regressor::default(); most];
        let mut polynomials = vec![0.0; design::storage_len(monomials, most)];
        let structure = Structure {
            categories: Regime::OBSERVATIONAL,
            parents,
            pairs: &taken,
        };
        let mut scratch = vec![0.0; design::scratch_len(monomials)];
        let (columns, numbers) = (&mut columns, &mut polynomials);
        let design =
            Design::new(monomials, grams, structure, columns, numbers, &mut scratch).unwrap();
        let size = design.columns().len();
        let groups = design::groups(monomials, taken.len());
        let mut storage = vec![0.0; posterior::posterior_len(size, groups)];
        let mut scratch = vec![0.0; posterior::posterior_scratch_len(monomials, size)];
        let posterior = Posterior::fit(
            grams,
            &design,
            taken.len(),
            None,
            &mut intercepts,
            &mut storage,
            &mut scratch,
        )
        .unwrap();
        let search = Search {
            grams,
            intercepts: &intercepts,
            design: &design,
            posterior: &posterior,
            saturated,
            parents,
            taken: &taken,
            testable: &testable,
            exact,
        };
        let mut p_values = vec![0.0; monomials.variables().pow(2)];
        let mut scratch = vec![0.0; interaction::scratch_len(monomials, size)];
        let Some(found) = search.find(&mut p_values, &mut scratch).unwrap() else {
            let mut effect = vec![0.0; monomials.len()];
            let joint = Regime::joint(monomials.variables());
            design.polynomial(joint, posterior.mean, &mut effect);
            effect[0] += grams.center();
            return effect;
        };
        taken.push(found.pair);
    }
}

/// Errors over models of these seeds: without rows of the pair, with them but by the search for interactions alone, and
/// with them.
pub fn errors(seeds: Range<u64>, rows: usize, strength: f64) -> [Vec<f64>; 3] {
    let mut errors = [const { Vec::new() }; 3];
    for seed in seeds {
        let paired = Paired::draw(seed, strength);
        let models = paired.models(rows);
        let joint = Regime::joint(ACTIONS);
        let [without, with] = models.map(|model| model.polynomial(joint).unwrap());
        let searched = paired.searched(rows, true);
        for (errors, effect) in errors.iter_mut().zip([without, searched, with]) {
            errors.push(paired.error(&effect));
        }
    }
    errors
}

/// The mean of the differences of two lists, and its standard error.
pub fn difference(these: &[f64], those: &[f64]) -> [f64; 2] {
    let pairs = these.iter().zip(those);
    let differences: Vec<f64> = pairs.map(|(this, that)| this - that).collect();
    let (count, of_all) = (differences.len() as f64, mean(&differences));
    let squares = differences.iter().map(|each| (each - of_all).powi(2));
    let squares = mean(&squares.collect::<Vec<_>>());
    [of_all, (squares / (count - 1.0)).sqrt()]
}

/// A table of [`errors`] over `models`.
pub fn table(models: u64) -> String {
    let mut table = String::from(
        "| strength | rows a regime | error, without | by the test alone | with | with − without | with − by the test alone |\n\
         |--:|--:|--:|--:|--:|--:|--:|\n",
    );
    for strength in [0.0, 0.1, 1.0] {
        for rows in [300, 1000, 10_000] {
            table += &row(models, rows, strength);
        }
    }
    table
}

fn row(models: u64, rows: usize, strength: f64) -> String {
    let [without, searched, with] = errors(1000..1000 + models, rows, strength);
    let means = [&without, &searched, &with].map(|errors| mean(errors));
    let differences = [&without, &searched].map(|others| difference(&with, others));
    let [than_without, than_searched] =
        differences.map(|[mean, error]| format!("{mean:+.4} ± {error:.4}"));
    let [without, searched, with] = means;
    format!(
        "| {strength} | {rows} | {without:.4} | {searched:.4} | {with:.4} | {than_without} | {than_searched} |\n"
    )
}
