//! Reading, and predictions from what was read.

use super::{ArtifactError, Bounded, CRC, MAGIC, PREAMBLE, VERSION, name, tag};
use crate::algebra::packed;
use crate::algebra::scratch::cut;
use crate::bytes::{Numbers, Reader};
use crate::digest::crc32;
use crate::error::ShapeError;
use crate::features::monomials::{MAX_DEGREE, Monomials, UnsupportedBasis, bound};
use crate::predict::predictor::{Cross, Layout, Predictor, PredictorError};
use crate::predict::support::Support;
use crate::regime::{MAX_ACTIONS, Regime};
use crate::scalar::Scalar;

/// A predictor in the bytes of an artifact, which have been found whole and sound.
///
/// ```
/// use joint_effects_kernel::Regime;
/// use joint_effects_kernel::predict::artifact::{self, Artifact, ArtifactError, Contents};
/// use joint_effects_kernel::predict::predictor::Layout;
/// use joint_effects_kernel::predict::support::Support;
///
/// let contents = Contents {
///     outcome: "light",
///     actions: &["red", "green"],
///     levels: &[],
///     data: 0,
///     regime: Regime::joint(2),
///     shifts: &[10.0_f32, 0.0],
///     factors: &[0.5, 1.0],
///     least: &[8.0, -1.0],
///     greatest: &[14.0, 1.0],
///     layout: Layout::Additive,
///     degree: 2,
///     coefficients: &[1.0, 2.0, 0.0, 3.0, -1.0], // 1 + 2 z + 3 z² − g², z = (red − 10) / 2
///     cross: &[],
///     bounded: &[],
///     uncertainty: None,
/// };
/// let mut slot = [0xff; 256];
/// artifact::write(&contents, &mut slot)?;
///
/// let artifact = Artifact::<f32>::read(&slot)?;
/// artifact.expect(&["red", "green"], "light")?;
/// let mut scratch = [0.0; 16];
/// let prediction = artifact.predict(&[14.0, 0.5], &mut scratch)?;
/// assert_eq!((prediction.effect, prediction.support), (16.75, Support::Inside));
/// let prediction = artifact.predict(&[15.0, 0.5], &mut scratch)?;
/// assert_eq!(prediction.support, Support::Outside { action: 0 });
/// assert_eq!(artifact.expect(&["green", "red"], "light"), Err(ArtifactError::ActionOrder));
/// # Ok::<(), ArtifactError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Artifact<'a, S> {
    len: usize,
    model: u64,
    data: u64,
    regime: Regime,
    outcome: [u8; 4],
    actions: &'a [[u8; 4]],
    pub(super) shifts: Numbers<'a, S>,
    pub(super) factors: Numbers<'a, S>,
    least: Numbers<'a, S>,
    greatest: Numbers<'a, S>,
    pub(super) layout: Layout,
    pub(super) degree: usize,
    pub(super) coefficients: Numbers<'a, S>,
    pub(super) cross: &'a [u8],
    /// A [`Bounded`] behind the other.
    bounded: &'a [u8],
    quantile: Option<S>,
    factor: Numbers<'a, S>,
    /// A list of digests for every action; nothing where none is a category.
    levels: &'a [u8],
}

/// A prediction, and what it rests on.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Checked<S> {
    /// The expected outcome.
    pub effect: S,
    /// Its standard error; `None` where the model does not know it.
    pub standard_error: Option<S>,
    /// Whether the actions lie where they were seen; where they do not, the other two mean little.
    pub support: Support,
}

