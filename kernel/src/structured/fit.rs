//! The whole fit: which actions move which, the regression that this asks for, and the pairs of
//! actions that the data show to interact.

mod bounded;
mod joint;
mod layout;
mod near;

use crate::algebra::packed;
use crate::algebra::scratch::{cut, larger, list};
use crate::algebra::vector::dot;
use crate::error::{FitError, ShapeError};
use crate::features::monomials::{Monomials, count};
use crate::moments::Moments;
use crate::regime::{MAX_ACTIONS, Regime};
use crate::scalar::Scalar;
use crate::storage::Storage;
use crate::structured::block::{Blocks, Intercepts};
use crate::structured::conditional;
use crate::structured::covariance::{self, Term};
use crate::structured::design::{self, Design, Group, Pair, Regressor, Structure, sign};
use crate::structured::gram::{self, Grams};
use crate::structured::influence::{self, learn};
use crate::structured::interaction::{self, Found, Search};
use crate::structured::posterior::{self, Dispersion, Posterior, Saturated};
use crate::structured::trimming::Estimate;
use bounded::Bounded;
use joint::Polynomials;
use layout::{Columns, Layout, Parts};
use near::{Near, Trimmed};

/// The most interacting pairs that a fit takes: those that the data demand most. It bounds the size
/// of a fit.
pub const MAX_PAIRS: usize = 32;

/// An action that moves another.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Influence<S> {
    /// The one that moves.
    pub cause: usize,
    /// The one that is moved.
    pub action: usize,
    /// p-value of the mean and the spread of `action` being the same whatever `cause` is set to.
    pub p_value: S,
}

/// A pair of actions, which may interact.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Interaction<S> {
    /// The actions, the lower first.
    pub pair: Pair,
    /// p-value of their effects being additive, times the number of pairs that the data can test; `None`
    /// where they cannot test this one.
    pub p_value: Option<S>,
    /// Whether the model has cross terms of theirs.
    pub found: bool,
    /// Whether it has them because rows set these two and no other, whatever the p-value.
    pub measured: bool,
}

/// The moments of rows of one regime each.
#[derive(Clone, Copy, Debug)]
pub struct Sample<'a, S, B> {
    /// Those of all rows.
    pub all: &'a [Moments<S, B>],
    /// Those of the near rows of the same regimes, in which no action that was left alone is far from most of its
    /// values. The joint effect then is theirs as far as it differs from that of all rows by more than noise explains.
    /// Where rows are in blocks, or a regime has no near rows, all rows decide.
    pub near: Option<&'a [Moments<S, B>]>,
}

impl<'a, S, B> Sample<'a, S, B> {
    /// Of rows none of which is far.
    pub const fn undivided(all: &'a [Moments<S, B>]) -> Self {
        Self { all, near: None }
    }
}

/// What is known of data beside their moments.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Known<'a, S> {
    /// The variance of the outcome's noise in a row of weight 1; else it is estimated, which takes more rows than
    /// there are columns.
    pub noise: Option<S>,
    /// Which rows share a shift of the outcome.
    pub blocks: Blocks<'a, S>,
    /// The actions that are categories, whose values number their levels. A polynomial of degree d tells d + 1
    /// of them apart.
    pub categories: Regime,
}

/// The prior of a group of coefficients.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Prior<S> {
    /// The group.
    pub group: Group,
    /// Its variance.
    pub variance: S,
    /// How far the data decide the coefficients, rather than the prior: 1 − posterior variance /
    /// prior variance, averaged; from 0 to 1.
    pub determined: S,
}

/// What a fit needs room for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Capacity {
    /// Numbers.
    pub numbers: usize,
    /// Columns of the regression.
    pub columns: usize,
}

