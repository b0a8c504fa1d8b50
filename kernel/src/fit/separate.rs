//! A fit per regime, `Σ_k ŷ_k − (K − 1) ŷ_obs`: the paper's released estimator, of observational and
//! single-action rows alone.

use crate::algebra::vector::add_scaled;
use crate::error::{FitError, ShapeError};
use crate::regime::Regime;
use crate::scalar::Scalar;

/// `[β, γ₁, …, γ_K]`, as [`crate::predict::predictor::collapse`] takes them: `β = θ_obs` and
/// `γ_k = θ_k − θ_obs`, where `fit` writes the polynomial `θ` of a regime's data. Data of other regimes are
/// passed over.
///
/// ```
/// use joint_effects_kernel::Regime;
/// use joint_effects_kernel::fit::separate;
/// use joint_effects_kernel::predict::predictor::collapse;
/// // Means alone, which are polynomials of degree 0.
/// let means = [(Regime::OBSERVATIONAL, 1.0), (Regime::single(0), 3.0), (Regime::single(1), 4.0)];
/// let mut coefficients = [0.0; 3];
/// separate::fit(2, means.into_iter(), &mut coefficients, |mean, theta| {
///     theta.fill(mean);
///     Ok(())
/// })?;
/// let mut joint = [0.0];
/// collapse(&coefficients, Regime::joint(2), &mut joint)?;
/// assert_eq!(joint, [3.0 + 4.0 - 1.0]);
/// # Ok::<(), joint_effects_kernel::error::FitError>(())
/// ```
pub fn fit<S: Scalar, T>(
    actions: usize,
    data: impl Iterator<Item = (Regime, T)> + Clone,
    coefficients: &mut [S],
    mut fit: impl FnMut(T, &mut [S]) -> Result<(), FitError>,
) -> Result<(), FitError> {
    let terms = coefficients.len() / (actions + 1).max(1);
    ShapeError::exact("coefficients", (actions + 1) * terms, coefficients.len())?;
    let of = |regime| data.clone().find(|(own, _)| *own == regime);
    let (beta, gammas) = coefficients.split_at_mut_checked(terms).unwrap_or_default();
    let (_, observational) = of(Regime::OBSERVATIONAL).ok_or(FitError::NoObservational)?;
    fit(observational, beta)?;
    for (action, gamma) in gammas.chunks_exact_mut(terms.max(1)).enumerate() {
        let missing = FitError::NotIdentifiable { action };
        let (_, single) = of(Regime::single(action)).ok_or(missing)?;
        fit(single, gamma)?;
        add_scaled(gamma, -S::ONE, beta);
    }
    Ok(())
}