impl<'a, S: Scalar> Artifact<'a, S> {
    /// What these bytes begin with. Whatever they are, it is sound or an error.
    pub fn read(bytes: &'a [u8]) -> Result<Self, ArtifactError> {
        let found = bytes.len();
        let truncated = |needed| ArtifactError::Truncated { needed, found };
        let mut reader = Reader(bytes);
        let mut preamble = || {
            let magic: [u8; 4] = reader.array()?;
            Some((magic, reader.byte()?, reader.byte()?, reader.array()?))
        };
        let (magic, version, scalar, len) = preamble().ok_or(truncated(PREAMBLE))?;
        if magic != MAGIC {
            return Err(ArtifactError::Magic);
        }
        if version != VERSION {
            return Err(ArtifactError::Version { found: version });
        }
        let len = u32::from_le_bytes(len) as usize;
        let whole = bytes.get(..len).ok_or(truncated(len))?;
        let (signed, crc) = whole
            .split_last_chunk::<CRC>()
            .filter(|(signed, _)| signed.len() > PREAMBLE)
            .ok_or(truncated(PREAMBLE + CRC + 1))?;
        if *crc != crc32(signed).to_le_bytes() {
            return Err(ArtifactError::Crc);
        }
        if usize::from(scalar) != S::BYTES {
            return Err(ArtifactError::Scalar { found: scalar });
        }
        Sections::read(signed.get(PREAMBLE..).unwrap_or_default())?.artifact(len)
    }

    /// How many bytes it takes.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Never: there is always a coefficient.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The model: others have other coefficients. What is exported as source code says the same.
    pub fn model(&self) -> u64 {
        self.model
    }

    /// The data that the model was fitted to: others have other counts, ranges or moments.
    pub fn data(&self) -> u64 {
        self.data
    }

    /// The actions that the effect is of setting.
    pub fn regime(&self) -> Regime {
        self.regime
    }

    /// Number of actions, K.
    pub fn actions(&self) -> usize {
        self.actions.len()
    }

    /// Total degree, d, but for cross terms.
    pub fn degree(&self) -> usize {
        self.degree
    }

    /// How many standard errors either side of a prediction make its 95 % interval; `None` where the model
    /// does not know them.
    pub fn quantile(&self) -> Option<S> {
        self.quantile
    }

    /// `Ok` where it is of these actions, in this order, and of this outcome.
    pub fn expect(&self, actions: &[&str], outcome: &str) -> Result<(), ArtifactError> {
        if actions.len() != self.actions.len() {
            let (expected, found) = (actions.len(), self.actions.len());
            return Err(ArtifactError::Actions { expected, found });
        }
        let stranger =
            |&(_, own): &(usize, &[u8; 4])| !actions.iter().any(|other| name(other) == *own);
        if let Some((action, _)) = self.actions.iter().enumerate().find(stranger) {
            return Err(ArtifactError::ActionName { action });
        }
        if !actions
            .iter()
            .zip(self.actions)
            .all(|(other, own)| name(other) == *own)
        {
            return Err(ArtifactError::ActionOrder);
        }
        match name(outcome) == self.outcome {
            true => Ok(()),
            false => Err(ArtifactError::OutcomeName),
        }
    }

    /// The least and the greatest value of an action that the data support.
    pub fn range(&self, action: usize) -> Option<(S, S)> {
        self.least.get(action).zip(self.greatest.get(action))
    }

    /// Number of levels of an action that is a category; 0 where its values are numbers.
    pub fn levels(&self, action: usize) -> usize {
        let digests = digests_of_levels(self.levels).nth(action);
        digests.unwrap_or_default().len()
    }

