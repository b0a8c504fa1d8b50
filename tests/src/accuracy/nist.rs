//! NIST's Statistical Reference Datasets through the kernel's own path, and through a QR
//! decomposition of the rows for comparison.

use super::digits::{digits, least};
use super::qr;
use crate::feed::Feed;
use crate::json;
use crate::yardsticks;
use joint_effects::log::observations::{Columns, Observations};
use joint_effects::log::table::Table;
use joint_effects::moments::data::Data;
use joint_effects_kernel::Scalar;
use joint_effects_kernel::algebra::packed::{self, Packed};
use joint_effects_kernel::error::FitError;
use joint_effects_kernel::features::monomials::{Basis, Monomials};
use joint_effects_kernel::features::orthogonal::multiply_linear;
use joint_effects_kernel::fit::least_squares;
use serde_json::Value;
use std::fmt::Write as _;

/// A set and its certified values.
#[derive(Clone)]
pub struct Set {
    /// NIST's name.
    pub name: String,
    /// The monomials of its model.
    pub monomials: Monomials,
    intercept: bool,
    /// K numbers a row.
    actions: Vec<f64>,
    outcomes: Vec<f64>,
    certified: Estimates,
    /// Digits of the coefficients that exact arithmetic reaches from the inputs rounded to f64, f32.
    pub ceilings: [f64; 2],
}

/// Coefficients over the monomials of the actions as they are, the constant first, their standard
/// errors and the residual standard deviation. The constant is 0 where the model has none.
#[derive(Clone, Debug)]
pub struct Estimates {
    coefficients: Vec<f64>,
    standard_errors: Vec<f64>,
    residual: f64,
}

/// Digits that agree with the certified ones, the least of a list.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Digits {
    /// Of the coefficients.
    pub coefficients: f64,
    /// Of their standard errors and of the residual standard deviation; `None` where they are 0, the
    /// polynomial being exact.
    pub spread: Option<[f64; 2]>,
}

/// In which variables the monomials are formed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Variables {
    /// The actions as they are.
    Raw,
    /// Shifted and scaled as the program's `fit` does.
    Standardised,
}

/// All sets; `None` where the yardsticks are not at hand.
pub fn sets() -> Option<Vec<Set>> {
    let mut sets: Vec<Set> = yardsticks::read("nist", "")?
        .iter()
        .map(|(_, set)| Set::of_yardstick(set))
        .collect();
    let wampler3 = sets.iter().find(|set| set.name == "Wampler3");
    let wampler3 = wampler3.expect("the set Wampler3").clone();
    sets.extend(
        [("Wampler4", 100.0), ("Wampler5", 10_000.0)]
            .map(|(name, factor)| wampler3.noisier(name, factor)),
    );
    sets.extend(json::golden("filip.json").iter().map(Set::of_golden));
    Some(sets)
}

impl Set {
    fn of_yardstick(set: &Value) -> Self {
        let columns = json::rows(&set["x"]);
        let intercept = set["intercept"].as_bool().unwrap();
        let exact = &set["recomputed_mpmath"];
        let constant = (!intercept).then_some(0.0);
        let with_constant = |values: &Value| -> Vec<f64> {
            constant.into_iter().chain(json::numbers(values)).collect()
        };
        // An exact polynomial has no spread: what was recomputed is rounding at 200 digits.
        let residual = json::number(&set["certified"]["residual_sd_str"]);
        let mut standard_errors = with_constant(&exact["sd"]);
        if residual == 0.0 {
            standard_errors.fill(0.0);
        }
        let degree = match set["powers"].as_array() {
            Some(powers) => powers.iter().map(json::count).max().unwrap(),
            None => 1,
        };
        let ceiling = |key: &str| json::number(&set["ceiling_lre"][key]);
        Self {
            name: set["name"].as_str().unwrap().into(),
            monomials: Monomials::new(columns.len(), degree).unwrap(),
            intercept,
            actions: by_row(&columns),
            outcomes: json::numbers(&set["y"]),
            certified: Estimates {
                coefficients: with_constant(&exact["coef"]),
                standard_errors,
                residual,
            },
            ceilings: [ceiling("f64_inputs"), ceiling("f32_inputs")],
        }
    }

