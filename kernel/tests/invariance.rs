//! Tests of the actions' invariance, and omissions, against their definitions row by row.

use joint_effects_kernel::Regime;
use joint_effects_kernel::algebra::packed;
use joint_effects_kernel::features::monomials::Monomials;
use joint_effects_kernel::moments::{Moments, buffer_len};
use joint_effects_kernel::structured::covariance::Term;
use joint_effects_kernel::structured::gram::{self, Grams};
use joint_effects_kernel::structured::invariance::{
    Departure, Implication, Invariance, descendants, scratch_len,
};
use joint_effects_kernel::structured::omission::Omission;

const ACTIONS: usize = 3;
const ROWS: usize = 400;

/// Rows of one regime.
struct Part {
    regime: Regime,
    actions: Vec<[f64; ACTIONS]>,
    outcomes: Vec<f64>,
}

/// Numbers of mean 0 and variance about 1, in no order.
struct Noise(u64);

impl Noise {
    fn next(&mut self) -> f64 {
        let mut uniform = || {
            self.0 = self
                .0
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (self.0 >> 11) as f64 / (1u64 << 53) as f64
        };
        (0..3).map(|_| 2.0 * uniform() - 1.0).sum()
    }
}

/// Action 1 is moved by action 0, and action 0 and 1 share a hidden cause of this weight.
fn part(regime: Regime, seed: u64, shared: f64) -> Part {
    let mut noise = Noise(seed);
    let mut part = Part {
        regime,
        actions: Vec::new(),
        outcomes: Vec::new(),
    };
    for _ in 0..ROWS {
        let [common, u, v, w, set, rest] = [(); 6].map(|()| noise.next());
        let pick = |action, alone| if regime.sets(action) { set } else { alone };
        let first = pick(0, u + shared * common);
        let second = pick(
            1,
            0.5 * first + 0.2 * first * first + v * (1.0 + 0.3 * first) + shared * common,
        );
        let third = pick(2, w);
        part.actions.push([first, second, third]);
        part.outcomes.push(first - second + third * third + rest);
    }
    part
}

fn parts(sets: &[usize], seed: u64, shared: f64) -> Vec<Part> {
    let mut parts = vec![part(Regime::OBSERVATIONAL, seed, shared)];
    for &action in sets {
        parts.push(part(
            Regime::single(action),
            seed + 1 + action as u64,
            shared,
        ));
    }
    parts
}

fn monomials(degree: usize) -> Monomials {
    Monomials::new(ACTIONS, degree).unwrap()
}