    /// The value that predictions take for the level of this name; `None` where the action has no such level.
    ///
    /// ```
    /// # use joint_effects_kernel::Regime;
    /// # use joint_effects_kernel::predict::artifact::{self, Artifact, ArtifactError, Contents};
    /// # use joint_effects_kernel::predict::predictor::Layout;
    /// use joint_effects_kernel::predict::support::Support;
    ///
    /// let contents = Contents {
    ///     actions: &["heat", "fabric"],
    ///     levels: &[&[], &["wool", "silk", "felt"]],
    ///     // …
    /// #   outcome: "wear",
    /// #   data: 0,
    /// #   regime: Regime::joint(2),
    /// #   shifts: &[0.0_f32, 0.0],
    /// #   factors: &[1.0, 1.0],
    /// #   least: &[-1.0, 0.0],
    /// #   greatest: &[1.0, 2.0],
    /// #   layout: Layout::Additive,
    /// #   degree: 2,
    /// #   coefficients: &[1.0, 0.5, 4.0, 0.0, -2.0],
    /// #   cross: &[],
    /// #   bounded: &[],
    /// #   uncertainty: None,
    /// };
    /// let mut bytes = [0; 256];
    /// artifact::write(&contents, &mut bytes)?;
    ///
    /// let artifact = Artifact::<f32>::read(&bytes)?;
    /// assert_eq!((artifact.levels(0), artifact.levels(1)), (0, 3));
    /// assert_eq!(artifact.level(1, "silk"), Some(1.0));
    /// assert_eq!(artifact.level(1, "linen"), None);
    /// // Between wool and silk there is nothing.
    /// assert_eq!(artifact.support(&[0.0, 0.5]), Support::Outside { action: 1 });
    /// # Ok::<(), ArtifactError>(())
    /// ```
    pub fn level(&self, action: usize, level: &str) -> Option<S> {
        let digest = name(level);
        let mut digests = digests_of_levels(self.levels).nth(action)?.iter();
        let place = digests.position(|own| *own == digest)?;
        Some(S::from_count(place as u64))
    }

    /// Whether the data support these values of the actions. Of a category they support its levels alone.
    pub fn support(&self, actions: &[S]) -> Support {
        let mut levels = digests_of_levels(self.levels).zip(actions);
        let stranger = levels.position(|(levels, &value)| {
            let mut values = (0..levels.len()).map(|place| S::from_count(place as u64));
            !levels.is_empty() && !values.any(|level| level == value)
        });
        let ranges = self.least.iter().zip(self.greatest.iter());
        match (Support::of(actions, ranges), stranger) {
            (Support::Inside, Some(action)) => Support::Outside { action },
            (Support::Outside { action }, Some(other)) => {
                let action = action.min(other);
                Support::Outside { action }
            }
            (support, _) => support,
        }
    }

    /// Numbers of scratch that [`Artifact::predict`] needs.
    pub fn scratch_len(&self) -> usize {
        self.actions.len() + self.terms()
    }

    /// The expected outcome at these values of the K actions, its standard error, and whether the data
    /// support it.
    pub fn predict(&self, actions: &[S], scratch: &mut [S]) -> Result<Checked<S>, ArtifactError> {
        ShapeError::exact("actions", self.actions.len(), actions.len())?;
        ShapeError::room("scratch", self.scratch_len(), scratch.len())?;
        let mut rest = scratch;
        let variables = cut(&mut rest, actions.len());
        let features = cut(&mut rest, self.terms());
        let standardisation = self.shifts.iter().zip(self.factors.iter());
        for ((variable, &action), (shift, factor)) in
            variables.iter_mut().zip(actions).zip(standardisation)
        {
            *variable = (action - shift) * factor;
        }
        self.evaluate(actions, variables, features)?;
        let dot = |numbers: &mut dyn Iterator<Item = S>| -> S {
            numbers
                .zip(&*features)
                .map(|(number, &feature)| number * feature)
                .sum()
        };
        let mut own = self.coefficients.iter();
        // A chain is asked anew for every number which of its parts it is in.
        let effect = if self.cross.is_empty() && self.bounded.is_empty() {
            dot(&mut own)
        } else {
            let cross = self.cross().map(|term| term.coefficient);
            let bounded = self.bounded().flat_map(|own| own.coefficients.iter());
            dot(&mut own.chain(cross).chain(bounded))
        };
        let standard_error = self.quantile.map(|_| {
            let mut factor = self.factor.iter();
            let variance: S = (1..=features.len())
                .map(|length| {
                    let column = dot(&mut factor.by_ref().take(length));
                    column * column
                })
                .sum();
            variance.sqrt()
        });
        Ok(Checked {
            effect,
            standard_error,
            support: self.support(actions),
        })
    }