/// The most that a fit needs room for, whatever it learns, from moments of so many regimes, without blocks.
pub const fn capacity(monomials: Monomials, regimes: usize) -> Capacity {
    let (actions, degree) = (monomials.variables(), monomials.degree());
    let others = actions.saturating_sub(1);
    let parents = influence::most_parents(actions);
    let pairs = actions * others / 2;
    let pairs = if pairs < MAX_PAIRS { pairs } else { MAX_PAIRS };
    let changes = actions * count(parents + 1, degree);
    let columns = 1 + actions * degree + pairs * design::cross_terms(degree) + changes;
    let layout = Layout::new(monomials, regimes, columns, pairs, [0, 0], false);
    Capacity {
        numbers: layout.len(),
        columns: layout.all_columns(),
    }
}

/// Where a structured fit works: numbers and columns that grow with what it learns, up to
/// [`capacity`].
#[derive(Clone, Debug, Default)]
pub struct Workspace<N, C> {
    numbers: N,
    columns: C,
}

impl<N, C> Workspace<N, C> {
    /// Of room for numbers and for columns, of any content.
    pub const fn new(numbers: N, columns: C) -> Self {
        Self { numbers, columns }
    }
}

/// Other actions to each action: its direct causes, or those with which it may interact.
type Others = heapless::Vec<Regime, MAX_ACTIONS>;

/// The pairs measured and found, in the order in which they were.
type Pairs<S> = heapless::Vec<Found<S>, MAX_PAIRS>;

/// What a fit found, but for the numbers that it left in its workspace.
#[derive(Clone, Debug)]
pub(crate) struct Outline<S> {
    layout: Layout,
    center: S,
    /// How many columns there are.
    filled: usize,
    dispersion: Dispersion<S>,
    inflation: S,
    unfound: S,
    parents: Others,
    testable: Others,
    found: Pairs<S>,
}

impl<S: Scalar> Outline<S> {
    /// How many numbers the workspace has.
    pub(crate) fn len(&self) -> usize {
        self.layout.len()
    }

    /// Whether the joint effect has cross terms of these actions, the lower first.
    pub(crate) fn interact(&self, pair: Pair) -> bool {
        self.found.iter().any(|found| found.pair == pair)
    }

    /// Rows less effective parameters; at least 1.
    pub(crate) fn degrees_of_freedom(&self) -> S {
        self.dispersion.degrees_of_freedom()
    }

    /// The fit of these regimes and blocks, in the numbers and the columns of the workspace.
    fn fit<'a>(
        self,
        regimes: &'a [Regime],
        blocks: Blocks<'a, S>,
        parts: Parts<'a, S>,
        columns: Columns<'a>,
        near: Option<Trimmed<S>>,
        bounded: Option<Bounded<S>>,
    ) -> Fit<'a, S> {
        let (layout, terms) = (self.layout, self.layout.monomials.len());
        let design = self.design(columns.all, parts.design);
        let posterior = self.posterior(parts.posterior);
        let (polynomials, design, posterior, inflation) = match bounded {
            None => (None, design, posterior, self.inflation),
            Some(bounded) => {
                let polynomials = Polynomials {
                    design,
                    posterior,
                    inflation: self.inflation,
                };
                let own = layout.bounded_parts(parts.bounded);
                let design = bounded.design(layout, own.design, columns.bounded);
                let posterior = bounded.posterior(layout, own.posterior);
                (Some(polynomials), design, posterior, bounded.inflation)
            }
        };
        Fit {
            grams: Grams::again(terms, self.center, regimes, parts.products),
            blocks,
            design,
            posterior,
            polynomials,
            near: near.map(|near| near.near(layout, regimes, parts.near, columns.near)),
            inflation,
            unfound: self.unfound,
            parents: self.parents,
            testable: self.testable,
            found: self.found,
            influences: parts.influences,
            pairs: parts.pairs,
        }
    }

    /// The pairs of which the model has cross terms.
    fn pairs(&self) -> heapless::Vec<Pair, MAX_PAIRS> {
        list(self.found.iter().map(|found| found.pair))
    }

    /// What a design beside the first is laid out by.
    fn structure<'a>(&'a self, categories: Regime, pairs: &'a [Pair]) -> Structure<'a> {
        Structure {
            categories,
            parents: &self.parents,
            pairs,
        }
    }

    fn design<'a>(&self, columns: &'a [Regressor], numbers: &'a [S]) -> Design<'a, S> {
        let columns = columns.get(..self.layout.columns).unwrap_or_default();
        Design::again(self.layout.monomials, self.filled, columns, numbers)
    }

    fn posterior<'a>(&self, numbers: &'a [S]) -> Posterior<'a, S> {
        Posterior::again(self.filled, self.layout.groups(), self.dispersion, numbers)
    }

    /// [`Fit::coefficients`].
    pub(crate) fn coefficients(
        &self,
        numbers: &mut [S],
        columns: &[Regressor],
        coefficients: &mut [S],
    ) -> Result<(), FitError> {
        let parts = self.layout.parts(numbers);
        let design = self.design(columns, parts.design);
        design.regime_coefficients(self.posterior(parts.posterior).mean, coefficients)
    }

    /// The squared standard error of a regime's effect where the monomials have the values `features`; `None`
    /// where the noise is not known.
    pub(crate) fn variance(
        &self,
        regime: Regime,
        features: &[S],
        numbers: &mut [S],
        columns: &[Regressor],
    ) -> Option<S> {
        if !self.dispersion.is_known {
            return None;
        }
        let parts = self.layout.parts(numbers);
        let design = self.design(columns, parts.design);
        let loadings = parts.scratch.get_mut(..self.filled).unwrap_or_default();
        let each = design.columns().iter().zip(design.polynomials());
        for (loading, (column, c)) in loadings.iter_mut().zip(each) {
            *loading = column.sign::<S>(regime) * dot(c, features);
        }
        let posterior = self.posterior(parts.posterior);
        let variance = packed::quadratic_form(posterior.covariance, loadings).max(S::ZERO);
        let enters = |column: &Regressor| column.sign::<S>(regime) != S::ZERO;
        let prior = |column: &Regressor| posterior.prior(&design, column);
        let truncation = covariance::truncation(&design, prior, enters);
        Some(self.inflation * variance + truncation + self.unfound)
    }
}

