//! Rows streamed into moments, fits of them, and predictions, in a fixed amount of memory.

use super::capacity::{head, of_regime};
use super::error::StudyError;
use super::moments_file::{self, Names};
use super::parts::{Head, Room, Summaries, of_place};
use crate::algebra::scratch::{exchange, list};
use crate::algebra::vector::dot;
use crate::digest::Digest;
use crate::elementary::Elementary;
use crate::error::{FitError, ShapeError};
use crate::features::monomials::{Basis, Monomials};
use crate::fit::indicator::{self, Pattern};
use crate::fit::{ridge, separate};
use crate::moments::compensated::Compensated;
use crate::moments::{Moments, buffer_len};
use crate::predict::artifact::{self, Contents};
use crate::predict::predictor::{Layout, collapse};
use crate::regime::{MAX_ACTIONS, Regime};
use crate::structured::design::Regressor;
use crate::structured::{self, Known, Outline, Workspace, tails};
use heapless::Vec;

/// What setting actions is expected to do to the outcome.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Prediction<S> {
    /// The expected outcome.
    pub effect: S,
    /// How far off it may be, one standard error; `None` for a model that does not know, as one made of
    /// ridges.
    pub standard_error: Option<S>,
}

/// A study of at most so many regimes, in room for so many numbers; a structured model has at most so many
/// columns. [`study!`](crate::study) names the type.
///
/// ```
/// use joint_effects_kernel::device::{Study, StudyError};
/// use joint_effects_kernel::{Regime, study};
///
/// let mut study: study!(f32, 3, 2) = Study::new();
/// study.start(2, 2, 40)?;
/// # let mut rng = rand_xoshiro::rand_core::SeedableRng::seed_from_u64(1);
/// # let rng: &mut rand_xoshiro::Xoshiro128PlusPlus = &mut rng;
/// # let mut normal = || joint_effects_kernel::sampling::normal(rng, 0.0, 1.0);
/// for row in 0..600 {
///     // A hidden cause moves the lamp and the reading. Every third row sets the lamp, another the fan.
///     let regime = [Regime::OBSERVATIONAL, Regime::single(0), Regime::single(1)][row % 3];
///     let (hidden, lamp, fan) = (normal(), normal(), normal());
///     let lamp = if regime.sets(0) { lamp } else { 2.0 * hidden + 0.5 * lamp };
///     let reading = 5.0 + 3.0 * lamp - fan * fan - 4.0 * hidden + 0.1 * normal();
///     study.push(regime, &[lamp, fan], reading)?;
/// }
/// study.fit_structured()?;
/// // Both were never set at once.
/// let prediction = study.predict(Regime::joint(2), &[0.5, 0.5])?;
/// let standard_error = prediction.standard_error.ok_or(StudyError::NotFitted)?;
/// assert!((prediction.effect - 6.25).abs() < 2.0 * standard_error);
/// assert!(standard_error < 0.4);
/// # Ok::<(), StudyError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Study<S, const NUMBERS: usize, const COLUMNS: usize, const REGIMES: usize> {
    monomials: Monomials,
    /// How many rows the warm-up has.
    warm_up: usize,
    /// Whether it is over.
    settled: bool,
    regimes: Vec<Regime, REGIMES>,
    counts: Vec<u64, REGIMES>,
    refused: u64,
    /// In the warm-up, its rows. Then the head, the moments of every regime in the order of `regimes`, and
    /// what a fit has left behind them.
    numbers: Vec<S, NUMBERS>,
    regressors: Vec<Regressor, COLUMNS>,
    model: Model<S>,
}

/// What the coefficients are of. With the tag in front, all of a new study that is not left open is zero, and
/// a `static` of it takes no flash.
#[derive(Clone, Debug)]
#[repr(u8)]
#[expect(clippy::large_enum_variant, reason = "there is no heap to put it on")]
enum Model<S> {
    Nothing,
    Ridges,
    Structured(Outline<S>),
}

