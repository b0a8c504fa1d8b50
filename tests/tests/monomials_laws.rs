//! The order of the monomials, and that every way of asking for one agrees.

use joint_effects_kernel::features::monomials::{
    Column, MAX_DEGREE, MAX_MONOMIALS, Monomials, count,
};
use joint_effects_kernel::regime::MAX_ACTIONS;
use proptest::prelude::*;

fn every_size() -> impl Iterator<Item = Monomials> {
    (1..=6)
        .flat_map(|variables| (0..=5).map(move |degree| Monomials::new(variables, degree).unwrap()))
}

fn names(monomials: Monomials) -> Vec<String> {
    let letter = |factor| (b'a' + factor as u8) as char;
    (0..monomials.len())
        .map(|index| monomials.factors(index).map(letter).collect())
        .collect()
}

#[test]
fn the_order_written_out() {
    assert_eq!(
        names(Monomials::new(3, 3).unwrap()),
        [
            "", "a", "b", "c", "aa", "ab", "ac", "bb", "bc", "cc", "aaa", "aab", "aac", "abb",
            "abc", "acc", "bbb", "bbc", "bcc", "ccc"
        ]
    );
    assert_eq!(
        names(Monomials::new(1, 4).unwrap()),
        ["", "a", "aa", "aaa", "aaaa"]
    );
    assert_eq!(
        names(Monomials::new(4, 1).unwrap()),
        ["", "a", "b", "c", "d"]
    );
    assert_eq!(names(Monomials::new(2, 0).unwrap()), [""]);
}

#[test]
fn pascal_s_triangle_counts_them() {
    for variables in 1..=12 {
        assert_eq!(count(variables, 0), 1);
        assert_eq!(count(0, variables), 1);
        for degree in 1..=8 {
            let with_or_without = count(variables, degree - 1) + count(variables - 1, degree);
            assert_eq!(count(variables, degree), with_or_without);
        }
    }
    assert_eq!((count(5, 3), count(12, 3)), (56, 455));
    assert_eq!(count(usize::MAX, 3), usize::MAX);
}

#[test]
fn every_index_and_its_factors_are_one_to_one() {
    for monomials in every_size() {
        for index in 0..monomials.len() {
            let factors: Vec<usize> = monomials.factors(index).collect();
            assert!(factors.is_sorted() && factors.iter().all(|&f| f < monomials.variables()));
            assert_eq!(monomials.index_of(factors.iter().copied()), Some(index));
            assert_eq!(monomials.degree_of(index), factors.len());
            let mut distinct = factors.clone();
            distinct.dedup();
            let only = <[usize; 1]>::try_from(distinct).ok().map(|[only]| only);
            assert_eq!(monomials.only_variable(index), only);
        }
    }
}

#[test]
fn what_the_basis_lacks_has_no_index() {
    let monomials = Monomials::new(3, 2).unwrap();
    assert_eq!(monomials.index_of([0, 1, 2]), None);
    assert_eq!(monomials.index_of([3]), None);
    assert_eq!(monomials.index_of([1, 0]), None);
    assert_eq!(monomials.index_of([0; MAX_DEGREE + 1]), None);
}

#[test]
fn a_lower_degree_is_a_prefix() {
    for monomials in every_size().filter(|monomials| monomials.degree() > 0) {
        let lower = Monomials::new(monomials.variables(), monomials.degree() - 1).unwrap();
        assert_eq!(names(lower), names(monomials)[..lower.len()]);
    }
}

#[test]
fn unsupported_sizes_are_errors() {
    for (variables, degree) in [
        (0, 1),
        (MAX_ACTIONS + 1, 1),
        (1, MAX_DEGREE + 1),
        (MAX_ACTIONS, 4),
        (usize::MAX, usize::MAX),
    ] {
        let error = Monomials::new(variables, degree).unwrap_err();
        assert_eq!((error.variables, error.degree), (variables, degree));
    }
    assert!(Monomials::new(MAX_ACTIONS, 3).unwrap().len() <= MAX_MONOMIALS);
    assert!(Monomials::new(1, MAX_DEGREE).is_ok());
}

#[test]
fn wrong_lengths_are_errors() {
    let monomials = Monomials::new(2, 2).unwrap();
    assert!(monomials.evaluate(&[1.0], &mut [0.0; 6]).is_err());
    assert!(monomials.evaluate(&[1.0; 2], &mut [0.0; 5]).is_err());
}

proptest! {
    /// To the bit: scikit-learn, the device and the host form the same products.
    #[test]
    fn each_is_an_earlier_one_times_a_variable(
        variables in prop::collection::vec(-3.0..3.0_f64, 1..=6),
        degree in 0_usize..=5,
    ) {
        let monomials = Monomials::new(variables.len(), degree).unwrap();
        let mut features = vec![f64::NAN; monomials.len()];
        monomials.evaluate(&variables, &mut features).unwrap();
        prop_assert_eq!(features[0], 1.0);
        for index in 1..monomials.len() {
            let factors: Vec<usize> = monomials.factors(index).collect();
            let rest = monomials.index_of(factors[1..].iter().copied()).unwrap();
            prop_assert!(rest < index);
            prop_assert_eq!(features[index], features[rest] * variables[factors[0]]);
        }
    }

    #[test]
    fn a_tile_of_columns_is_its_rows(
        values in prop::collection::vec(-3.0..3.0_f32, 3 * 16),
        degree in 0_usize..=4,
    ) {
        let monomials = Monomials::new(3, degree).unwrap();
        let columns: Vec<Column<f32, 16>> = values
            .chunks(16)
            .map(|column| Column(std::array::from_fn(|row| column[row])))
            .collect();
        let mut tile = vec![Column([f32::NAN; 16]); monomials.len()];
        monomials.evaluate_columns(&columns, &mut tile).unwrap();
        let mut features = vec![0.0; monomials.len()];
        for row in 0..16 {
            let variables: Vec<f32> = values.chunks(16).map(|column| column[row]).collect();
            monomials.evaluate(&variables, &mut features).unwrap();
            let across: Vec<f32> = tile.iter().map(|column| column.0[row]).collect();
            prop_assert_eq!(&across, &features);
        }
    }
}
