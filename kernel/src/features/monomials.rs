//! All monomials of total degree ≤ d in K variables, in scikit-learn's `PolynomialFeatures` order.
//!
//! The order is graded, the constant first, and within a degree lexicographic in the ascending
//! list of factors: `1, a, b, aa, ab, bb, aaa, …`. Two facts follow and are used throughout. The
//! monomials of a lower degree are a prefix of those of a higher one. And the monomials of degree d
//! whose first factor is `v` are `v` times a contiguous tail of those of degree d − 1, so all of
//! them come from one multiplication each, with no table.

use crate::algebra::vector::LANES;
use crate::error::ShapeError;
use crate::regime::{MAX_ACTIONS, Regime};
use crate::scalar::Scalar;
use core::fmt;

/// The largest total degree.
pub const MAX_DEGREE: usize = 16;

/// The most monomials a basis may have.
pub const MAX_MONOMIALS: usize = 1 << 13;

/// Number of monomials of total degree ≤ `degree`, `C(variables + degree, degree)`; saturating.
pub const fn count(variables: usize, degree: usize) -> usize {
    let mut count: usize = 1;
    let mut step = 1;
    while step <= degree {
        // Exact at every step: it is C(variables + step, step).
        count = match count.checked_mul(variables.saturating_add(step)) {
            Some(product) => match product.checked_div(step) {
                Some(count) => count,
                None => return usize::MAX,
            },
            None => return usize::MAX,
        };
        step += 1;
    }
    count
}

/// Number of monomials of total degree exactly `degree`.
pub(crate) const fn count_of_degree(variables: usize, degree: usize) -> usize {
    match variables.checked_sub(1) {
        Some(fewer) => count(fewer, degree),
        None => (degree == 0) as usize,
    }
}

/// The number of variables or the degree is beyond what is supported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct UnsupportedBasis {
    /// Number of variables asked for.
    pub variables: usize,
    /// Total degree asked for.
    pub degree: usize,
}

impl fmt::Display for UnsupportedBasis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { variables, degree } = self;
        write!(
            f,
            "{variables} actions to degree {degree} are not supported: at most {MAX_ACTIONS} actions, \
             degree {MAX_DEGREE} and {MAX_MONOMIALS} monomials"
        )
    }
}

impl core::error::Error for UnsupportedBasis {}

/// A column of a tile: consecutive rows of one variable or monomial, aligned so that no vector of
/// it straddles two cache lines. `ROWS` is a multiple of 8.
#[derive(Clone, Copy, Debug, PartialEq)]
#[repr(align(64))]
pub struct Column<S, const ROWS: usize>(pub [S; ROWS]);

impl<S: Scalar, const ROWS: usize> Column<S, ROWS> {
    /// A column of zeros.
    pub const ZEROS: Self = Self([S::ZERO; ROWS]);
}

/// What monomials are made of: numbers, one or a column of them.
trait Factor {
    /// `product = self · other`.
    fn multiply(&self, other: &Self, product: &mut Self);
}

impl<S: Scalar> Factor for [S; 1] {
    #[inline(always)]
    fn multiply(&self, other: &Self, product: &mut Self) {
        *product = [self[0] * other[0]];
    }
}

impl<S: Scalar, const ROWS: usize> Factor for Column<S, ROWS> {
    #[inline(always)]
    fn multiply(&self, other: &Self, product: &mut Self) {
        let (x, y) = (
            self.0.as_chunks::<LANES>().0,
            other.0.as_chunks::<LANES>().0,
        );
        for ((x, y), product) in x.iter().zip(y).zip(product.0.as_chunks_mut().0) {
            // Into a local: only then is it known that nothing overlaps.
            let mut lanes = [S::ZERO; LANES];
            for ((x, y), lane) in x.iter().zip(y).zip(&mut lanes) {
                *lane = *x * *y;
            }
            *product = lanes;
        }
    }
}

/// The monomials of total degree ≤ `degree` in `variables` variables.
///
/// ```
/// use joint_effects_kernel::features::monomials::Monomials;
/// let monomials = Monomials::new(2, 2)?;
/// let mut features = [0.0; 6];
/// monomials.evaluate(&[2.0, 3.0], &mut features)?;
/// assert_eq!(features, [1.0, 2.0, 3.0, 4.0, 6.0, 9.0]);
/// # Ok::<(), Box<dyn core::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(try_from = "written::Monomials"))]
pub struct Monomials {
    variables: usize,
    degree: usize,
    bounded: usize,
}