    fn of_golden(set: &Value) -> Self {
        let columns = json::rows(&set["x"]);
        let ceiling = |key: &str| json::number(&set["ceiling_lre"][key]);
        Self {
            name: set["name"].as_str().unwrap().into(),
            monomials: Monomials::new(columns.len(), json::count(&set["degree"])).unwrap(),
            intercept: true,
            actions: by_row(&columns),
            outcomes: json::numbers(&set["y"]),
            certified: Estimates {
                coefficients: json::numbers(&set["coefficients"]),
                standard_errors: json::numbers(&set["standard_errors"]),
                residual: json::number(&set["residual_sd"]),
            },
            ceilings: [ceiling("f64_inputs"), ceiling("f32_inputs")],
        }
    }

    /// The same polynomial with the same errors, `factor` times as large: so Wampler 4 and 5 were made
    /// of Wampler 3. The coefficients, and the inputs, are whole numbers.
    fn noisier(&self, name: &str, factor: f64) -> Self {
        let mut set = self.clone();
        set.name = name.into();
        for (outcome, &action) in set.outcomes.iter_mut().zip(&self.actions) {
            let powers = (0..=5).map(|power| action.powi(power));
            let polynomial: f64 = powers.sum();
            *outcome = polynomial + factor * (*outcome - polynomial);
        }
        let errors = set.certified.standard_errors.iter_mut();
        errors.for_each(|error| *error *= factor);
        set.certified.residual *= factor;
        set
    }

    /// Through the program's own reading of a table: shifts and factors of the actions.
    fn standardisation(&self) -> Vec<f64> {
        let variables = self.monomials.variables();
        let mut table = String::from("regime,y");
        (0..variables).for_each(|k| write!(table, ",x{k}").unwrap());
        for (row, outcome) in self.rows() {
            write!(table, "\nobs,{outcome}").unwrap();
            row.iter().for_each(|x| write!(table, ",{x}").unwrap());
        }
        let columns = Columns::new("y");
        let table = Table::new(&self.name, table.as_bytes()).unwrap();
        let mut rows = Observations::new(vec![table], &columns).unwrap();
        let data = Data::read(&mut rows, 1, |_| ()).unwrap();
        [data.basis.shift(), data.basis.factor()].concat()
    }

    /// The rows as they are fitted. Without an intercept every row comes with its mirror image, `−x`
    /// and `−y`, which makes the intercept 0 and leaves the slopes as they are.
    fn rows(&self) -> Vec<(Vec<f64>, f64)> {
        let rows = self.actions.chunks_exact(self.monomials.variables());
        let rows = rows.zip(&self.outcomes).map(|(row, &y)| (row.to_vec(), y));
        if self.intercept {
            return rows.collect();
        }
        rows.flat_map(|(row, y)| {
            let mirrored = row.iter().map(|x| -x).collect();
            [(row, y), (mirrored, -y)]
        })
        .collect()
    }

