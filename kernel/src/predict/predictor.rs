//! From the coefficients of every regime to one polynomial, and its values.
//!
//! [`Predictor`] evaluates by Horner's rule: what multiplies a monomial, itself a polynomial, is
//! summed before the monomial is. That costs a multiplication and an addition a monomial.

use crate::algebra::scratch::list;
use crate::algebra::vector;
use crate::error::ShapeError;
use crate::features::monomials::{self, MAX_DEGREE, Monomials, UnsupportedBasis};
use crate::regime::Regime;
use crate::scalar::Scalar;
use core::fmt;
use heapless::Vec;

/// The polynomial of a regime: of `[β, γ₁, …, γ_K]`, P numbers each, `β + Σ γ_k` over the actions
/// that `regime` sets. With every action set this is the joint effect.
///
/// ```
/// use joint_effects_kernel::Regime;
/// use joint_effects_kernel::predict::predictor;
/// let (beta, gamma) = ([1.0, 2.0], [0.5, -2.0]);
/// let mut polynomial = [0.0; 2];
/// predictor::collapse(&[beta, gamma].concat(), Regime::single(0), &mut polynomial)?;
/// assert_eq!(polynomial, [1.5, 0.0]);
/// # Ok::<(), joint_effects_kernel::error::ShapeError>(())
/// ```
pub fn collapse<S: Scalar>(
    coefficients: &[S],
    regime: Regime,
    polynomial: &mut [S],
) -> Result<(), ShapeError> {
    let terms = polynomial.len();
    let blocks = regime.actions().last().map_or(1, |last| last + 2);
    let whole = terms > 0 && coefficients.chunks_exact(terms).remainder().is_empty();
    if !whole || coefficients.len() < blocks * terms {
        return Err(ShapeError {
            what: "regime coefficients",
            needed: blocks * terms,
            found: coefficients.len(),
        });
    }
    polynomial.fill(S::ZERO);
    for (index, block) in coefficients.chunks_exact(terms).enumerate() {
        if index
            .checked_sub(1)
            .is_none_or(|action| regime.sets(action))
        {
            vector::add_scaled(polynomial, S::ONE, block);
        }
    }
    Ok(())
}

/// The value of a polynomial at one row of K variables; `features` is scratch of P numbers, and
/// holds the monomials afterwards.
pub fn evaluate<S: Scalar>(
    monomials: Monomials,
    coefficients: &[S],
    variables: &[S],
    features: &mut [S],
) -> Result<S, ShapeError> {
    ShapeError::exact("coefficients", monomials.len(), coefficients.len())?;
    monomials.evaluate(variables, features)?;
    Ok(vector::dot(coefficients, features))
}

/// Which monomials a predictor has coefficients of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum Layout {
    /// All of total degree ≤ d.
    Dense,
    /// The powers of single actions up to d.
    Additive,
}

impl Layout {
    /// Number of coefficients: C(K + d, d), or 1 + K d; saturating.
    pub const fn coefficients(self, actions: usize, degree: usize) -> usize {
        match self {
            Self::Dense => monomials::count(actions, degree),
            Self::Additive => actions.saturating_mul(degree).saturating_add(1),
        }
    }

    /// Numbers that a [`Predictor`] for so many actions keeps of such a polynomial; saturating.
    pub const fn capacity(self, actions: usize, degree: usize) -> usize {
        match (self, degree) {
            (Self::Additive, _) | (_, 0 | 1) => Self::Additive.coefficients(actions, degree),
            // A row as long as there are actions for each monomial of the last degree but one.
            (Self::Dense, _) => monomials::count(actions, degree - 1).saturating_add(
                monomials::count_of_degree(actions, degree - 1).saturating_mul(actions),
            ),
        }
    }
}