/// A structured model of moments, and how sure it is.
#[derive(Clone, Debug)]
pub struct Fit<'a, S> {
    /// The data.
    pub grams: Grams<'a, S>,
    /// The blocks of their rows.
    pub blocks: Blocks<'a, S>,
    /// The columns of the regression.
    pub design: Design<'a, S>,
    /// Their coefficients.
    pub posterior: Posterior<'a, S>,
    polynomials: Option<Polynomials<'a, S>>,
    near: Option<Near<'a, S>>,
    /// By what covariances are multiplied for what the model cannot fit; at least 1.
    pub inflation: S,
    /// The variance of what interactions add to the joint effect that are too small to be found; see
    /// [`interaction::Search::unfound`]. Covariances include it.
    pub unfound: S,
    parents: Others,
    testable: Others,
    found: Pairs<S>,
    influences: &'a [S],
    pairs: &'a [S],
}

/// Fits moments of one regime each, of regimes that identify the effect of every action.
///
/// The actions should be of about unit size.
///
/// An action that has a single value wherever it is left alone *rests* there: leaving it alone is then
/// setting it to that value, and of its effect one difference a value is learned.
///
/// # Errors
///
/// [`FitError`] where the regimes do not identify every effect or none leaves all actions alone,
/// where the outcome never varies, where a moment is not finite, and where the workspace has too
/// little room.
#[cfg_attr(target_arch = "x86_64", inline(always))]
pub fn fit<'a, S, B, N, C>(
    monomials: Monomials,
    regimes: &'a [Regime],
    data: Sample<'_, S, B>,
    known: Known<'a, S>,
    workspace: &'a mut Workspace<N, C>,
) -> Result<Fit<'a, S>, FitError>
where
    S: Scalar,
    B: AsRef<[S]>,
    N: Storage<S>,
    C: Storage<Regressor>,
{
    let blocks = known.blocks.checked(monomials.len(), regimes.len())?;
    let everywhere = |near: &&[Moments<S, B>]| near.iter().all(|near| near.count() > 0);
    let near = data.near.filter(everywhere);
    // The rows that tell curves of τ: all where none is far.
    let near = near.or((monomials.bounded() > 0).then_some(data.all));
    let near = near.filter(|_| blocks.count == 0);
    let outline = outline(
        monomials,
        regimes,
        data.all,
        near.is_some(),
        known,
        workspace,
    )?;
    let (layout, known) = (outline.layout, Known { blocks, ..known });
    let numbers = workspace.numbers.resize(layout.len())?;
    let columns = layout.columns(workspace.columns.resize(layout.all_columns())?);
    // Where near rows do not determine a fit, all rows do; and polynomials, where curves within bounds cannot be told.
    let trimmed = near.and_then(|near| {
        let parts = layout.parts(&mut *numbers);
        let trimmed = outline.trim(regimes, near, known, parts, columns.all, columns.near);
        trimmed.ok()
    });
    let curves = trimmed.is_some_and(|near| near.has_curves && near.share > S::ZERO);
    let parts = layout.parts(&mut *numbers);
    let bounded = outline.bound(regimes, known, parts, columns.all, columns.bounded, curves);
    let mut give = |trimmed, bounded| outline.give(regimes, trimmed, bounded, numbers, &columns);
    let bounded = bounded.ok().flatten();
    let bounded = bounded.filter(|&bounded| give(trimmed, Some(bounded)).is_ok());
    let trimmed = trimmed.filter(|&near| bounded.is_some() || give(Some(near), None).is_ok());
    let parts = layout.parts(numbers);
    Ok(outline.fit(regimes, blocks, parts, columns, trimmed, bounded))
}