impl<S: Elementary, const NUMBERS: usize, const COLUMNS: usize, const REGIMES: usize>
    Study<S, NUMBERS, COLUMNS, REGIMES>
{
    /// A study of no actions, until it is [started](Self::start): what a `static` can hold.
    pub const fn new() -> Self {
        Self {
            monomials: Monomials::NONE,
            warm_up: 0,
            settled: false,
            regimes: Vec::new(),
            counts: Vec::new(),
            refused: 0,
            numbers: Vec::new(),
            regressors: Vec::new(),
            model: Model::Nothing,
        }
    }

    /// Forgets everything, and begins a study of so many actions, of polynomials to this degree.
    ///
    /// Actions come in any unit. The first `warm_up` rows, of whatever regimes, are kept until they are so
    /// many, or until a fit; from them each action has its origin and its unit ever after: their mean and their
    /// standard deviation. Some tens of rows suffice, as long as every action is seen to vary. Without a
    /// warm-up the actions should be of about unit size.
    ///
    /// # Errors
    ///
    /// [`StudyError::Shape`] where there is less room than the moments of observation and of every single
    /// action take, and the warm-up.
    pub fn start(
        &mut self,
        actions: usize,
        degree: usize,
        warm_up: usize,
    ) -> Result<(), StudyError> {
        let monomials = Monomials::new(actions, degree)?;
        ShapeError::room("regimes", actions + 1, REGIMES)?;
        ShapeError::room(
            "numbers",
            in_warm_up(monomials, warm_up, actions + 1),
            NUMBERS,
        )?;
        self.monomials = monomials;
        self.warm_up = warm_up;
        self.settled = false;
        self.regimes.clear();
        self.counts.clear();
        self.refused = 0;
        self.numbers.clear();
        self.model = Model::Nothing;
        Ok(())
    }

    /// Adds a row: which actions were set, the values of all of them, and the outcome.
    ///
    /// # Errors
    ///
    /// [`StudyError::NotFinite`] where a number is infinite, NaN or too large. The row is counted among
    /// those [refused](Self::refused), and changes nothing else. [`StudyError::Shape`] where a row has not as
    /// many actions, or a regime that is new finds no room.
    pub fn push(&mut self, regime: Regime, actions: &[S], outcome: S) -> Result<(), StudyError> {
        self.check(regime, actions)?;
        if !actions.iter().chain([&outcome]).all(|x| x.is_finite()) {
            return self.refuse();
        }
        if !self.settled && self.warm_up > 0 {
            let index = self.place(regime)?;
            if let Some(count) = self.counts.get_mut(index) {
                *count += 1;
            }
            // The rows of a regime lie behind one another, so that none has to say which it is of. There
            // is room: `start` and `place` have seen to it.
            let rows: u64 = self.counts.iter().take(index + 1).sum();
            let before = (rows as usize - 1) * row_len(self.monomials);
            self.insert(before, row_len(self.monomials));
            let row = self.numbers.iter_mut().skip(before);
            for (target, &value) in row.zip([&outcome].into_iter().chain(actions)) {
                *target = value;
            }
            if self.numbers.len() >= self.warm_up * row_len(self.monomials) {
                self.end_warm_up()?;
            }
            return Ok(());
        }
        self.end_warm_up()?;
        let Some(outcome) = Head::of(self.monomials, &mut self.numbers).turn(actions, outcome)?
        else {
            return self.refuse();
        };
        let index = self.place(regime)?;
        if let Some(count) = self.counts.get_mut(index) {
            let mut head = Head::of(self.monomials, &mut self.numbers);
            add(&mut head, index, count, outcome)?;
            include(&mut head, index, *count == 1, actions, outcome);
        }
        Ok(())
    }

    /// Rows of a regime.
    pub fn rows(&self, regime: Regime) -> u64 {
        let index = self.regimes.iter().position(|&own| own == regime);
        let count = index.and_then(|index| self.counts.get(index));
        count.copied().unwrap_or_default()
    }

    /// Rows that held a number that is infinite, NaN or too large.
    pub fn refused(&self) -> u64 {
        self.refused
    }

    /// The monomials of the standardised actions, and what is subtracted from outcomes; ends the warm-up.
    pub fn basis(&mut self) -> Result<(Basis<S, &[S]>, S), StudyError> {
        self.end_warm_up()?;
        let head = Head::of(self.monomials, &mut self.numbers);
        let center = head.center();
        Ok((Basis::new(self.monomials, &*head.standardisation)?, center))
    }

    /// The moments of every regime there are rows of, over [`Self::basis`]; ends the warm-up.
    pub fn moments(
        &mut self,
    ) -> Result<impl Iterator<Item = (Regime, Moments<S, &[S]>)> + Clone, StudyError> {
        self.end_warm_up()?;
        let moments = self.numbers.get(head(self.monomials)..).unwrap_or_default();
        Ok(Summaries::new(
            self.monomials,
            &self.regimes,
            &self.counts,
            moments,
        ))
    }

    /// Where an action was seen in the rows of the regimes that treat it as `regime` does, set or left alone;
    /// `None` where there are none. Ends the warm-up.
    pub fn range(&mut self, regime: Regime, action: usize) -> Result<Option<(S, S)>, StudyError> {
        self.end_warm_up()?;
        let alike = self
            .parts()
            .filter(|part| part.regime.sets(action) == regime.sets(action));
        let actions = self.monomials.variables();
        let ranges = alike.filter_map(|part| {
            let (least, greatest) = part.ranges.split_at_checked(actions + 1)?;
            Some((*least.get(action)?, *greatest.get(action)?))
        });
        let union = |a: (S, S), b: (S, S)| (if b.0 < a.0 { b.0 } else { a.0 }, a.1.max(b.1));
        Ok(ranges.reduce(union).filter(|_| action < actions))
    }

    /// Writes all there is of the rows to the front of `bytes`: to go on from after a reset, or for
    /// `joint-effects fit` to merge with others'. How many bytes it takes; ends the warm-up.
    ///
    /// # Errors
    ///
    /// [`StudyError::Shape`], which says how many bytes are needed, where there are too few, or not as many
    /// names as actions.
    pub fn write_moments(
        &mut self,
        names: Names<'_>,
        bytes: &mut [u8],
    ) -> Result<usize, StudyError> {
        self.end_warm_up()?;
        let mut copy = [S::ZERO; 2 * MAX_ACTIONS];
        let of = Head::of(self.monomials, &mut self.numbers);
        let center = of.center();
        let standardisation = copy.get_mut(..of.standardisation.len()).unwrap_or_default();
        for (target, &value) in standardisation.iter_mut().zip(&*of.standardisation) {
            *target = value;
        }
        let head = moments_file::Head {
            monomials: self.monomials,
            standardisation,
            center,
        };
        moments_file::write(names, &head, self.parts(), bytes)
    }

    /// Forgets everything, and goes on from what [`Self::write_moments`] has written of the same outcome and
    /// actions. What is behind it is not looked at.
    ///
    /// # Errors
    ///
    /// [`StudyError::Moments`] where the bytes are damaged or of others, [`StudyError::Shape`] where there is
    /// too little room: then the study is as it was.
    pub fn read_moments(&mut self, names: Names<'_>, bytes: &[u8]) -> Result<(), StudyError> {
        let file = moments_file::File::<S>::read(names, bytes)?;
        let monomials = file.monomials;
        let actions = monomials.variables();
        let regimes = file.parts().count();
        ShapeError::room("regimes", regimes.max(actions + 1), REGIMES)?;
        let needed = head(monomials) + regimes.max(actions + 1) * of_regime(monomials);
        ShapeError::room("numbers", needed, NUMBERS)?;
        self.start(actions, monomials.degree(), 0)?;
        self.end_warm_up()?;
        let mut head = Head::of(monomials, &mut self.numbers);
        // The shift and the factor of each action lie together in the file.
        for (place, value) in file.standardisation().enumerate() {
            if let Some(target) = head
                .standardisation
                .get_mut(place / 2 + place % 2 * actions)
            {
                *target = value;
            }
        }
        head.set_center(file.center);
        for part in file.parts() {
            let index = self.place(part.regime)?;
            if let Some(count) = self.counts.get_mut(index) {
                *count = part.rows;
            }
            let len = buffer_len(monomials.len());
            let head = Head::of(monomials, &mut self.numbers);
            let target = of_place(head.rest, head.monomials, index);
            let (moments, rest) = target.split_at_mut_checked(len).unwrap_or_default();
            let ranges = rest.get_mut(len..).unwrap_or_default();
            let both = [(moments, part.numbers), (ranges, part.ranges)];
            for (target, source) in both {
                for (target, value) in target.iter_mut().zip(source.iter()) {
                    *target = value;
                }
            }
        }
        Ok(())
    }

    /// Writes the effect of setting the actions of `regime` to the front of `bytes`, as an artifact without
    /// standard errors; how many bytes it takes. It predicts without the study, and says what the best setting
    /// is.
    ///
    /// # Errors
    ///
    /// [`StudyError::NotFitted`]; [`StudyError::Artifact`], which says how many bytes are needed, where there
    /// are too few; [`StudyError::Shape`] where there are not as many names as actions.
    pub fn write_artifact(
        &mut self,
        names: Names<'_>,
        regime: Regime,
        bytes: &mut [u8],
    ) -> Result<usize, StudyError> {
        self.check_fitted()?;
        let (monomials, actions) = (self.monomials, self.monomials.variables());
        ShapeError::exact("names", actions, names.actions.len())?;
        let (mut least, mut greatest) = ([S::ZERO; MAX_ACTIONS], [S::ZERO; MAX_ACTIONS]);
        for (action, slots) in (0..actions).zip(least.iter_mut().zip(&mut greatest)) {
            let others = Regime::from_bits(!regime.bits());
            let range = self.range(regime, action)?.or(self.range(others, action)?);
            (*slots.0, *slots.1) = range.unwrap_or_default();
        }
        let numbers = self.parts().flat_map(|part| part.numbers);
        let data = numbers.fold(Digest::new(), |digest, number| {
            digest.bytes(number.to_le_bytes().as_ref())
        });
        // What the structured joint effect has no terms of is rounding.
        let outline = match &self.model {
            Model::Structured(outline) if regime == Regime::joint(actions) => Some(outline),
            _ => None,
        };
        let within = |index: usize| {
            let mut last = None;
            monomials.factors(index).all(|factor| {
                let before = last.replace(factor).filter(|&before| before != factor);
                before.is_none_or(|before| {
                    outline.is_none_or(|outline| outline.interact((before, factor)))
                })
            })
        };
        let additive = outline.is_some()
            && (0..monomials.len()).all(|index| {
                index == 0 || monomials.only_variable(index).is_some() || !within(index)
            });
        let head = Head::of(monomials, &mut self.numbers);
        collapse(head.coefficients, regime, head.features)?;
        let center = head.center();
        if let Some(constant) = head.features.first_mut() {
            *constant += center;
        }
        let mut kept = 0;
        for index in 0..monomials.len() {
            let own = head.features.get(index).copied().unwrap_or_default();
            let value = if within(index) { own } else { S::ZERO };
            if additive && index > 0 && monomials.only_variable(index).is_none() {
                continue;
            }
            if let Some(slot) = head.features.get_mut(kept) {
                *slot = value;
            }
            kept += 1;
        }
        let (shifts, factors) = head
            .standardisation
            .split_at_checked(actions)
            .unwrap_or_default();
        let contents = Contents {
            outcome: names.outcome,
            actions: names.actions,
            levels: &[],
            data: data.value(),
            regime,
            shifts,
            factors,
            least: least.get(..actions).unwrap_or_default(),
            greatest: greatest.get(..actions).unwrap_or_default(),
            layout: if additive {
                Layout::Additive
            } else {
                Layout::Dense
            },
            degree: monomials.degree(),
            coefficients: head.features.get(..kept).unwrap_or_default(),
            cross: &[],
            bounded: &[],
            uncertainty: None,
        };
        Ok(artifact::write(&contents, bytes)?)
    }

    /// The rows of every regime that there are any of.
    fn parts(&self) -> impl Iterator<Item = moments_file::Part<'_, S>> + Clone {
        let len = buffer_len(self.monomials.len());
        let numbers = self.numbers.get(head(self.monomials)..).unwrap_or_default();
        let parts = numbers.chunks_exact(of_regime(self.monomials).max(1));
        let regimes = self.regimes.iter().zip(&self.counts).zip(parts);
        regimes.filter_map(move |((&regime, &rows), part)| {
            let (numbers, rest) = part.split_at_checked(len)?;
            let part = moments_file::Part {
                regime,
                rows,
                ranges: rest.get(len..)?,
                numbers,
            };
            (rows > 0).then_some(part)
        })
    }

    /// Fits the indicator model ([`indicator`]). Returns the penalty used.
    ///
    /// # Errors
    ///
    /// [`StudyError::Fit`] where the rows do not allow it, or the precision does not suffice for three digits;
    /// [`StudyError::Shape`] where there is too little room. A fit that fails leaves no model.
    pub fn fit_indicator(&mut self, alpha: S) -> Result<S, StudyError> {
        self.end_warm_up()?;
        let regimes = self.regimes.iter().copied();
        let pattern = Pattern::new(self.monomials.variables(), self.monomials.len(), regimes);
        self.fit_ridges(pattern.scratch_len(), |data, coefficients, scratch| {
            let mut system = indicator::System::assemble(&pattern, data, scratch)?;
            system.solve(alpha, coefficients)
        })
    }

    /// Fits a ridge to the observational rows, and one to those of every single action ([`separate`]).
    /// Returns the largest penalty used.
    ///
    /// # Errors
    ///
    /// [`StudyError::Fit`] where the rows do not allow it, or the precision does not suffice for three digits;
    /// [`StudyError::Shape`] where there is too little room. A fit that fails leaves no model.
    pub fn fit_separate(&mut self, alpha: S) -> Result<S, StudyError> {
        self.end_warm_up()?;
        let actions = self.monomials.variables();
        let scratch_len = ridge::scratch_len(self.monomials.len());
        self.fit_ridges(scratch_len, |data, coefficients, scratch| {
            let mut used = alpha;
            separate::fit(actions, data, coefficients, |moments, theta| {
                used = used.max(ridge::fit(&moments, alpha, theta, scratch)?);
                Ok(())
            })?;
            Ok(used)
        })
    }

    /// Fits the structured model ([`structured`]).
    ///
    /// # Errors
    ///
    /// [`StudyError::Fit`] where the rows do not allow it, or the precision does not suffice for three digits;
    /// [`StudyError::Shape`] where there is too little room. A fit that fails leaves no model.
    pub fn fit_structured(&mut self) -> Result<(), StudyError> {
        self.end_warm_up()?;
        let kept = self.forget();
        self.numbers.resize_default(NUMBERS).ok();
        self.regressors.resize_default(COLUMNS).ok();
        let fitted = self.structured(kept);
        // Without scratch where it failed, so that a new regime finds room.
        let left = fitted.as_ref().map_or(0, Outline::len);
        self.numbers.truncate(kept + left);
        self.model = Model::Structured(fitted?);
        Ok(())
    }

    /// What setting the actions of `regime` to these values, the others having theirs, is expected to do.
    ///
    /// # Errors
    ///
    /// [`StudyError::NotFitted`], [`StudyError::Shape`], and [`StudyError::NotFinite`] where an action is.
    pub fn predict(&mut self, regime: Regime, actions: &[S]) -> Result<Prediction<S>, StudyError> {
        self.check(regime, actions)?;
        self.check_fitted()?;
        let mut head = Head::of(self.monomials, &mut self.numbers);
        head.turn(actions, S::ZERO)?.ok_or(StudyError::NotFinite)?;
        let mut effect = head.center();
        let blocks = head.coefficients.chunks_exact(self.monomials.len().max(1));
        for (index, block) in blocks.enumerate() {
            if index
                .checked_sub(1)
                .is_none_or(|action| regime.sets(action))
            {
                effect += dot(block, head.features);
            }
        }
        let standard_error = match &self.model {
            Model::Nothing | Model::Ridges => None,
            Model::Structured(outline) => {
                let moments = self.regimes.len() * of_regime(self.monomials);
                let rest = head.rest.get_mut(moments..).unwrap_or_default();
                let variance = outline.variance(regime, head.features, rest, &self.regressors);
                variance.map(S::sqrt)
            }
        };
        Ok(Prediction {
            effect,
            standard_error,
        })
    }

    /// The coefficients `[β, γ₁, …, γ_K]` over [`Self::basis`], P numbers each, as
    /// [`collapse`](crate::predict::predictor::collapse) takes them; the centre of the outcome is not in them.
    pub fn coefficients(&mut self) -> Result<&[S], StudyError> {
        self.check_fitted()?;
        Ok(Head::of(self.monomials, &mut self.numbers).coefficients)
    }

    /// How many standard errors either side of a prediction hold `level` of the probability: Student's t.
    /// `None` for a model that has no standard errors.
    pub fn quantile(&self, level: S) -> Option<S> {
        match &self.model {
            Model::Nothing | Model::Ridges => None,
            Model::Structured(outline) => {
                Some(tails::t_quantile(level, outline.degrees_of_freedom()))
            }
        }
    }

    fn check(&self, regime: Regime, actions: &[S]) -> Result<(), StudyError> {
        ShapeError::exact("actions", self.monomials.variables(), actions.len())?;
        if regime.actions().last() >= Some(actions.len()) {
            return Err(StudyError::Fit(FitError::UnknownAction { regime }));
        }
        Ok(())
    }

    fn check_fitted(&self) -> Result<(), StudyError> {
        match self.model {
            Model::Nothing => Err(StudyError::NotFitted),
            Model::Ridges | Model::Structured(_) => Ok(()),
        }
    }

    fn refuse(&mut self) -> Result<(), StudyError> {
        self.refused = self.refused.saturating_add(1);
        Err(StudyError::NotFinite)
    }

    /// The place of a regime among those there are, of which it may be a new one.
    fn place(&mut self, regime: Regime) -> Result<usize, StudyError> {
        let known = self.regimes.len();
        if let Some(index) = self.regimes.iter().position(|&own| own == regime) {
            return Ok(index);
        }
        ShapeError::room("regimes", known + 1, REGIMES)?;
        if self.settled {
            let added = of_regime(self.monomials);
            ShapeError::room("numbers", self.numbers.len() + added, NUMBERS)?;
            self.insert(head(self.monomials) + known * added, added);
        } else {
            let needed = in_warm_up(self.monomials, self.warm_up, known + 1);
            ShapeError::room("numbers", needed, NUMBERS)?;
        }
        self.regimes.push(regime).ok();
        self.counts.push(0).ok();
        Ok(known)
    }

    /// Zeros amid the numbers, for which there is room.
    fn insert(&mut self, before: usize, count: usize) {
        let moved = before..self.numbers.len();
        self.numbers.resize_default(moved.end + count).ok();
        // From the last: what a number changes places with is a zero.
        for index in moved.rev() {
            exchange(&mut self.numbers, index, index + count);
        }
    }

    /// Gives the actions their origins and units, and takes in the rows that were kept.
    fn end_warm_up(&mut self) -> Result<(), StudyError> {
        if self.settled {
            return Ok(());
        }
        if self.warm_up > 0 && self.numbers.is_empty() {
            let (needed, found) = (1, 0);
            return Err(StudyError::Fit(FitError::TooFewRows { needed, found }));
        }
        self.settled = true;
        let monomials = self.monomials;
        let before = head(monomials) + self.regimes.len() * of_regime(monomials);
        self.insert(0, before);
        let (kept, rows) = self
            .numbers
            .split_at_mut_checked(before)
            .unwrap_or_default();
        let mut rows = rows.chunks_exact(row_len(monomials).max(1));
        let mut head = Head::of(monomials, kept);
        head.standardise(rows.clone(), self.counts.iter().sum());
        for (index, count) in self.counts.iter_mut().enumerate() {
            let kept = core::mem::take(count) as usize;
            for row in rows.by_ref().take(kept) {
                let Some((&outcome, actions)) = row.split_first() else {
                    break;
                };
                match head.turn(actions, outcome)? {
                    Some(outcome) => {
                        add(&mut head, index, count, outcome)?;
                        include(&mut head, index, *count == 1, actions, outcome);
                    }
                    None => self.refused = self.refused.saturating_add(1),
                }
            }
        }
        self.numbers.truncate(before);
        Ok(())
    }

    /// Forgets the model; how many numbers are kept.
    fn forget(&mut self) -> usize {
        self.model = Model::Nothing;
        let kept = head(self.monomials) + self.regimes.len() * of_regime(self.monomials);
        self.numbers.truncate(kept);
        kept
    }

    /// The structured model, in all there is behind the first `kept` numbers, and its coefficients.
    fn structured(&mut self, kept: usize) -> Result<Outline<S>, FitError> {
        let monomials = self.monomials;
        let head = Head::of(monomials, &mut self.numbers);
        let moments = self.regimes.len() * of_regime(monomials);
        let (moments, rest) = head.rest.split_at_mut_checked(moments).unwrap_or_default();
        let data = Summaries::new(monomials, &self.regimes, &self.counts, moments);
        let regimes: Vec<Regime, REGIMES> = list(data.clone().map(|(regime, _)| regime));
        let data: Vec<_, REGIMES> = list(data.map(|(_, moments)| moments));
        let numbers = Room {
            values: &mut *rest,
            before: kept,
            what: "numbers",
        };
        let columns = Room {
            values: &mut self.regressors,
            before: 0,
            what: "columns",
        };
        let mut workspace = Workspace::new(numbers, columns);
        let outline = structured::outline(
            monomials,
            &regimes,
            &data,
            false,
            Known::default(),
            &mut workspace,
        )?;
        outline.coefficients(rest, &self.regressors, head.coefficients)?;
        Ok(outline)
    }

    /// Fits with so much scratch behind what is kept.
    fn fit_ridges(
        &mut self,
        scratch_len: usize,
        fit: impl FnOnce(Summaries<'_, S>, &mut [S], &mut [S]) -> Result<S, FitError>,
    ) -> Result<S, StudyError> {
        let kept = self.forget();
        let needed = kept + scratch_len;
        ShapeError::room("numbers", needed, NUMBERS)?;
        self.numbers.resize_default(needed).ok();
        let head = Head::of(self.monomials, &mut self.numbers);
        let moments = self.regimes.len() * of_regime(self.monomials);
        let (moments, scratch) = head.rest.split_at_mut_checked(moments).unwrap_or_default();
        let data = Summaries::new(self.monomials, &self.regimes, &self.counts, moments);
        let used = fit(data, head.coefficients, scratch);
        self.numbers.truncate(kept);
        let used = used?;
        self.model = Model::Ridges;
        Ok(used)
    }
}