/// A polynomial does not fit a [`Predictor`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum PredictorError {
    /// So many actions to this degree are not supported.
    Unsupported(UnsupportedBasis),
    /// More actions than it has room for.
    TooManyActions {
        /// How many there are.
        needed: usize,
        /// How many there is room for.
        capacity: usize,
    },
    /// [`Layout::capacity`] is more than it has room for.
    TooLarge {
        /// How many numbers it takes.
        needed: usize,
        /// How many there is room for.
        capacity: usize,
    },
    /// Not as many numbers as actions and degree call for.
    Shape(ShapeError),
    /// More cross terms than it has room for.
    TooManyCross {
        /// How many there are.
        needed: usize,
        /// How many there is room for.
        capacity: usize,
    },
    /// This cross term is no product of an action and something before it, or the polynomial is dense.
    Cross {
        /// Its place, from 0.
        index: usize,
    },
    /// The effect has powers of bounded actions: only predictions from the artifact itself have them.
    Bounded,
    /// A number is infinite or NaN.
    NotFinite,
}

impl fmt::Display for PredictorError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unsupported(e) => e.fmt(f),
            Self::TooManyActions { needed, capacity } => {
                write!(f, "{needed} actions, there is room for {capacity}")
            }
            Self::TooLarge { needed, capacity } => {
                write!(f, "takes {needed} numbers, there is room for {capacity}")
            }
            Self::Shape(e) => e.fmt(f),
            Self::TooManyCross { needed, capacity } => {
                write!(f, "{needed} cross terms, there is room for {capacity}")
            }
            Self::Cross { index } => write!(f, "cross term {index} is of no product before it"),
            Self::Bounded => f.write_str("the effect has powers of bounded actions"),
            Self::NotFinite => f.write_str("a number is infinite or NaN"),
        }
    }
}

impl core::error::Error for PredictorError {}

impl From<ShapeError> for PredictorError {
    fn from(error: ShapeError) -> Self {
        Self::Shape(error)
    }
}

/// A term beside an additive polynomial: a product of different actions, each one more action than a
/// product before it.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Cross<S> {
    /// What is multiplied: below K an action, from K on the cross term of this place less K, which comes
    /// before.
    pub parent: u16,
    /// The action it is multiplied by.
    pub action: u8,
    /// What the product is multiplied by; 0 where it is there for a later one.
    pub coefficient: S,
}

impl<S: Scalar> Cross<S> {
    /// `Ok` where the cross term of this place, among those of so many actions, is a product of what is
    /// before it.
    pub(crate) fn check(&self, index: usize, actions: usize) -> Result<(), PredictorError> {
        if usize::from(self.parent) >= actions + index || usize::from(self.action) >= actions {
            return Err(PredictorError::Cross { index });
        }
        match self.coefficient.is_finite() {
            true => Ok(()),
            false => Err(PredictorError::NotFinite),
        }
    }

    /// The product, from the values of the actions and of the products before it.
    #[inline]
    pub(crate) fn product(&self, actions: usize, variables: &[S], before: &[S]) -> S {
        let parent = usize::from(self.parent);
        let multiplied = match parent.checked_sub(actions) {
            None => variables.get(parent),
            Some(parent) => before.get(parent),
        };
        let factors = multiplied.zip(variables.get(usize::from(self.action)));
        factors.map_or(S::ZERO, |(&x, &y)| x * y)
    }
}

/// A polynomial of standardised actions that is known only at run time: at most `ACTIONS` actions,
/// room for `CAPACITY` numbers, as [`Layout::capacity`] counts them, and for `CROSS` cross terms beside
/// an additive one.
///
/// ```
/// use joint_effects_kernel::predict::predictor::{Layout, Predictor};
/// const CAPACITY: usize = Layout::Dense.capacity(2, 2);
/// // 1 + 2 z + 3 z², z = (a − 10) / 2.
/// let predictor = Predictor::<f32, 2, CAPACITY>::new(
///     Layout::Dense, 2, &[10.0], &[0.5], &[1.0, 2.0, 3.0],
/// )?;
/// assert_eq!(predictor.predict(&[14.0, 0.0]), 17.0);
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Predictor<S, const ACTIONS: usize, const CAPACITY: usize, const CROSS: usize = 0> {
    layout: Layout,
    actions: usize,
    degree: usize,
    /// Lengths of the two lists of numbers before the rows of `ACTIONS`.
    nodes: usize,
    leaves: usize,
    shifts: [S; ACTIONS],
    factors: [S; ACTIONS],
    numbers: [S; CAPACITY],
    cross: Vec<Cross<S>, CROSS>,
}