/// [`fit`] of all rows, which is left in the workspace, with room for that of near rows where that is to come.
#[cfg_attr(target_arch = "x86_64", inline(always))]
pub(crate) fn outline<S, B, N, C>(
    monomials: Monomials,
    regimes: &[Regime],
    data: &[Moments<S, B>],
    near: bool,
    known: Known<'_, S>,
    workspace: &mut Workspace<N, C>,
) -> Result<Outline<S>, FitError>
where
    S: Scalar,
    B: AsRef<[S]>,
    N: Storage<S>,
    C: Storage<Regressor>,
{
    let Workspace { numbers, columns } = workspace;
    let terms = monomials.len();
    let blocks = known.blocks.checked(terms, regimes.len())?;
    let mut layout = Layout::new(
        monomials,
        regimes.len(),
        0,
        0,
        [blocks.count, blocks.cells.len()],
        near,
    );
    let Parts {
        products,
        influences,
        scratch,
        ..
    } = layout.parts(numbers.resize(layout.len())?);
    let grams = Grams::new(terms, regimes, data, products)?;
    let center = grams.center();
    let mut parents: Others = list((0..monomials.variables()).map(|_| Regime::OBSERVATIONAL));
    let own = cut(&mut &mut *scratch, influence::scratch_len(monomials));
    learn(monomials, &grams, influences, &mut parents, own)?;
    let (testable, exact): (Others, bool) = {
        let mut scratch = &mut *scratch;
        let pool = cut(&mut scratch, gram::len(terms));
        grams.pool(|_| true, pool);
        let exact = interaction::misses_nothing(monomials, &parents, pool, scratch);
        let others = |action| interaction::testable(monomials, action, pool, scratch);
        (list((0..monomials.variables()).map(others)), exact)
    };
    let polynomials = monomials.without_bounded().len();
    let mut saturated = Saturated::fit(&grams, polynomials, scratch);

    let mut found = Pairs::new();
    let mut first = true;
    let (filled, dispersion, unfound) = loop {
        layout.pairs = found.len();
        layout.columns = design::max_columns(monomials, &parents, found.len());
        let Parts {
            products,
            pairs,
            design,
            mut posterior,
            intercepts,
            mut scratch,
            ..
        } = layout.parts(numbers.resize(layout.len())?);
        let grams = Grams::again(terms, center, regimes, products);
        let taken: heapless::Vec<Pair, MAX_PAIRS> = list(found.iter().map(|found| found.pair));
        let design = Design::new(
            monomials,
            &grams,
            Structure {
                categories: known.categories,
                parents: &parents,
                pairs: &taken,
            },
            columns
                .resize(layout.all_columns())?
                .get_mut(..layout.columns)
                .unwrap_or_default(),
            design,
            cut(&mut &mut *scratch, design::scratch_len(monomials)),
        )?;
        let size = design.columns().len();
        let mut intercepts =
            Intercepts::new(blocks, center, regimes, |_| S::ONE, &design, intercepts);
        let posterior = Posterior::fit(
            &grams,
            &design,
            found.len(),
            known.noise,
            &mut intercepts,
            cut(
                &mut posterior,
                posterior::posterior_len(size, layout.groups()),
            ),
            cut(
                &mut &mut *scratch,
                posterior::posterior_scratch_len(monomials, size),
            ),
        )?;
        intercepts.shift(true, terms, center, products);
        let grams = Grams::again(terms, center, regimes, products);
        if blocks.count > 0 {
            saturated = Saturated::fit(&grams, polynomials, scratch);
        }
        let search = Search {
            grams: &grams,
            intercepts: &intercepts,
            design: &design,
            posterior: &posterior,
            saturated,
            parents: &parents,
            taken: &taken,
            testable: &testable,
            exact,
        };
        let scratch = cut(&mut scratch, interaction::scratch_len(monomials, size));
        let next = search.find(pairs, scratch)?;
        let unfound = search.unfound(scratch)?;
        let measured = match core::mem::take(&mut first) {
            true => search.measured(pairs, known.noise.is_some()),
            false => Pairs::new(),
        };
        intercepts.shift(false, terms, center, products);
        if !measured.is_empty() {
            found = measured;
            continue;
        }
        // A full list ends the search.
        match next.map(|pair| found.push(pair)) {
            Some(Ok(())) => continue,
            Some(Err(_)) | None => break (size, posterior.dispersion, unfound),
        }
    };

    let parts = layout.parts(numbers.resize(layout.len())?);
    center_constant(parts.posterior, center);
    Ok(Outline {
        layout,
        center,
        filled,
        dispersion,
        inflation: dispersion.inflation(saturated),
        unfound,
        parents,
        testable,
        found,
    })
}