impl Monomials {
    /// The constant alone, of no variables.
    pub(crate) const NONE: Self = Self {
        variables: 0,
        degree: 0,
        bounded: 0,
    };

    /// Monomials of at most [`MAX_ACTIONS`] variables and degree [`MAX_DEGREE`].
    pub const fn new(variables: usize, degree: usize) -> Result<Self, UnsupportedBasis> {
        if variables == 0
            || variables > MAX_ACTIONS
            || degree > MAX_DEGREE
            || count(variables, degree) > MAX_MONOMIALS
        {
            return Err(UnsupportedBasis { variables, degree });
        }
        Ok(Self {
            variables,
            degree,
            bounded: 0,
        })
    }

    /// With the powers of every bounded variable from 1 to `highest`, at most [`MAX_DEGREE`], behind them; with none
    /// where that is 0.
    ///
    /// ```
    /// use joint_effects_kernel::features::monomials::Monomials;
    /// let monomials = Monomials::new(2, 1)?.with_bounded(2)?;
    /// let mut features = [0.0; 7];
    /// // Two variables, and the same within their bounds.
    /// monomials.evaluate(&[2.0, 3.0, 1.0, 0.5], &mut features)?;
    /// assert_eq!(features, [1.0, 2.0, 3.0, 1.0, 1.0, 0.5, 0.25]);
    /// # Ok::<(), Box<dyn core::error::Error>>(())
    /// ```
    pub const fn with_bounded(self, highest: usize) -> Result<Self, UnsupportedBasis> {
        let Self {
            variables, degree, ..
        } = self;
        if highest > MAX_DEGREE || count(variables, degree) + variables * highest > MAX_MONOMIALS {
            return Err(UnsupportedBasis {
                variables,
                degree: if highest > degree { highest } else { degree },
            });
        }
        Ok(Self {
            bounded: highest,
            ..self
        })
    }

    /// Without the powers of bounded variables.
    pub const fn without_bounded(self) -> Self {
        Self { bounded: 0, ..self }
    }

    /// Number of variables, K.
    pub const fn variables(self) -> usize {
        self.variables
    }

    /// The highest power of a bounded variable; 0 where there are none.
    pub const fn bounded(self) -> usize {
        self.bounded
    }

    /// Number of variables with the bounded ones: K or 2 K.
    pub const fn all_variables(self) -> usize {
        match self.bounded {
            0 => self.variables,
            _ => 2 * self.variables,
        }
    }

    /// Total degree, d.
    pub const fn degree(self) -> usize {
        self.degree
    }

    /// Number of monomials, P = C(K + d, d), and the bounded variables' powers beside them; never zero.
    #[allow(clippy::len_without_is_empty)]
    pub const fn len(self) -> usize {
        count(self.variables, self.degree) + self.variables * self.bounded
    }

    /// All monomials of one row: `variables` has K numbers, or 2 K where there are bounded ones, `features` gets P.
    #[inline]
    pub fn evaluate<S: Scalar>(
        self,
        variables: &[S],
        features: &mut [S],
    ) -> Result<(), ShapeError> {
        // A row is a tile of columns one row high.
        let (variables, _) = variables.as_chunks::<1>();
        let (features, _) = features.as_chunks_mut::<1>();
        if self.bounded == 0 {
            return self.products(variables, features, [S::ONE]);
        }
        self.evaluate_with_powers(variables, features)
    }

    /// Apart, so that what is done with a row without powers is short enough to be inlined.
    #[inline(never)]
    fn evaluate_with_powers<S: Scalar>(
        self,
        variables: &[[S; 1]],
        features: &mut [[S; 1]],
    ) -> Result<(), ShapeError> {
        self.features(variables, features, [S::ONE])
    }

    /// All monomials of a tile of rows: K or 2 K columns in, P columns out.
    #[inline(always)]
    pub fn evaluate_columns<S: Scalar, const ROWS: usize>(
        self,
        variables: &[Column<S, ROWS>],
        features: &mut [Column<S, ROWS>],
    ) -> Result<(), ShapeError> {
        self.features(variables, features, Column([S::ONE; ROWS]))
    }