impl<S: Scalar, const ACTIONS: usize, const CAPACITY: usize> Predictor<S, ACTIONS, CAPACITY> {
    /// A polynomial of total degree ≤ `degree` in as many actions as there are shifts; the
    /// coefficients in the order of [`Monomials`], those that the layout lacks left out.
    pub fn new(
        layout: Layout,
        degree: usize,
        shifts: &[S],
        factors: &[S],
        coefficients: &[S],
    ) -> Result<Self, PredictorError> {
        let actions = shifts.len();
        let needed = Self::room(layout, actions, degree)?;
        ShapeError::exact("factors", actions, factors.len())?;
        ShapeError::exact("coefficients", needed, coefficients.len())?;
        let of = |list: &'_ [S], index| list.get(index).copied();
        Self::from_lists(
            layout,
            actions,
            degree,
            |action| of(shifts, action),
            |action| of(factors, action),
            |index| of(coefficients, index),
        )
    }

    /// With these terms beside those of an additive polynomial.
    pub fn with_cross<const CROSS: usize>(
        self,
        terms: impl IntoIterator<Item = Cross<S>>,
    ) -> Result<Predictor<S, ACTIONS, CAPACITY, CROSS>, PredictorError> {
        let mut cross = Vec::new();
        let mut needed = 0;
        for term in terms {
            term.check(needed, self.actions)?;
            if self.layout == Layout::Dense {
                return Err(PredictorError::Cross { index: needed });
            }
            needed += 1;
            cross.push(term).ok();
        }
        if needed > CROSS {
            let capacity = CROSS;
            return Err(PredictorError::TooManyCross { needed, capacity });
        }
        Ok(Predictor {
            layout: self.layout,
            actions: self.actions,
            degree: self.degree,
            nodes: self.nodes,
            leaves: self.leaves,
            shifts: self.shifts,
            factors: self.factors,
            numbers: self.numbers,
            cross,
        })
    }

    /// The number of coefficients, where there is room for them.
    pub(crate) fn room(
        layout: Layout,
        actions: usize,
        degree: usize,
    ) -> Result<usize, PredictorError> {
        // An additive polynomial has no use for the limit on the number of monomials.
        let widest = match layout {
            Layout::Dense => Monomials::new(actions, degree),
            Layout::Additive => Monomials::new(actions, degree.min(1)),
        };
        if widest.is_err() || degree > MAX_DEGREE {
            let variables = actions;
            return Err(PredictorError::Unsupported(UnsupportedBasis {
                variables,
                degree,
            }));
        }
        if actions > ACTIONS {
            return Err(PredictorError::TooManyActions {
                needed: actions,
                capacity: ACTIONS,
            });
        }
        let needed = layout.capacity(ACTIONS, degree);
        if needed > CAPACITY {
            return Err(PredictorError::TooLarge {
                needed,
                capacity: CAPACITY,
            });
        }
        Ok(layout.coefficients(actions, degree))
    }