impl<S: Scalar> Fit<'_, S> {
    /// How far the joint effect is that of near rows, from 0 to 1; `None` where these were not fitted.
    pub fn near_share(&self) -> Option<S> {
        self.near.as_ref().map(|near| near.moved.share)
    }

    /// The direct causes of every action.
    pub fn parents(&self) -> &[Regime] {
        &self.parents
    }

    /// K² p-values, row i column k: of "setting action i moves the mean or the spread of action k".
    pub fn p_values(&self) -> &[S] {
        self.influences
    }

    /// The direct influences of actions on each other.
    pub fn influences(&self) -> impl Iterator<Item = Influence<S>> {
        let actions = self.parents.len();
        self.parents
            .iter()
            .enumerate()
            .flat_map(move |(action, causes)| {
                causes.actions().map(move |cause| Influence {
                    cause,
                    action,
                    p_value: p_value(self.influences, actions, (cause, action)),
                })
            })
    }

    /// Every pair of actions: those that were measured, those found to interact, in the order in which they
    /// were found, then the others.
    pub fn interactions(&self) -> impl Iterator<Item = Interaction<S>> {
        let actions = self.parents.len();
        let found = self.found.iter().map(
            |&Found {
                 pair,
                 p_value,
                 measured,
             }| Interaction {
                pair,
                p_value: Some(p_value),
                found: true,
                measured,
            },
        );
        let pairs = (0..actions).flat_map(move |i| (i + 1..actions).map(move |j| (i, j)));
        let others = pairs
            .filter(|pair| self.found.iter().all(|found| found.pair != *pair))
            .map(move |pair| Interaction {
                pair,
                p_value: self.tests(pair).then(|| p_value(self.pairs, actions, pair)),
                found: false,
                measured: false,
            });
        found.chain(others)
    }

    /// Whether the data can show an interaction of these two.
    fn tests(&self, (first, second): Pair) -> bool {
        let testable = self.testable.get(first);
        self.posterior.dispersion.is_known && testable.is_some_and(|others| others.sets(second))
    }

    /// The prior of every group that has columns; the place of a pair is that among
    /// [`Fit::interactions`].
    pub fn priors(&self) -> impl Iterator<Item = Prior<S>> {
        let degree = self.design.monomials().degree();
        let joint = (1..=design::joint_groups(self.design.monomials())).map(Group::Joint);
        let own = (0..=degree).map(Group::Own);
        let family = (1..=degree).map(Group::Family);
        let actions = self.design.monomials().variables();
        let groups = joint
            .chain((0..actions).map(Group::Levels))
            .chain((0..self.found.len()).map(Group::Pair))
            .chain(own)
            .chain(family)
            .chain([Group::Bounded]);
        groups.filter_map(move |group| {
            let index = group.index(self.design.monomials())?;
            Some(Prior {
                group,
                variance: self.posterior.variances.get(index).copied()?,
                determined: self.posterior.determined(&self.design, index)?,
            })
        })
    }

    /// The coefficients `[β, γ₁, …, γ_K]`, P numbers each, as
    /// [`crate::predict::predictor::collapse`] takes them.
    pub fn coefficients(&self, coefficients: &mut [S]) -> Result<(), FitError> {
        self.design
            .regime_coefficients(self.posterior.mean, coefficients)
    }

    /// The coefficients that are not zero by assumption.
    pub fn terms(&self) -> impl Iterator<Item = Term> {
        covariance::terms(&self.design)
    }

    /// The packed covariance of the coefficients of `terms`, inflated, with the variance of what polynomials leave
    /// out. `scratch` has as many numbers as the design has columns.
    pub fn covariance(
        &self,
        terms: &[Term],
        covariance: &mut [S],
        scratch: &mut [S],
    ) -> Result<(), FitError> {
        let of_columns = self.posterior.covariance;
        self.inflated(of_columns, terms, covariance, scratch)
    }

    /// [`Fit::covariance`] from the packed covariance of the columns' coefficients.
    fn inflated(
        &self,
        of_columns: &[S],
        terms: &[Term],
        covariance: &mut [S],
        scratch: &mut [S],
    ) -> Result<(), FitError> {
        covariance::of_terms(&self.design, of_columns, terms, covariance, scratch)?;
        covariance
            .iter_mut()
            .for_each(|value| *value *= self.inflation);
        for (i, term) in terms
            .iter()
            .enumerate()
            .filter(|(_, term)| term.monomial == 0)
        {
            if let Some(diagonal) = packed::row_mut(covariance, i).last_mut() {
                *diagonal += self.beyond(|action| action == term.action);
            }
        }
        FitError::finite(covariance)
    }

    /// The variance of what polynomials leave out: of the joint effect, or of what leaving an action alone adds to
    /// it. All covariances have it, and more rows do not make it smaller.
    pub fn left_out(&self, action: Option<usize>) -> S {
        self.truncation(|of| of == action)
    }

    /// The variance of what the columns of the model leave out of the parts that are `kept`.
    fn beyond(&self, kept: impl Fn(Option<usize>) -> bool) -> S {
        let unfound = if kept(None) { self.unfound } else { S::ZERO };
        self.truncation(kept) + unfound
    }

    /// The variance of what polynomials leave out of the parts that are `kept`. Of τ it is a share of what the fit of near
    /// rows leaves out, and the rest of what that of all rows does.
    fn truncation(&self, kept: impl Fn(Option<usize>) -> bool) -> S {
        let of = |design, posterior, kept: &dyn Fn(Option<usize>) -> bool| {
            let posterior: &Posterior<'_, S> = posterior;
            let prior = |column: &Regressor| posterior.prior(design, column);
            covariance::truncation(design, prior, |column| kept(column.action))
        };
        let changes = of(&self.design, &self.posterior, &|action| {
            action.is_some() && kept(action)
        });
        if !kept(None) {
            return changes;
        }
        let (design, posterior) = self.of_polynomials();
        let joint = of(design, posterior, &|action| action.is_none());
        let Some(near) = &self.near else {
            return changes + joint;
        };
        let of_near = of(&near.design, &near.posterior, &|action| action.is_none());
        changes + joint + near.moved.share * (of_near - joint)
    }

    /// The fit of polynomials.
    fn of_polynomials(&self) -> (&Design<'_, S>, &Posterior<'_, S>) {
        match &self.polynomials {
            Some(polynomials) => (&polynomials.design, &polynomials.posterior),
            None => (&self.design, &self.posterior),
        }
    }

    /// [`Fit::covariance`] as it is expected to be if every regime had `scale` times the rows it has, in the same
    /// blocks.
    /// `scratch` has [`Fit::expected_variance_scratch_len`].
    pub fn expected_covariance(
        &self,
        scale: impl Fn(Regime) -> S,
        terms: &[Term],
        covariance: &mut [S],
        scratch: &mut [S],
    ) -> Result<(), FitError> {
        let needed = self.expected_variance_scratch_len();
        ShapeError::exact("scratch", needed, scratch.len())?;
        let columns = self.design.columns().len();
        let mut scratch = scratch;
        let of_columns = cut(&mut scratch, packed::len(columns));
        self.expected_of_columns(scale, of_columns, scratch)?;
        let along = cut(&mut scratch, columns);
        self.inflated(of_columns, terms, covariance, along)
    }

    /// Mean variance of the joint effect, over independent actions distributed as where they were set, if every regime
    /// had `scale` times the rows it has: what to expect of an experiment that is being planned from a pilot. It is as
    /// in [`Fit::expected_covariance`], and so is `scratch`.
    pub fn expected_variance(
        &self,
        scale: impl Fn(Regime) -> S,
        scratch: &mut [S],
    ) -> Result<S, FitError> {
        let needed = self.expected_variance_scratch_len();
        ShapeError::exact("scratch", needed, scratch.len())?;
        let mut scratch = scratch;
        let of_columns = cut(&mut scratch, packed::len(self.design.columns().len()));
        self.expected_of_columns(scale, of_columns, scratch)?;
        let variance = posterior::joint_variance(&self.design, of_columns);
        Ok(self.inflation * variance + self.beyond(|action| action.is_none()))
    }

    /// The packed covariance of the columns' coefficients if every regime had `scale` times the rows it has. Near rows
    /// then count as much as they do now.
    fn expected_of_columns(
        &self,
        scale: impl Fn(Regime) -> S,
        covariance: &mut [S],
        scratch: &mut [S],
    ) -> Result<(), FitError> {
        let (mut scratch, rows) = (scratch, (&self.grams, self.blocks));
        let model = (&self.design, &self.posterior);
        expected(rows, model, &scale, covariance, scratch)?;
        if self.polynomials.is_none() && self.near.is_none() {
            return Ok(());
        }
        let given = cut(&mut scratch, packed::len(self.design.of_joint()));
        let (design, posterior) = self.of_polynomials();
        let (of_all, inflation) = match &self.polynomials {
            None => (&*covariance, self.inflation),
            Some(polynomials) => {
                let of_all = cut(&mut scratch, packed::len(design.columns().len()));
                expected(rows, (design, posterior), &scale, of_all, scratch)?;
                (&*of_all, polynomials.inflation)
            }
        };
        let near = match &self.near {
            None => None,
            Some(near) => {
                let of_near = cut(&mut scratch, packed::len(near.design.columns().len()));
                let (rows, model) = (
                    (&near.grams, Blocks::default()),
                    (&near.design, &near.posterior),
                );
                expected(rows, model, &scale, of_near, scratch)?;
                Some((near, &*of_near))
            }
        };
        let all = Estimate {
            mean: posterior.mean,
            covariance: of_all,
            inflation,
            joint: design.of_joint(),
        };
        joint::covariance(all, near, self.inflation, given);
        conditional::give_covariance(given, covariance, scratch)
    }

    /// Scratch of [`Fit::expected_variance`] and [`Fit::expected_covariance`].
    pub fn expected_variance_scratch_len(&self) -> usize {
        let monomials = self.design.monomials();
        let designs = [
            Some(&self.design),
            self.polynomials.as_ref().map(|own| &own.design),
            self.near.as_ref().map(|near| &near.design),
        ];
        let columns = designs.into_iter().flatten();
        let columns = columns.map(|design| design.columns().len());
        let covariances: usize = columns.clone().map(packed::len).sum();
        let most = columns.max().unwrap_or_default();
        let joint = self.design.of_joint();
        let fit = posterior::expected_scratch_len(monomials, most, self.blocks);
        covariances + packed::len(joint) + larger(fit, conditional::scratch_len(joint))
    }

    /// The polynomial of a regime, P coefficients, and their packed covariance, as in [`Fit::covariance`]. `scratch`
    /// has as many numbers as the design has columns.
    pub fn effect(
        &self,
        regime: Regime,
        polynomial: &mut [S],
        covariance: &mut [S],
        scratch: &mut [S],
    ) -> Result<(), FitError> {
        let terms = self.design.monomials().len();
        ShapeError::exact("polynomial", terms, polynomial.len())?;
        ShapeError::exact("covariance", packed::len(terms), covariance.len())?;
        ShapeError::exact("scratch", self.design.columns().len(), scratch.len())?;
        self.design
            .polynomial(regime, self.posterior.mean, polynomial);
        self.design
            .covariance(regime, self.posterior.covariance, covariance, scratch);
        covariance
            .iter_mut()
            .for_each(|value| *value *= self.inflation);
        if let Some(constant) = covariance.first_mut() {
            *constant += self.beyond(|action| sign::<S>(action, regime) != S::ZERO);
        }
        FitError::finite(polynomial)?;
        FitError::finite(covariance)
    }
}