    /// What both of the above are: products, and the powers behind them.
    #[inline(always)]
    fn features<T: Factor>(
        self,
        variables: &[T],
        features: &mut [T],
        one: T,
    ) -> Result<(), ShapeError> {
        if self.bounded == 0 {
            return self.products(variables, features, one);
        }
        ShapeError::exact("variables", self.all_variables(), variables.len())?;
        ShapeError::exact("features", self.len(), features.len())?;
        let split = self.without_bounded().len();
        let (products, powers) = features.split_at_mut_checked(split).unwrap_or_default();
        let split = variables.split_at_checked(self.variables);
        let (actions, bounded) = split.unwrap_or_default();
        for (powers, variable) in powers.chunks_exact_mut(self.bounded.max(1)).zip(bounded) {
            let mut last = &one;
            for power in powers {
                last.multiply(variable, power);
                last = power;
            }
        }
        self.without_bounded().products(actions, products, one)
    }

    /// The recurrence: each monomial is one earlier monomial times a variable.
    #[inline(always)]
    fn products<T: Factor>(
        self,
        variables: &[T],
        features: &mut [T],
        one: T,
    ) -> Result<(), ShapeError> {
        ShapeError::exact("variables", self.variables, variables.len())?;
        ShapeError::exact("features", self.len(), features.len())?;
        if let Some(constant) = features.first_mut() {
            *constant = one;
        }
        // Where the monomials of the last finished degree begin whose first factor is v or later.
        let mut starts = [0; MAX_ACTIONS];
        let mut end = 1;
        for _ in 0..self.degree {
            let Some((done, mut rest)) = features.split_at_mut_checked(end) else {
                break;
            };
            for (variable, start) in variables.iter().zip(&mut starts) {
                let tail = done.get(*start..).unwrap_or_default();
                *start = end;
                end += tail.len();
                let Some((block, after)) = rest.split_at_mut_checked(tail.len()) else {
                    break;
                };
                for (target, source) in block.iter_mut().zip(tail) {
                    source.multiply(variable, target);
                }
                rest = after;
            }
        }
        Ok(())
    }

    /// The factors of the monomial at `index`, ascending, repeated ones repeated: `a a c` is
    /// `0, 0, 2`; none for the constant.
    pub fn factors(self, index: usize) -> impl Iterator<Item = usize> {
        let (bounded, powers) = match self.power_of(index) {
            Some((variable, exponent)) => (variable, exponent),
            None => (0, 0),
        };
        let products = if powers > 0 { 0 } else { index };
        self.factors_of_product(products)
            .chain(core::iter::repeat_n(bounded, powers))
    }

    /// The bounded variable and the exponent of the power at `index`, where it is one.
    fn power_of(self, index: usize) -> Option<(usize, usize)> {
        let place = index.checked_sub(self.without_bounded().len())?;
        let variable = place.checked_div(self.bounded)?;
        (variable < self.variables).then_some((
            self.variables + variable,
            1 + place - variable * self.bounded,
        ))
    }

    fn factors_of_product(self, index: usize) -> impl Iterator<Item = usize> {
        let mut degree = 0;
        let mut rank = index;
        while degree <= self.degree && rank >= count_of_degree(self.variables, degree) {
            rank -= count_of_degree(self.variables, degree);
            degree += 1;
        }
        let mut remaining = if degree <= self.degree { degree } else { 0 };
        let mut first = 0;
        core::iter::from_fn(move || {
            remaining = remaining.checked_sub(1)?;
            while rank >= count_of_degree(self.variables - first, remaining) {
                rank -= count_of_degree(self.variables - first, remaining);
                first += 1;
            }
            Some(first)
        })
    }

    /// Calls `visit` with the factors of every monomial, in their order.
    pub fn each(self, mut visit: impl FnMut(&[usize])) {
        let last = self.variables.saturating_sub(1);
        for degree in 0..=self.degree {
            let mut factors = [0; MAX_DEGREE];
            let Some(factors) = factors.get_mut(..degree) else {
                return;
            };
            loop {
                visit(factors);
                // The last factor that is not the last variable goes on, and those behind it with it.
                let Some(place) = factors.iter().rposition(|&factor| factor < last) else {
                    break;
                };
                let rest = factors.get_mut(place..).unwrap_or_default();
                let next = rest.first().map_or(0, |factor| factor + 1);
                rest.fill(next);
            }
        }
        for bounded in self.variables..self.all_variables() {
            let factors = [bounded; MAX_DEGREE];
            for exponent in 1..=self.bounded {
                visit(factors.get(..exponent).unwrap_or_default());
            }
        }
    }

    /// Total degree of the monomial at `index`.
    pub fn degree_of(self, index: usize) -> usize {
        self.factors(index).count()
    }

