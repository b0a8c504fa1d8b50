//! Bytes that the kernel's [`artifact`] reads.

use super::{Export, Scalar};
use joint_effects_kernel as kernel;
use joint_effects_kernel::features::monomials::Monomials;
use joint_effects_kernel::predict::artifact::{self, Artifact, ArtifactError, Bounded, Contents};
use joint_effects_kernel::predict::predictor::{Cross, Layout};

/// The encoded predictor: dense where a sum of single actions and cross terms would be larger.
pub fn bytes(export: &Export) -> &[u8] {
    &export.artifact
}

/// The bytes, and what tells the model from others.
pub(super) fn encode(export: &Export) -> Result<(Vec<u8>, u64), ArtifactError> {
    match export.scalar {
        Scalar::F32 => encode_as(export, |value| value as f32),
        Scalar::F64 => encode_as(export, |value| value),
    }
}

/// The monomials of an artifact, each by its ascending factors, in its order.
struct Terms {
    layout: Layout,
    degree: usize,
    own: Vec<Vec<usize>>,
    /// Those beside an additive polynomial, each behind the one that it is an action more than.
    cross: Vec<Vec<usize>>,
    /// The powers of every bounded action that has any, from the first up.
    bounded: Vec<Vec<Vec<usize>>>,
}

impl Terms {
    fn of<'a>(actions: usize, used: impl Iterator<Item = &'a [usize]> + Clone) -> Self {
        let (bounded, used): (Vec<_>, Vec<_>) =
            used.partition(|factors| factors.first() >= Some(&actions));
        let bounded = (actions..2 * actions).filter_map(|variable| {
            let own = bounded.iter().filter(|factors| factors[0] == variable);
            let highest = own.map(|factors| factors.len()).max()?;
            Some((1..=highest).map(|power| vec![variable; power]).collect())
        });
        let bounded = bounded.collect();
        let (powers, products): (Vec<_>, Vec<_>) =
            used.into_iter().partition(|factors| is_power(factors));
        let degree = |list: &[&[usize]]| list.iter().map(|factors| factors.len()).max();
        let additive_degree = degree(&powers).unwrap_or(0);
        let mut cross: Vec<Vec<usize>> = Vec::new();
        for factors in &products {
            for length in 2..=factors.len() {
                let mut product = grown(factors)[..length].to_vec();
                product.sort_unstable();
                if !cross.contains(&product) {
                    cross.push(product);
                }
            }
        }
        // A cross term takes at most twice what a coefficient does.
        let sparse = Layout::Additive.coefficients(actions, additive_degree) + 2 * cross.len();
        let dense_degree = degree(&products).unwrap_or(0).max(additive_degree);
        let dense = Monomials::new(actions, dense_degree).ok();
        match dense.filter(|all| !cross.is_empty() && all.len() <= sparse) {
            Some(all) => Self {
                layout: Layout::Dense,
                degree: dense_degree,
                own: (0..all.len())
                    .map(|index| all.factors(index).collect())
                    .collect(),
                cross: Vec::new(),
                bounded,
            },
            None => {
                let powers = |power| (0..actions).map(move |action| vec![action; power]);
                let own = std::iter::once(Vec::new()).chain((1..=additive_degree).flat_map(powers));
                Self {
                    layout: Layout::Additive,
                    degree: additive_degree,
                    own: own.collect(),
                    cross,
                    bounded,
                }
            }
        }
    }

    fn all(&self) -> impl Iterator<Item = &Vec<usize>> + Clone {
        let bounded = self.bounded.iter().flatten();
        self.own.iter().chain(&self.cross).chain(bounded)
    }
}

fn is_power(factors: &[usize]) -> bool {
    factors.iter().all(|&factor| factor == factors[0])
}

/// The factors in the order in which a cross term grows by them: different ones first, so that it is a product
/// of two actions before it has powers.
fn grown(factors: &[usize]) -> Vec<usize> {
    let mut first = factors.to_vec();
    first.dedup();
    let mut rest = factors.to_vec();
    for factor in &first {
        let place = rest.iter().position(|other| other == factor);
        rest.remove(place.expect("it is one of them"));
    }
    first.extend(rest);
    first
}