/// [`posterior::expected_covariance`], of at least its scratch.
fn expected<S: Scalar>(
    (grams, blocks): (&Grams<'_, S>, Blocks<'_, S>),
    (design, posterior): (&Design<'_, S>, &Posterior<'_, S>),
    scale: &impl Fn(Regime) -> S,
    covariance: &mut [S],
    scratch: &mut [S],
) -> Result<(), FitError> {
    let (monomials, columns) = (design.monomials(), design.columns().len());
    let needed = posterior::expected_scratch_len(monomials, columns, blocks);
    let scratch = cut(&mut &mut *scratch, needed);
    posterior::expected_covariance(grams, blocks, design, posterior, scale, covariance, scratch)
}

/// Fits a design beside the first. `storage` has [`posterior::posterior_len`] numbers, `scratch` at least
/// [`posterior::posterior_scratch_len`].
#[cfg_attr(target_arch = "x86_64", inline(always))]
fn estimate<S: Scalar>(
    grams: &Grams<'_, S>,
    design: &Design<'_, S>,
    pairs: usize,
    noise: Option<S>,
    intercepts: &mut Intercepts<'_, S>,
    storage: &mut [S],
    scratch: &mut [S],
) -> Result<Dispersion<S>, FitError> {
    let needed = posterior::posterior_scratch_len(design.monomials(), design.columns().len());
    let scratch = cut(&mut &mut *scratch, needed);
    let fitted = Posterior::fit(grams, design, pairs, noise, intercepts, storage, scratch)?;
    let dispersion = fitted.dispersion;
    center_constant(storage, grams.center());
    Ok(dispersion)
}

/// The first column is the constant of τ, which the fit has about the center of the outcomes.
fn center_constant<S: Scalar>(posterior: &mut [S], center: S) {
    if let Some(constant) = posterior.first_mut() {
        *constant += center;
    }
}

/// Entry `(row, column)` of K² p-values.
fn p_value<S: Scalar>(p_values: &[S], actions: usize, (row, column): Pair) -> S {
    let index = row * actions + column;
    p_values.get(index).copied().unwrap_or(S::ONE)
}