    /// The variable, where the monomial at `index` has exactly one (to any power).
    pub fn only_variable(self, index: usize) -> Option<usize> {
        let mut factors = self.factors(index);
        let first = factors.next()?;
        factors.all(|factor| factor == first).then_some(first)
    }

    /// The index of `variable` to the power `exponent`.
    pub fn power(self, variable: usize, exponent: usize) -> Option<usize> {
        self.index_of(core::iter::repeat_n(variable, exponent))
    }

    /// The index of the monomial at `index` times `variable`; `None` beyond the degree.
    pub fn times(self, index: usize, variable: usize) -> Option<usize> {
        let mut inserted = Some(variable);
        let mut factors = self.factors(index).peekable();
        self.index_of(core::iter::from_fn(move || {
            match (factors.peek(), inserted) {
                (Some(&factor), Some(variable)) if factor <= variable => factors.next(),
                (_, Some(_)) => inserted.take(),
                _ => factors.next(),
            }
        }))
    }

    /// The variable that a factor is, within its bounds or not.
    pub fn variable_of(self, factor: usize) -> usize {
        factor.checked_sub(self.variables).unwrap_or(factor)
    }

    /// Whether every factor of the monomial at `index` is one of `variables`, within its bounds or not.
    pub fn is_within(self, index: usize, variables: Regime) -> bool {
        self.factors(index)
            .all(|factor| variables.sets(self.variable_of(factor)))
    }

    /// The index of the product of these variables, which must ascend; `None` where the basis does
    /// not have it.
    pub fn index_of(self, factors: impl IntoIterator<Item = usize>) -> Option<usize> {
        let mut factors = factors.into_iter().peekable();
        if let Some(bounded) = factors.next_if(|&first| first >= self.variables) {
            let mut exponent = 1;
            for factor in factors {
                exponent += usize::from(factor == bounded);
                if factor != bounded {
                    return None;
                }
            }
            let exists = bounded < self.all_variables() && exponent <= self.bounded;
            let before = (bounded - self.variables) * self.bounded;
            return exists.then_some(self.without_bounded().len() + before + exponent - 1);
        }
        let mut degree = 0;
        let mut rank = 0;
        let mut first = 0;
        // Ranks within a degree are counted from its end: how many monomials of the same degree
        // come no earlier. Appending a factor v to a list that ends in `first` refines that count.
        let mut list = [0; MAX_DEGREE];
        for factor in factors {
            if factor < first || factor >= self.variables {
                return None;
            }
            first = factor;
            *list.get_mut(degree)? = factor;
            degree += 1;
        }
        if degree > self.degree {
            return None;
        }
        let mut from = 0;
        for (position, &factor) in list.iter().take(degree).enumerate() {
            for skipped in from..factor {
                rank += count_of_degree(self.variables - skipped, degree - position - 1);
            }
            from = factor;
        }
        let lower = degree
            .checked_sub(1)
            .map_or(0, |d| count(self.variables, d));
        Some(lower + rank)
    }
}

/// Monomials of standardised variables `(a_k − shift_k) · factor_k`.
///
/// With shift 0 and factor 1 these are scikit-learn's; with an action's centre and the reciprocal
/// of its spread the moments are well conditioned whatever the unit. A bounded variable has a shift and a factor of its
/// own, the middle and the reciprocal of half the length of its bounds, and lies between −1 and 1.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(
    feature = "serde",
    serde(
        try_from = "written::Basis<B>",
        bound(deserialize = "S: Scalar, B: serde::Deserialize<'de> + AsRef<[S]>")
    )
)]
pub struct Basis<S, B> {
    monomials: Monomials,
    standardisation: B,
    #[cfg_attr(feature = "serde", serde(skip))]
    scalar: core::marker::PhantomData<S>,
}

impl<S: Scalar, B: AsRef<[S]>> Basis<S, B> {
    /// `standardisation` holds the K shifts, then the K factors; where there are bounded variables, theirs follow the
    /// shifts and the factors.
    pub fn new(monomials: Monomials, standardisation: B) -> Result<Self, ShapeError> {
        let needed = 2 * monomials.all_variables();
        ShapeError::exact("shifts and factors", needed, standardisation.as_ref().len())?;
        Ok(Self {
            monomials,
            standardisation,
            scalar: core::marker::PhantomData,
        })
    }

    /// The monomials.
    pub fn monomials(&self) -> Monomials {
        self.monomials
    }