    /// A faster predictor, in RAM, without standard errors.
    ///
    /// # Errors
    ///
    /// [`PredictorError::Bounded`] where the effect has powers of bounded actions; others where there is too little
    /// room.
    pub fn predictor<const ACTIONS: usize, const CAPACITY: usize, const CROSS: usize>(
        &self,
    ) -> Result<Predictor<S, ACTIONS, CAPACITY, CROSS>, PredictorError> {
        self.check_unbounded()?;
        let (actions, degree) = (self.actions.len(), self.degree);
        Predictor::<S, ACTIONS, CAPACITY>::room(self.layout, actions, degree)?;
        let of = |list: Numbers<'a, S>| move |index| list.get(index);
        Predictor::<S, ACTIONS, CAPACITY>::from_lists(
            self.layout,
            actions,
            degree,
            of(self.shifts),
            of(self.factors),
            of(self.coefficients),
        )?
        .with_cross(self.cross())
    }

    /// The terms beside an additive polynomial.
    pub(crate) fn cross(&self) -> impl Iterator<Item = Cross<S>> + use<'a, S> {
        crosses(self.cross)
    }

    /// `Ok` where there are no powers of bounded actions.
    fn check_unbounded(&self) -> Result<(), PredictorError> {
        match self.bounded.is_empty() {
            true => Ok(()),
            false => Err(PredictorError::Bounded),
        }
    }

    pub(super) fn bounded(&self) -> impl Iterator<Item = Bounded<S, Numbers<'a, S>>> + use<'a, S> {
        all_bounded(self.bounded)
    }

    fn terms(&self) -> usize {
        terms(self.coefficients, self.cross, self.bounded)
    }

    /// The values of the monomials, of the products and of the powers.
    fn evaluate(
        &self,
        actions: &[S],
        variables: &[S],
        features: &mut [S],
    ) -> Result<(), ArtifactError> {
        let mut rest = features;
        let monomials = cut(&mut rest, self.coefficients.len());
        let products = cut(&mut rest, self.cross.len() / cross_len::<S>());
        self.evaluate_monomials(variables, monomials)?;
        for (index, term) in self.cross().enumerate() {
            let (before, rest) = products.split_at_mut_checked(index).unwrap_or_default();
            if let Some(product) = rest.first_mut() {
                *product = term.product(variables.len(), variables, before);
            }
        }
        for own in self.bounded() {
            let action = actions.get(usize::from(own.action));
            let action = action.copied().unwrap_or_default();
            let variable = bound((action - own.shift) * own.factor);
            let mut power = S::ONE;
            for slot in cut(&mut rest, own.coefficients.len()) {
                power *= variable;
                *slot = power;
            }
        }
        Ok(())
    }

    fn evaluate_monomials(&self, variables: &[S], features: &mut [S]) -> Result<(), ArtifactError> {
        let actions = variables.len();
        match self.layout {
            Layout::Dense => {
                let monomials =
                    Monomials::new(actions, self.degree).map_err(PredictorError::Unsupported)?;
                monomials.evaluate(variables, features)?;
            }
            Layout::Additive => {
                let Some((constant, mut powers)) = features.split_first_mut() else {
                    return Ok(());
                };
                *constant = S::ONE;
                let mut last: &[S] = &[];
                while let Some((next, rest)) =
                    powers.split_at_mut_checked(actions).filter(|_| actions > 0)
                {
                    for (index, (power, &variable)) in next.iter_mut().zip(variables).enumerate() {
                        *power = last
                            .get(index)
                            .map_or(variable, |&before| before * variable);
                    }
                    (last, powers) = (next, rest);
                }
            }
        }
        Ok(())
    }
}

/// Bytes of a cross term.
pub(super) const fn cross_len<S: Scalar>() -> usize {
    3 + S::BYTES
}