fn encode_as<S: kernel::Scalar>(
    export: &Export,
    number: impl Fn(f64) -> S,
) -> Result<(Vec<u8>, u64), ArtifactError> {
    let actions = export.actions.len();
    let of_covariance = export.uncertainty.iter().flat_map(|known| &known.monomials);
    let used = export
        .monomials
        .iter()
        .map(|(factors, _)| factors)
        .chain(of_covariance);
    let terms = Terms::of(actions, used.map(Vec::as_slice));
    let coefficient = |factors: &Vec<usize>| {
        let mut monomials = export.monomials.iter();
        let own = monomials.find(|(monomial, _)| monomial == factors);
        number(own.map_or(0.0, |&(_, value)| value))
    };
    let cross = terms.cross.iter().map(|factors| {
        let mut before = grown(factors);
        let action = before.pop().expect("a product has factors");
        before.sort_unstable();
        let parent = match before[..] {
            [action] => action,
            _ => {
                let place = terms.cross.iter().position(|other| *other == before);
                actions + place.expect("it comes before")
            }
        };
        Cross {
            parent: parent as u16,
            action: action as u8,
            coefficient: coefficient(factors),
        }
    });
    let cross: Vec<_> = cross.collect();
    let powers = terms.bounded.iter();
    let powers: Vec<Vec<S>> = powers
        .map(|own| own.iter().map(coefficient).collect())
        .collect();
    let bounded = terms.bounded.iter().zip(&powers).map(|(own, powers)| {
        let variable = own[0][0];
        Bounded {
            action: export.action_of(variable) as u8,
            shift: number(export.shift[variable]),
            factor: number(export.factor[variable]),
            coefficients: powers.as_slice(),
        }
    });
    let bounded: Vec<_> = bounded.collect();
    let factor = export.uncertainty.as_ref().map(|known| {
        let factor = known.factor(terms.all());
        factor.into_iter().map(&number).collect::<Vec<S>>()
    });
    let numbers = |values: &[f64]| -> Vec<S> { values.iter().copied().map(&number).collect() };
    let list = |values: &mut dyn Iterator<Item = f64>| -> Vec<S> { values.map(&number).collect() };
    let (least, greatest) = (
        list(&mut export.ranges.iter().map(|range| range.min)),
        list(&mut export.ranges.iter().map(|range| range.max)),
    );
    let names: Vec<&str> = export.actions.iter().map(String::as_str).collect();
    let levels = export.levels.iter();
    let levels: Vec<Vec<&str>> = levels
        .map(|names| names.iter().map(String::as_str).collect())
        .collect();
    let levels: Vec<&[&str]> = levels.iter().map(Vec::as_slice).collect();
    let coefficients: Vec<S> = terms.own.iter().map(coefficient).collect();
    let contents =
        Contents {
            outcome: &export.outcome,
            actions: &names,
            levels: &levels,
            data: export.data,
            regime: export.regime,
            shifts: &numbers(&export.shift[..actions]),
            factors: &numbers(&export.factor[..actions]),
            least: &least,
            greatest: &greatest,
            layout: terms.layout,
            degree: terms.degree,
            coefficients: &coefficients,
            cross: &cross,
            bounded: &bounded,
            uncertainty: export.uncertainty.as_ref().zip(factor.as_deref()).map(
                |(known, factor)| artifact::Uncertainty {
                    quantile: number(known.quantile),
                    factor,
                },
            ),
        };
    let mut bytes = Vec::new();
    if let Err(ArtifactError::Truncated { needed, .. }) = artifact::write(&contents, &mut bytes) {
        bytes.resize(needed, 0);
    }
    artifact::write(&contents, &mut bytes)?;
    let model = Artifact::<S>::read(&bytes)?.model();
    Ok((bytes, model))
}