    /// A predictor that there is [`Predictor::room`] for, from what looks its numbers up.
    pub(crate) fn from_lists(
        layout: Layout,
        actions: usize,
        degree: usize,
        shift: impl Fn(usize) -> Option<S>,
        factor: impl Fn(usize) -> Option<S>,
        coefficient: impl Fn(usize) -> Option<S>,
    ) -> Result<Self, PredictorError> {
        // To the first degree the two are the same.
        let layout = if degree < 2 { Layout::Additive } else { layout };
        let (nodes, leaves) = match layout {
            Layout::Additive => (1, 0),
            Layout::Dense => (
                monomials::count(ACTIONS, degree - 2),
                monomials::count_of_degree(ACTIONS, degree - 1),
            ),
        };
        let mut predictor = Self {
            layout,
            actions,
            degree,
            nodes,
            leaves,
            shifts: [S::ZERO; ACTIONS],
            factors: [S::ZERO; ACTIONS],
            numbers: [S::ZERO; CAPACITY],
            cross: Vec::new(),
        };
        for action in 0..actions {
            let standardisation = predictor.shifts.get_mut(action).zip(shift(action));
            store(standardisation)?;
            let standardisation = predictor.factors.get_mut(action).zip(factor(action));
            store(standardisation)?;
        }
        let rows = nodes + leaves;
        // There is one at least: said so that a division by it is seen not to panic.
        let across = actions.max(1);
        let monomials = Monomials::new(actions, degree);
        for index in 0..layout.coefficients(actions, degree) {
            let place = match (layout, monomials) {
                (Layout::Dense, Ok(monomials)) => {
                    let factors: Vec<usize, MAX_DEGREE> = list(monomials.factors(index));
                    place::<ACTIONS>(degree, &factors, nodes, leaves)
                }
                _ => match index.checked_sub(1) {
                    None => 0,
                    Some(power) => rows + power / across * ACTIONS + power % across,
                },
            };
            store(predictor.numbers.get_mut(place).zip(coefficient(index)))?;
        }
        Ok(predictor)
    }
}

impl<S: Scalar, const ACTIONS: usize, const CAPACITY: usize, const CROSS: usize>
    Predictor<S, ACTIONS, CAPACITY, CROSS>
{
    /// Number of actions, K.
    pub fn actions(&self) -> usize {
        self.actions
    }

    /// Total degree, d, but for cross terms.
    pub fn degree(&self) -> usize {
        self.degree
    }

    /// The expected outcome at these values of the actions; those beyond the K-th must be finite,
    /// and have no effect.
    pub fn predict(&self, actions: &[S; ACTIONS]) -> S {
        let mut variables = *actions;
        let standardisation = self.shifts.iter().zip(&self.factors);
        for (variable, (&shift, &factor)) in variables.iter_mut().zip(standardisation) {
            *variable = (*variable - shift) * factor;
        }
        let (nodes, rest) = self
            .numbers
            .split_at_checked(self.nodes)
            .unwrap_or_default();
        let (leaves, rest) = rest.split_at_checked(self.leaves).unwrap_or_default();
        let (rows, _) = rest.as_chunks();
        match self.layout {
            Layout::Additive => {
                let mut powers = rows.iter().take(self.degree).rev();
                let mut slopes = powers.next().copied().unwrap_or([S::ZERO; ACTIONS]);
                for powers in powers {
                    for ((slope, &variable), &power) in
                        slopes.iter_mut().zip(&variables).zip(powers)
                    {
                        *slope = power + variable * *slope;
                    }
                }
                let constant = nodes.first().copied().unwrap_or_default();
                let mut sum = affine(constant, &variables, &slopes);
                let mut products = Vec::<S, CROSS>::new();
                for term in &self.cross {
                    let product = term.product(self.actions, &variables, &products);
                    sum += product * term.coefficient;
                    products.push(product).ok();
                }
                sum
            }
            Layout::Dense => {
                let all = Remaining {
                    nodes,
                    leaves,
                    rows,
                };
                // The usual degree apart: with as many actions as a constant says, its loops unroll.
                let (sum, _) = match self.degree {
                    3 => {
                        all.times_each(&variables, |rest, up_to| rest.quadratic(&variables, up_to))
                    }
                    _ => all.sum(&variables, &variables, self.degree),
                };
                sum
            }
        }
    }
}

fn store<S: Scalar>(number: Option<(&mut S, S)>) -> Result<(), PredictorError> {
    if let Some((target, value)) = number {
        if !value.is_finite() {
            return Err(PredictorError::NotFinite);
        }
        *target = value;
    }
    Ok(())
}

/// `constant + Σ variables · slopes`, from the first to the last.
fn affine<S: Scalar, const ACTIONS: usize>(
    constant: S,
    variables: &[S; ACTIONS],
    slopes: &[S; ACTIONS],
) -> S {
    let terms = variables.iter().zip(slopes);
    terms.fold(constant, |sum, (&variable, &slope)| sum + variable * slope)
}

