//! How accurate the kernel is: what is asked, and what `docs/accuracy.md` says.

use joint_effects_kernel::error::FitError;
use joint_effects_tests::accuracy::document::{self, SHORT, assert_stands};
use joint_effects_tests::accuracy::nist::{self, Variables};
use joint_effects_tests::accuracy::streams::{Stream, Way};
use joint_effects_tests::feed;
use std::fs;

fn document() -> String {
    fs::read_to_string(document::path()).unwrap()
}

#[test]
fn the_tables_of_the_documentation_stand() {
    let document = document();
    if let Some(nist) = document::nist() {
        assert_stands(&document, &nist);
    }
    assert_stands(&document, &document::lapack());
    assert_stands(&document, &document::streams(SHORT));
}

#[test]
#[should_panic(expected = "stands in docs/accuracy.md")]
fn a_stale_table_does_not_stand() {
    let section = document::lapack();
    assert_stands(&section.replace("0.", "7."), &section);
}

#[test]
fn nist_s_sets_have_the_digits_that_are_asked() {
    let asked = |name: &str| match name {
        "Longley" | "Norris" | "Pontius" => 12.0,
        "NoInt1" | "NoInt2" => 14.5,
        "Filip" => 10.0,
        _ => 8.0,
    };
    for set in nist::sets().unwrap_or_default() {
        let fit = set.fit::<f64>(Variables::Standardised, feed::compensated, |x| x);
        let found = fit.unwrap().coefficients;
        assert!(found >= asked(&set.name), "{}: {found:.1} digits", set.name);
    }
}

/// Powers of what is far from zero are told apart by no number of 53 bits, and those of 24 by fewer.
#[test]
fn what_cannot_be_resolved_is_refused() {
    let refused = |fit| {
        use FitError::{Dependent, NotPositiveDefinite};
        matches!(fit, Err(Dependent { .. } | NotPositiveDefinite(_)))
    };
    for set in nist::sets().unwrap_or_default() {
        let in_f64 = set.fit::<f64>(Variables::Raw, feed::compensated, |x| x);
        assert_eq!(refused(in_f64), set.name == "Filip", "{}", set.name);
        let in_f32 = set.fit::<f32>(Variables::Raw, feed::compensated, |x| x as f32);
        let hard = ["Filip", "Longley", "Wampler"];
        let expected = hard.iter().any(|hard| set.name.starts_with(hard));
        assert_eq!(refused(in_f32), expected, "{}", set.name);
    }
}

/// Rows beyond what f32 can count, 2²⁴.
#[test]
fn compensated_moments_of_a_long_stream_have_all_digits() {
    let stream = Stream::new(SHORT);
    assert!(stream.rows() > 1 << 24);
    let f64 = stream.errors::<f64>(Way::Compensated, |x| x);
    let f32 = stream.errors::<f32>(Way::Compensated, |x| x as f32);
    for (errors, epsilon) in [(f64, f64::EPSILON), (f32, f32::EPSILON.into())] {
        println!("{errors:?}");
        // Half a unit in the last place, 10⁶ standard deviations from zero.
        assert!(errors.mean <= 0.5e6 * epsilon);
        for spread in [errors.near_zero, errors.far, errors.drifting] {
            assert!(spread <= 2.0 * epsilon);
        }
        assert_eq!(errors.constant, 0.0);
        assert!(errors.correlation <= 256.0 * epsilon);
    }
}