    /// Those of another total degree; `None` where it is not supported.
    pub fn to_degree(&self, degree: usize) -> Option<Self>
    where
        B: Clone,
    {
        let monomials = Monomials::new(self.monomials.variables(), degree).ok()?;
        let monomials = monomials.with_bounded(self.monomials.bounded).ok()?;
        Some(Self {
            monomials,
            standardisation: self.standardisation.clone(),
            scalar: core::marker::PhantomData,
        })
    }

    /// What is subtracted from each action.
    pub fn shift(&self) -> &[S] {
        let (shifts, _) = self.halves();
        shifts.get(..self.monomials.variables()).unwrap_or_default()
    }

    /// What each action is then multiplied by.
    pub fn factor(&self) -> &[S] {
        let (_, factors) = self.halves();
        factors
            .get(..self.monomials.variables())
            .unwrap_or_default()
    }

    /// The shift and the factor of every bounded variable.
    pub fn bounded(&self) -> impl Iterator<Item = (S, S)> {
        let (shifts, factors) = self.halves();
        let all = shifts.iter().copied().zip(factors.iter().copied());
        all.skip(self.monomials.variables())
    }

    fn halves(&self) -> (&[S], &[S]) {
        let all = self.standardisation.as_ref();
        all.split_at_checked(self.monomials.all_variables())
            .unwrap_or_default()
    }

    /// The standardised variables of a row, K numbers, and as many bounded ones where there are.
    pub fn standardise(&self, actions: &[S], variables: &mut [S]) -> Result<(), ShapeError> {
        let Monomials {
            variables: count, ..
        } = self.monomials;
        ShapeError::exact("actions", count, actions.len())?;
        let needed = self.monomials.all_variables();
        ShapeError::exact("variables", needed, variables.len())?;
        let (shift, factor) = self.halves();
        let twice = actions.iter().chain(actions);
        for (((variable, &action), &shift), &factor) in
            variables.iter_mut().zip(twice).zip(shift).zip(factor)
        {
            *variable = (action - shift) * factor;
        }
        for variable in variables.iter_mut().skip(count) {
            *variable = bound(*variable);
        }
        Ok(())
    }

    /// Standardises a tile of K columns in place; where there are bounded variables, their columns follow.
    #[inline(always)]
    pub fn standardise_columns<const ROWS: usize>(&self, columns: &mut [Column<S, ROWS>]) {
        let (shift, factor) = self.halves();
        let split = columns.split_at_mut_checked(self.monomials.variables());
        let (actions, bounded) = split.unwrap_or_default();
        let theirs = shift.iter().zip(factor).skip(self.monomials.variables());
        for ((column, action), (&shift, &factor)) in bounded.iter_mut().zip(&*actions).zip(theirs) {
            for (value, &action) in column.0.iter_mut().zip(&action.0) {
                *value = bound((action - shift) * factor);
            }
        }
        for ((column, &shift), &factor) in actions.iter_mut().zip(shift).zip(factor) {
            for value in &mut column.0 {
                *value = (*value - shift) * factor;
            }
        }
    }
}

/// The value, where it lies between −1 and 1, and else the nearer of these.
#[inline(always)]
pub(crate) fn bound<S: Scalar>(value: S) -> S {
    if value > S::ONE {
        S::ONE
    } else if value < -S::ONE {
        -S::ONE
    } else {
        value
    }
}

/// What is read, before it is known to be sound.
#[cfg(feature = "serde")]
mod written {
    use super::UnsupportedBasis;
    use crate::error::ShapeError;
    use crate::scalar::Scalar;

    #[derive(serde::Deserialize)]
    pub(super) struct Monomials {
        variables: usize,
        degree: usize,
        bounded: usize,
    }

    impl TryFrom<Monomials> for super::Monomials {
        type Error = UnsupportedBasis;

        fn try_from(read: Monomials) -> Result<Self, UnsupportedBasis> {
            Self::new(read.variables, read.degree)?.with_bounded(read.bounded)
        }
    }

    #[derive(serde::Deserialize)]
    pub(super) struct Basis<B> {
        monomials: super::Monomials,
        standardisation: B,
    }

    impl<S: Scalar, B: AsRef<[S]>> TryFrom<Basis<B>> for super::Basis<S, B> {
        type Error = ShapeError;

        fn try_from(read: Basis<B>) -> Result<Self, ShapeError> {
            Self::new(read.monomials, read.standardisation)
        }
    }
}