/// The numbers that have not been used yet, in the order in which [`Remaining::sum`] wants them.
#[derive(Clone, Copy)]
struct Remaining<'a, S, const ACTIONS: usize> {
    /// Coefficients of the monomials of degree ≤ d − 2.
    nodes: &'a [S],
    /// Coefficients of those of degree d − 1.
    leaves: &'a [S],
    /// What multiplies those: coefficients of degree d, zero where the action comes after the
    /// monomial's first factor.
    rows: &'a [[S; ACTIONS]],
}

impl<S: Scalar, const ACTIONS: usize> Remaining<'_, S, ACTIONS> {
    /// What multiplies a monomial: a polynomial of total degree ≤ `degree`, at least 2, in the
    /// variables `up_to` its first factor; and what remains after it. Calls itself `degree` − 2
    /// deep.
    fn sum(self, variables: &[S; ACTIONS], up_to: &[S], degree: usize) -> (S, Self) {
        match degree {
            2 => self.quadratic(variables, up_to),
            _ => self.times_each(up_to, |rest, up_to| rest.sum(variables, up_to, degree - 1)),
        }
    }

    /// The node, plus each variable times what multiplies it, which `inner` sums.
    #[inline(always)]
    fn times_each(self, up_to: &[S], inner: impl Fn(Self, &[S]) -> (S, Self)) -> (S, Self) {
        let (mut sum, mut remaining) = self.node();
        for (length, &variable) in (1..).zip(up_to) {
            let (multiple, after) = inner(remaining, up_to.get(..length).unwrap_or_default());
            sum += variable * multiple;
            remaining = after;
        }
        (sum, remaining)
    }

    #[inline(always)]
    fn quadratic(self, variables: &[S; ACTIONS], up_to: &[S]) -> (S, Self) {
        let (mut sum, remaining) = self.node();
        let length = up_to.len();
        let (leaves, later_leaves) = remaining
            .leaves
            .split_at_checked(length)
            .unwrap_or_default();
        let (rows, later_rows) = remaining.rows.split_at_checked(length).unwrap_or_default();
        for ((&variable, &leaf), row) in up_to.iter().zip(leaves).zip(rows) {
            sum += variable * affine(leaf, variables, row);
        }
        let later = Self {
            leaves: later_leaves,
            rows: later_rows,
            ..remaining
        };
        (sum, later)
    }

    #[inline(always)]
    fn node(self) -> (S, Self) {
        let (node, nodes) = self.nodes.split_at_checked(1).unwrap_or_default();
        (
            node.first().copied().unwrap_or_default(),
            Self { nodes, ..self },
        )
    }
}

/// Where [`Remaining::sum`] finds the coefficient of a monomial of a dense polynomial: depth first, the last
/// factor outermost. `nodes` and `leaves` say how many there are.
fn place<const ACTIONS: usize>(
    degree: usize,
    factors: &[usize],
    nodes: usize,
    leaves: usize,
) -> usize {
    // Monomials of a degree stand in the order of their factors from the last to the first. How
    // many come before: for each factor, those that agree after it and are smaller in it.
    let rank = |factors: &[usize]| {
        let before = |(position, &factor)| monomials::count_of_degree(factor, position + 1);
        factors.iter().enumerate().map(before).sum::<usize>()
    };
    let own = factors.len();
    match factors.split_first() {
        Some((&column, rest)) if own == degree => nodes + leaves + rank(rest) * ACTIONS + column,
        _ if own + 1 == degree => nodes + rank(factors),
        _ => {
            // Before a node come its ancestors, and whole trees beside the way to it.
            let way = (1..).zip(factors.iter().rev()).map(|(length, &factor)| {
                let trees = (1..=factor).map(|f| monomials::count(f, degree - 2 - length));
                1 + trees.sum::<usize>()
            });
            way.sum()
        }
    }
}