    /// Rows → monomials → moments → least squares, all in `S`, then over the monomials of the actions as
    /// they are.
    pub fn fit<S: Scalar + Into<f64>>(
        &self,
        variables: Variables,
        feed: Feed<S>,
        round: fn(f64) -> S,
    ) -> Result<Digits, FitError> {
        let (k, terms) = (self.monomials.variables(), self.monomials.len());
        let standardisation = match variables {
            Variables::Raw => [vec![0.0; k], vec![1.0; k]].concat(),
            Variables::Standardised => self.standardisation(),
        };
        let standardisation: Vec<S> = standardisation.into_iter().map(round).collect();
        let basis = Basis::new(self.monomials, standardisation).unwrap();
        let rows = self.rows();
        let mut actions = vec![S::ZERO; k * rows.len()];
        for ((row, _), target) in rows.iter().zip(actions.chunks_exact_mut(k)) {
            let row: Vec<S> = row.iter().map(|&x| round(x)).collect();
            basis.standardise(&row, target).unwrap();
        }
        let outcomes: Vec<S> = rows.iter().map(|&(_, y)| round(y)).collect();
        let moments = feed(self.monomials, &actions, &outcomes);

        let mut coefficients = vec![S::ZERO; terms];
        let mut covariance = vec![S::ZERO; packed::len(terms)];
        let mut scratch = vec![S::ZERO; least_squares::scratch_len(terms)];
        let residual =
            least_squares::fit(&moments, &mut coefficients, &mut covariance, &mut scratch)?;

        let expanded = expansion(&basis);
        let column = |monomial: usize| expanded.iter().map(move |row| row[monomial]);
        let coefficients = (0..terms).map(|monomial| {
            let products = column(monomial).zip(&coefficients);
            products.map(|(x, &y)| x * y).sum::<S>().into()
        });
        let standard_errors = (0..terms).map(|monomial| {
            let weights: Vec<S> = column(monomial).collect();
            Packed::of(&covariance)
                .unwrap()
                .quadratic_form(&weights)
                .unwrap()
                .sqrt()
                .into()
        });
        let mut estimates = Estimates {
            coefficients: coefficients.collect(),
            standard_errors: standard_errors.collect(),
            residual: residual.into(),
        };
        if !self.intercept {
            // Twice the rows, and 2n − 2 degrees of freedom where there are n − 1 of one slope.
            assert_eq!(terms, 2);
            let twice = estimates.standard_errors.iter_mut();
            twice.for_each(|error| *error *= f64::sqrt(2.0));
        }
        Ok(self.digits(&estimates))
    }

    /// Householder's QR decomposition of the matrix of monomials, in f64.
    pub fn by_qr(&self) -> Digits {
        let first = usize::from(!self.intercept);
        let rows = self.actions.chunks_exact(self.monomials.variables());
        let mut features = vec![0.0; self.monomials.len()];
        let rows: Vec<Vec<f64>> = rows
            .map(|row| {
                self.monomials.evaluate(row, &mut features).unwrap();
                features[first..].to_vec()
            })
            .collect();
        let (coefficients, standard_errors, residual) = qr::least_squares(&rows, &self.outcomes);
        let constant = vec![0.0; first];
        self.digits(&Estimates {
            coefficients: [constant.clone(), coefficients].concat(),
            standard_errors: [constant, standard_errors].concat(),
            residual,
        })
    }

    fn digits(&self, found: &Estimates) -> Digits {
        let first = usize::from(!self.intercept);
        let least_of =
            |found: &[f64], certified: &[f64]| least(&found[first..], &certified[first..]);
        let certified = &self.certified;
        Digits {
            coefficients: least_of(&found.coefficients, &certified.coefficients),
            spread: (certified.residual > 0.0).then(|| {
                [
                    least_of(&found.standard_errors, &certified.standard_errors),
                    digits(found.residual, certified.residual),
                ]
            }),
        }
    }
}

/// Row i: the monomial i of the standardised variables, over the monomials of the actions.
fn expansion<S: Scalar>(basis: &Basis<S, Vec<S>>) -> Vec<Vec<S>> {
    let monomials = basis.monomials();
    let expand = |index: usize| {
        let mut polynomial = vec![S::ZERO; monomials.len()];
        polynomial[0] = S::ONE;
        for variable in monomials.factors(index) {
            let (shift, factor) = (basis.shift()[variable], basis.factor()[variable]);
            let mut slopes = vec![S::ZERO; monomials.variables()];
            slopes[variable] = factor;
            multiply_linear(monomials, -shift * factor, &slopes, &mut polynomial);
        }
        polynomial
    };
    (0..monomials.len()).map(expand).collect()
}

fn by_row(columns: &[Vec<f64>]) -> Vec<f64> {
    let rows = columns[0].len();
    let row = |row: usize| columns.iter().map(move |column| column[row]);
    (0..rows).flat_map(row).collect()
}