fn crosses<'a, S: Scalar>(bytes: &'a [u8]) -> impl Iterator<Item = Cross<S>> + use<'a, S> {
    let count = bytes.len() / cross_len::<S>();
    (0..count).filter_map(|index| cross_at(bytes, index))
}

/// The cross term of a place.
pub(super) fn cross_at<S: Scalar>(bytes: &[u8], index: usize) -> Option<Cross<S>> {
    let mut reader = Reader(bytes.get(index * cross_len::<S>()..)?);
    Some(Cross {
        parent: u16::from_le_bytes(reader.array()?),
        action: reader.byte()?,
        coefficient: reader.number()?,
    })
}

/// How many terms there are: monomials, products and powers.
fn terms<S: Scalar>(coefficients: Numbers<'_, S>, cross: &[u8], bounded: &[u8]) -> usize {
    let powers = all_bounded::<S>(bounded).map(|own| own.coefficients.len());
    coefficients.len() + cross.len() / cross_len::<S>() + powers.sum::<usize>()
}

/// All of these bytes.
fn all_bounded<'a, S: Scalar>(
    bytes: &'a [u8],
) -> impl Iterator<Item = Bounded<S, Numbers<'a, S>>> + use<'a, S> {
    let mut reader = Reader(bytes);
    core::iter::from_fn(move || bounded(&mut reader))
}

fn bounded<'a, S: Scalar>(reader: &mut Reader<'a>) -> Option<Bounded<S, Numbers<'a, S>>> {
    Some(Bounded {
        action: reader.byte()?,
        shift: reader.number()?,
        factor: reader.number()?,
        coefficients: reader.list()?,
    })
}