impl<S: Elementary, const NUMBERS: usize, const COLUMNS: usize, const REGIMES: usize> Default
    for Study<S, NUMBERS, COLUMNS, REGIMES>
{
    fn default() -> Self {
        Self::new()
    }
}

/// Numbers of a warm-up of so many rows, when it ends and there are so many regimes.
fn in_warm_up(monomials: Monomials, rows: usize, regimes: usize) -> usize {
    let moments = head(monomials) + regimes * of_regime(monomials);
    rows.saturating_mul(row_len(monomials))
        .saturating_add(moments)
}

/// Numbers of a row that is kept in the warm-up: the outcome, and the actions.
const fn row_len(monomials: Monomials) -> usize {
    1 + monomials.variables()
}

/// Adds the row that the head has turned into features to the moments of the regime at this place.
fn add<S: Elementary>(
    head: &mut Head<'_, S>,
    index: usize,
    count: &mut u64,
    outcome: S,
) -> Result<(), ShapeError> {
    let terms = head.features.len();
    let len = buffer_len(terms);
    let (moments, rest) = of_place(head.rest, head.monomials, index)
        .split_at_mut_checked(len)
        .unwrap_or_default();
    let lost = rest.get_mut(..len).unwrap_or_default();
    let mut moments = Compensated::from_parts(terms, *count, moments, lost)?;
    moments.push_finite(head.features, outcome)?;
    *count = moments.moments().count();
    Ok(())
}

/// Widens the ranges of the regime at this place, or begins them with its first row. The outcome is less its
/// centre, as in the moments.
fn include<S: Elementary>(
    head: &mut Head<'_, S>,
    index: usize,
    first: bool,
    actions: &[S],
    outcome: S,
) {
    let before = 2 * buffer_len(head.features.len());
    let ranges = of_place(head.rest, head.monomials, index)
        .get_mut(before..)
        .unwrap_or_default();
    let (least, greatest) = ranges
        .split_at_mut_checked(actions.len() + 1)
        .unwrap_or_default();
    let values = actions.iter().chain([&outcome]);
    for ((least, greatest), &value) in least.iter_mut().zip(greatest).zip(values) {
        if first || value < *least {
            *least = value;
        }
        if first || value > *greatest {
            *greatest = value;
        }
    }
}
