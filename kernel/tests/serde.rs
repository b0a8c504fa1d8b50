//! What is written is read back as it was, and what is unsound is refused.

#![cfg(feature = "serde")]

use joint_effects_kernel::Regime;
use joint_effects_kernel::features::monomials::{Basis, Monomials};
use joint_effects_kernel::moments::{Moments, buffer_len};
use joint_effects_kernel::predict::predictor::Layout;
use joint_effects_kernel::structured::covariance::Term;
use joint_effects_kernel::structured::design::Group;
use proptest::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fmt::Debug;

fn returns<T: Serialize + DeserializeOwned + PartialEq + Debug>(value: T) {
    let bytes = postcard::to_allocvec(&value).unwrap();
    assert_eq!(postcard::from_bytes::<T>(&bytes).unwrap(), value);
}

proptest! {
    #[test]
    fn moments_return(columns in 0usize..9, count: u64, scale in -1e9..1e9) {
        let numbers: Vec<f64> = (0..buffer_len(columns)).map(|i| scale * i as f64).collect();
        returns(Moments::<f64, Vec<f64>>::from_parts(columns, count, numbers).unwrap());
    }

    #[test]
    fn moments_of_no_number_of_columns_are_refused(numbers in 0usize..99) {
        let bytes = postcard::to_allocvec(&(7u64, 0.0, vec![0.5; numbers])).unwrap();
        let read = postcard::from_bytes::<Moments<f64, Vec<f64>>>(&bytes);
        let columns = (0..99).find(|&columns| buffer_len(columns) == numbers);
        prop_assert_eq!(read.ok().map(|moments| moments.columns()), columns);
    }

    #[test]
    fn regimes_are_their_bits(bits: u32) {
        returns(Regime::from_bits(bits));
        let (regime, alone) = (Regime::from_bits(bits), bits);
        prop_assert_eq!(postcard::to_allocvec(&regime), postcard::to_allocvec(&alone));
    }
}

#[test]
fn descriptions_return() {
    let monomials = Monomials::new(2, 3).unwrap();
    returns(Basis::new(monomials, vec![1.0, 2.0, 0.5, 0.25]).unwrap());
    let bounded = monomials.with_bounded(4).unwrap();
    returns(Basis::new(bounded, vec![1.0, 2.0, 0.0, 3.0, 0.5, 0.25, 1.0, 2.0]).unwrap());
    for group in [
        Group::Flat,
        Group::Joint(1),
        Group::Pair(0),
        Group::Own(2),
        Group::Family(3),
        Group::Bounded,
    ] {
        returns(group);
    }
    for layout in [Layout::Dense, Layout::Additive] {
        returns(layout);
    }
    for action in [None, Some(1)] {
        returns(Term {
            action,
            monomial: 4,
        });
    }
}

#[test]
fn bases_that_are_none_are_refused() {
    let read_bounded =
        |variables: usize, degree: usize, bounded: usize, standardisation: &[f64]| {
            let bytes =
                postcard::to_allocvec(&(variables, degree, bounded, standardisation)).unwrap();
            postcard::from_bytes::<Basis<f64, Vec<f64>>>(&bytes).is_ok()
        };
    let read = |variables, degree, standardisation: &[f64]| {
        read_bounded(variables, degree, 0, standardisation)
    };
    assert!(read_bounded(1, 2, 4, &[0.0, 1.0, 1.0, 2.0]));
    assert!(!read_bounded(1, 2, 4, &[0.0, 1.0]), "no bounds");
    assert!(
        !read_bounded(1, 2, 99, &[0.0, 1.0, 1.0, 2.0]),
        "too high a power"
    );
    assert!(read(1, 2, &[0.0, 1.0]));
    assert!(!read(1, 2, &[0.0, 1.0, 1.0]), "a number too many");
    assert!(!read(0, 2, &[]), "no variables");
    assert!(!read(1, 99, &[0.0, 1.0]), "too high a degree");
}