/// The contents of the sections there are.
struct Sections<'a, S> {
    identity: Option<(u64, u64, Regime)>,
    names: Option<([u8; 4], &'a [[u8; 4]])>,
    standardisation: Option<(Numbers<'a, S>, Numbers<'a, S>)>,
    support: Option<(Numbers<'a, S>, Numbers<'a, S>)>,
    polynomial: Option<(Layout, usize, Numbers<'a, S>)>,
    cross: Option<&'a [u8]>,
    bounded: Option<&'a [u8]>,
    uncertainty: Option<(S, Numbers<'a, S>)>,
    /// How many lists there are, and all of them.
    levels: Option<(usize, &'a [u8])>,
}

impl<'a, S: Scalar> Sections<'a, S> {
    fn read(bytes: &'a [u8]) -> Result<Self, ArtifactError> {
        let mut sections = Self {
            identity: None,
            names: None,
            standardisation: None,
            support: None,
            polynomial: None,
            cross: None,
            bounded: None,
            uncertainty: None,
            levels: None,
        };
        let list = ArtifactError::Content {
            what: "the list of sections",
        };
        let mut reader = Reader(bytes);
        let mut last = 0;
        for _ in 0..reader.integer().ok_or(list)? {
            let tag = reader.byte().ok_or(list)?;
            let len = reader.integer().ok_or(list)?;
            let content = reader.bytes(len as usize).ok_or(list)?;
            if tag <= last {
                return Err(ArtifactError::Order { tag });
            }
            last = tag;
            sections.take(tag, content)?;
        }
        match reader.0.is_empty() {
            true => Ok(sections),
            false => Err(list),
        }
    }

    fn take(&mut self, tag: u8, content: &'a [u8]) -> Result<(), ArtifactError> {
        let mut reader = Reader(content);
        let taken = match tag {
            tag::IDENTITY => {
                self.identity = identity(&mut reader);
                self.identity.is_some()
            }
            tag::NAMES => {
                self.names = names(&mut reader);
                self.names.is_some()
            }
            tag::STANDARDISATION => {
                self.standardisation = reader.list().zip(reader.list());
                self.standardisation.is_some()
            }
            tag::SUPPORT => {
                self.support = reader.list().zip(reader.list());
                self.support.is_some()
            }
            tag::DENSE | tag::ADDITIVE => {
                let layout = match tag {
                    tag::DENSE => Layout::Dense,
                    _ => Layout::Additive,
                };
                let twice = self.polynomial.is_some();
                let polynomial = reader.byte().zip(reader.list());
                self.polynomial = polynomial.map(|(degree, list)| (layout, degree.into(), list));
                self.polynomial.is_some() && !twice
            }
            tag::CROSS => {
                let len = reader
                    .integer()
                    .and_then(|count| (count as usize).checked_mul(cross_len::<S>()));
                self.cross = len.and_then(|len| reader.bytes(len));
                self.cross.is_some()
            }
            tag::UNCERTAINTY => {
                self.uncertainty = reader.number().zip(reader.list());
                self.uncertainty.is_some()
            }
            tag::LEVELS => {
                self.levels = levels(&mut reader);
                self.levels.is_some()
            }
            tag::BOUNDED => {
                self.bounded = list_of_bounded::<S>(&mut reader);
                self.bounded.is_some()
            }
            _ => return Err(ArtifactError::UnknownSection { tag }),
        };
        match taken && reader.0.is_empty() {
            true => Ok(()),
            false => Err(ArtifactError::Content { what: what(tag) }),
        }
    }

    /// The artifact, where these sections go with one another.
    fn artifact(self, len: usize) -> Result<Artifact<'a, S>, ArtifactError> {
        let missing = |tag| ArtifactError::Missing { what: what(tag) };
        let (model, data, regime) = self.identity.ok_or(missing(tag::IDENTITY))?;
        let (outcome, actions) = self.names.ok_or(missing(tag::NAMES))?;
        let standardisation = self.standardisation.ok_or(missing(tag::STANDARDISATION))?;
        let (shifts, factors) = standardisation;
        let support = self.support.ok_or(missing(tag::SUPPORT))?;
        let (least, greatest) = support;
        let polynomial = self.polynomial.ok_or(missing(tag::DENSE))?;
        let (layout, degree, coefficients) = polynomial;
        let count = actions.len();
        let supported = match layout {
            Layout::Dense => Monomials::new(count, degree).is_ok(),
            Layout::Additive => (1..=MAX_ACTIONS).contains(&count) && degree <= MAX_DEGREE,
        };
        if !supported {
            let variables = count;
            let unsupported = UnsupportedBasis { variables, degree };
            return Err(PredictorError::Unsupported(unsupported).into());
        }
        let expect = |holds, tag| match holds {
            true => Ok(()),
            false => Err(ArtifactError::Content { what: what(tag) }),
        };
        let both = |(one, other): (Numbers<'_, S>, Numbers<'_, S>)| {
            one.len() == count && other.len() == count
        };
        expect(regime.actions().all(|action| action < count), tag::IDENTITY)?;
        expect(both(standardisation), tag::STANDARDISATION)?;
        let ascending = || {
            least
                .iter()
                .zip(greatest.iter())
                .all(|(least, greatest)| least <= greatest)
        };
        expect(both(support) && ascending(), tag::SUPPORT)?;
        expect(
            coefficients.len() == layout.coefficients(count, degree),
            tag::DENSE,
        )?;
        let cross = self.cross.unwrap_or_default();
        expect(cross.is_empty() || layout == Layout::Additive, tag::CROSS)?;
        for (index, term) in crosses::<S>(cross).enumerate() {
            term.check(index, count)?;
        }
        let bounded = self.bounded.unwrap_or_default();
        let mut first = 0;
        for own in all_bounded::<S>(bounded) {
            let action = usize::from(own.action);
            let powers = 1..=MAX_DEGREE;
            let holds =
                (first..count).contains(&action) && powers.contains(&own.coefficients.len());
            expect(holds, tag::BOUNDED)?;
            first = action + 1;
        }
        let (quantile, factor) = self.uncertainty.unzip();
        let factor = factor.unwrap_or_default();
        let terms = terms(coefficients, cross, bounded);
        expect(
            quantile.is_none() || factor.len() == packed::len(terms),
            tag::UNCERTAINTY,
        )?;
        let finite = |holds, tag| match holds {
            true => Ok(()),
            false => Err(ArtifactError::NotFinite { what: what(tag) }),
        };
        for (numbers, tag) in [
            (shifts, tag::STANDARDISATION),
            (factors, tag::STANDARDISATION),
            (least, tag::SUPPORT),
            (greatest, tag::SUPPORT),
            (coefficients, tag::DENSE),
            (factor, tag::UNCERTAINTY),
        ] {
            finite(numbers.iter().all(S::is_finite), tag)?;
        }
        finite(quantile.is_none_or(S::is_finite), tag::UNCERTAINTY)?;
        for own in all_bounded::<S>(bounded) {
            let mut numbers = own.coefficients.iter().chain([own.shift, own.factor]);
            finite(numbers.all(S::is_finite), tag::BOUNDED)?;
        }
        let (listed, levels) = self.levels.unwrap_or((count, &[]));
        expect(listed == count, tag::LEVELS)?;
        for (action, digests) in digests_of_levels(levels).enumerate() {
            expect(digests.len() <= MAX_DEGREE + 1, tag::LEVELS)?;
            let mut places = digests.iter().enumerate();
            let twice = places.any(|(place, digest)| {
                let mut before = digests.iter().take(place);
                before.any(|other| other == digest)
            });
            if twice {
                return Err(ArtifactError::SameLevels { action });
            }
        }
        Ok(Artifact {
            len,
            model,
            data,
            regime,
            outcome,
            actions,
            shifts,
            factors,
            least,
            greatest,
            layout,
            degree,
            coefficients,
            cross,
            bounded,
            quantile,
            factor,
            levels,
        })
    }
}

fn identity(reader: &mut Reader<'_>) -> Option<(u64, u64, Regime)> {
    let model = u64::from_le_bytes(reader.array()?);
    let data = u64::from_le_bytes(reader.array()?);
    Some((model, data, Regime::from_bits(reader.integer()?)))
}

fn names<'a>(reader: &mut Reader<'a>) -> Option<([u8; 4], &'a [[u8; 4]])> {
    Some((reader.array()?, digests(reader)?))
}

fn digests<'a>(reader: &mut Reader<'a>) -> Option<&'a [[u8; 4]]> {
    let count = reader.integer()? as usize;
    let digests = reader.bytes(count.checked_mul(4)?)?;
    Some(digests.as_chunks().0)
}