fn with_grams<T>(parts: &[Part], degree: usize, then: impl FnOnce(&Grams<'_, f64>) -> T) -> T {
    let monomials = monomials(degree);
    let regimes: Vec<Regime> = parts.iter().map(|part| part.regime).collect();
    let mut features = vec![0.0; monomials.len()];
    let moments: Vec<_> = parts
        .iter()
        .map(|part| {
            let buffer = vec![0.0; buffer_len(monomials.len())];
            let mut moments = Moments::new(monomials.len(), buffer).unwrap();
            for (actions, &outcome) in part.actions.iter().zip(&part.outcomes) {
                monomials.evaluate(actions, &mut features).unwrap();
                moments.push(&features, outcome).unwrap();
            }
            moments
        })
        .collect();
    let mut products = vec![0.0; parts.len() * gram::len(monomials.len())];
    then(&Grams::new(monomials.len(), &regimes, &moments, &mut products).unwrap())
}

fn test(
    parts: &[Part],
    degree: usize,
    parents: [u32; ACTIONS],
    implication: Implication,
    [set, alone]: [usize; 2],
) -> Option<Departure<f64>> {
    let parents = parents.map(Regime::from_bits);
    let descendants = descendants(&parents);
    with_grams(parts, degree, |grams| {
        let invariance = Invariance {
            grams,
            monomials: monomials(degree),
            parents: &parents,
            descendants: &descendants,
        };
        assert!(invariance.test(implication, set, alone, &mut []).is_err());
        let mut scratch = vec![f64::NAN; scratch_len(monomials(degree))];
        invariance
            .test(implication, set, alone, &mut scratch)
            .unwrap()
    })
}

/// Solves for several right sides by elimination, of a matrix that is far from singular.
fn solve(mut matrix: Vec<Vec<f64>>, mut right: Vec<Vec<f64>>) -> Vec<Vec<f64>> {
    for i in 0..matrix.len() {
        for j in (0..matrix.len()).filter(|&j| j != i) {
            let factor = matrix[j][i] / matrix[i][i];
            let (pivot, side) = (matrix[i].clone(), right[i].clone());
            matrix[j]
                .iter_mut()
                .zip(pivot)
                .for_each(|(x, p)| *x -= factor * p);
            right[j]
                .iter_mut()
                .zip(side)
                .for_each(|(x, p)| *x -= factor * p);
        }
    }
    for (i, row) in right.iter_mut().enumerate() {
        row.iter_mut().for_each(|value| *value /= matrix[i][i]);
    }
    right
}

fn dot(x: &[f64], y: &[f64]) -> f64 {
    x.iter().zip(y).map(|(x, y)| x * y).sum()
}

fn products(columns: &[Vec<f64>]) -> Vec<Vec<f64>> {
    let row = |one: &Vec<f64>| columns.iter().map(|other| dot(one, other)).collect();
    columns.iter().map(row).collect()
}

/// The coefficients of least squares.
fn regress(columns: &[Vec<f64>], target: &[f64]) -> Vec<f64> {
    let right = columns.iter().map(|column| vec![dot(column, target)]);
    solve(products(columns), right.collect()).concat()
}

fn residuals(columns: &[Vec<f64>], coefficients: &[f64], target: &[f64]) -> Vec<f64> {
    let fitted = |row: usize| -> f64 {
        let each = columns.iter().zip(coefficients);
        each.map(|(column, c)| c * column[row]).sum()
    };
    target
        .iter()
        .enumerate()
        .map(|(row, y)| y - fitted(row))
        .collect()
}

#[test]
fn a_departure_is_the_mean_of_products_of_residuals() {
    let parts = parts(&[0], 7, 0.8);
    let column = |part: usize, k: usize| -> Vec<f64> {
        parts[part]
            .actions
            .iter()
            .map(|actions| actions[k])
            .collect()
    };
    // Of action 1: the constant, the actions that it does not move, and the square of its cause.
    let columns = |part| {
        let square = column(part, 0).iter().map(|a| a * a).collect();
        vec![vec![1.0; ROWS], column(part, 0), column(part, 2), square]
    };
    let left = residuals(
        &columns(0),
        &regress(&columns(1), &column(1, 1)),
        &column(0, 1),
    );
    let others = [vec![1.0; ROWS], column(0, 2)];
    let instrument = residuals(&others, &regress(&others, &column(0, 0)), &column(0, 0));
    let spread = |x: &[f64]| (dot(x, x) / ROWS as f64).sqrt();
    let parents = [0, 0b1, 0];

    let found = test(&parts, 3, parents, Implication::SeparateCauses, [0, 1]).unwrap();
    let expected = dot(&left, &instrument) / ROWS as f64 / spread(&left) / spread(&instrument);
    assert!(
        (found.estimate - expected).abs() < 1e-9,
        "{found:?} {expected}"
    );
    let found = test(&parts, 3, parents, Implication::SameConditions, [0, 1]).unwrap();
    let expected = left.iter().sum::<f64>() / ROWS as f64 / spread(&left);
    assert!(
        (found.estimate - expected).abs() < 1e-9,
        "{found:?} {expected}"
    );
}

/// Over many samples a departure is as far from 0 as its standard error says, though the residuals spread unevenly, and
/// a shared cause is noticed.
#[test]
fn standard_errors_are_the_spread_over_samples() {
    for (implication, parents) in [
        (Implication::SeparateCauses, [0, 0b1, 0]),
        (Implication::SameConditions, [0, 0b1, 0]),
        // Neither moves the other.
        (Implication::SeparateCauses, [0, 0, 0]),
    ] {
        let pair = if parents[1] == 0 { [0, 2] } else { [0, 1] };
        let squares = (0..200).map(|sample| {
            let parts = parts(&[0, 2], 1_000 * (sample + 1), 0.0);
            let found = test(&parts, 3, parents, implication, pair).unwrap();
            (found.estimate / found.standard_error).powi(2)
        });
        // The mean of so many χ² / 1 is 1 ± 0.1.
        let square = squares.sum::<f64>() / 200.0;
        assert!(
            (0.7..1.35).contains(&square),
            "{implication:?} {parents:?} {square}"
        );
    }
    let shared = test(
        &parts(&[0], 5, 0.8),
        3,
        [0, 0b1, 0],
        Implication::SeparateCauses,
        [0, 1],
    );
    assert!(shared.unwrap().p_value() < 1e-4, "{shared:?}");
}

#[test]
fn what_the_rows_cannot_show_is_not_tested() {
    let mut parts = parts(&[0], 3, 0.0);
    let causes = Implication::SeparateCauses;
    assert!(test(&parts, 3, [0; 3], causes, [0, 1]).is_some());
    // No rows in which action 2 was set; an action beside itself; degree 1 has no products.
    assert_eq!(test(&parts, 3, [0; 3], causes, [2, 1]), None);
    assert_eq!(test(&parts, 3, [0; 3], causes, [1, 1]), None);
    assert_eq!(test(&parts, 1, [0; 3], causes, [0, 1]), None);
    // One that moves the action that was set is no judge of a cause of both; its mean is compared all the same.
    assert_eq!(test(&parts, 3, [0b10, 0, 0], causes, [0, 1]), None);
    assert!(test(&parts, 3, [0b10, 0, 0], Implication::SameConditions, [0, 1]).is_some());
    // An action that rests when it is left alone has no hidden cause.
    for part in &mut parts {
        part.actions.iter_mut().for_each(|actions| actions[1] = 2.0);
    }
    assert_eq!(test(&parts, 3, [0; 3], causes, [0, 1]), None);
}

#[test]
fn those_that_are_moved_through_others_are_found() {
    let found = descendants(&[0, 0b1, 0b10, 0b1000].map(Regime::from_bits));
    let expected = [0b110, 0b100, 0, 0b1000].map(Regime::from_bits);
    assert_eq!(&found[..], &expected[..]);
}

/// Least squares of a part of the outcome on the model's columns, row by row, is what the model makes of it.
#[test]
fn an_omission_is_what_least_squares_makes_of_it() {
    let (parts, monomials) = (parts(&[0, 1], 9, 0.5), monomials(2));
    let power = |action| monomials.power(action, 1).unwrap();
    let term = |action, monomial| Term { action, monomial };
    let terms = [
        term(None, 0),
        term(None, power(0)),
        term(None, power(1)),
        term(Some(0), power(0)),
    ];
    let value = |actions: &[f64; ACTIONS], monomial| -> f64 {
        monomials
            .factors(monomial)
            .map(|action| actions[action])
            .product()
    };
    let columns: Vec<Vec<f64>> = terms
        .iter()
        .map(|term| {
            let each = parts.iter().flat_map(|part| {
                let sign = match term.action {
                    None => 1.0,
                    Some(action) if part.regime.sets(action) => 0.0,
                    Some(_) => -1.0,
                };
                part.actions
                    .iter()
                    .map(move |actions| sign * value(actions, term.monomial))
            });
            each.collect()
        })
        .collect();
    let noise = 0.7;
    let unit = |i: usize| {
        (0..terms.len())
            .map(|j| f64::from(u8::from(i == j)))
            .collect()
    };
    let inverse = solve(products(&columns), (0..terms.len()).map(unit).collect());
    let covariance: Vec<f64> = (0..terms.len())
        .flat_map(|i| {
            inverse[i][..=i]
                .iter()
                .map(|value| noise * value)
                .collect::<Vec<_>>()
        })
        .collect();
    assert_eq!(covariance.len(), packed::len(terms.len()));

    // A product everywhere, and a slope in one regime alone.
    let product = monomials.index_of([0, 1]).unwrap();
    let size = monomials.len();
    let mut departures = vec![0.0; parts.len() * size];
    (0..parts.len()).for_each(|place| departures[place * size + product] = 1.5);
    departures[size + power(2)] = 2.0;
    let omitted: Vec<f64> = parts
        .iter()
        .zip(departures.chunks(size))
        .flat_map(|(part, departure)| {
            let at = |actions: &[f64; ACTIONS]| -> f64 {
                (0..size)
                    .map(|monomial| departure[monomial] * value(actions, monomial))
                    .sum()
            };
            part.actions.iter().map(at).collect::<Vec<_>>()
        })
        .collect();
    let coefficients = regress(&columns, &omitted);
    let left = residuals(&columns, &coefficients, &omitted);
    let contrast: Vec<f64> = (0..size)
        .map(|monomial| 0.3 * monomial as f64 - 0.5)
        .collect();
    let joint = terms
        .iter()
        .zip(&coefficients)
        .filter(|(term, _)| term.action.is_none());
    let expected: f64 = joint.map(|(term, c)| contrast[term.monomial] * c).sum();

    with_grams(&parts, 2, |grams| {
        let omission = Omission {
            grams,
            terms: &terms,
            covariance: &covariance,
            noise,
        };
        let mut scratch = vec![f64::NAN; omission.scratch_len()];
        let mut weights = vec![0.0; departures.len()];
        omission
            .weights(&contrast, &mut weights, &mut scratch)
            .unwrap();
        let found = dot(&weights, &departures);
        assert!(
            (found - expected).abs() < 1e-9 * expected.abs(),
            "{found} {expected}"
        );
        let found = omission.left(&departures, &mut scratch).unwrap();
        let expected = dot(&left, &left);
        assert!(
            (found - expected).abs() < 1e-9 * expected,
            "{found} {expected}"
        );
        assert!(omission.weights(&contrast, &mut weights, &mut []).is_err());
        assert!(omission.left(&departures[1..], &mut scratch).is_err());
    });
}