/// How many lists of digests there are, one of them not empty, and their bytes.
fn levels<'a>(reader: &mut Reader<'a>) -> Option<(usize, &'a [u8])> {
    let count = reader.integer()? as usize;
    let lists = reader.0;
    let mut categories = false;
    for _ in 0..count {
        categories |= !digests(reader)?.is_empty();
    }
    categories.then_some((count, lists))
}

/// The bytes of a list that is not empty.
fn list_of_bounded<'a, S: Scalar>(reader: &mut Reader<'a>) -> Option<&'a [u8]> {
    let count = reader.integer().filter(|&count| count > 0)?;
    let list = reader.0;
    for _ in 0..count {
        bounded::<S>(reader)?;
    }
    Some(list)
}

/// The list of every action, where there are any.
fn digests_of_levels<'a>(lists: &'a [u8]) -> impl Iterator<Item = &'a [[u8; 4]]> + use<'a> {
    let mut reader = Reader(lists);
    core::iter::from_fn(move || digests(&mut reader))
}

/// What the section of a tag holds.
fn what(tag: u8) -> &'static str {
    match tag {
        tag::IDENTITY => "identity",
        tag::NAMES => "names",
        tag::STANDARDISATION => "standardisation",
        tag::SUPPORT => "support",
        tag::CROSS => "cross terms",
        tag::UNCERTAINTY => "uncertainty",
        tag::LEVELS => "levels",
        tag::BOUNDED => "bounded actions",
        _ => "coefficients",
    }
}
