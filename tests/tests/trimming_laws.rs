//! Far rows, and what near rows alone say.

use joint_effects::app::lab::scm::Family;
use joint_effects::moments::RegimeMoments;
use joint_effects_kernel::Regime;
use joint_effects_kernel::features::monomials::Monomials;
use joint_effects_kernel::structured::Known;
use joint_effects_tests::compare::relative_distance;
use joint_effects_tests::feed;
use joint_effects_tests::log;
use joint_effects_tests::simulate::{self, Simulation};
use joint_effects_tests::{random, structured};
use rand::RngExt;
use rand_distr::StandardNormal;
use std::fmt::Write;

const REGIMES: [&str; 3] = ["obs", "do(a)", "do(b)"];

/// Rows of two actions of heavy tails, each of a hidden cause that moves the outcome along a curve that levels off far
/// out, as no cubic does.
fn drawn(seed: u64, rows: usize) -> String {
    let mut random = random::stream(seed);
    let mut table = String::from("regime,a,b,y\n");
    for _ in 0..rows {
        for regime in REGIMES {
            let mut normal = || random.sample::<f64, _>(StandardNormal);
            let mut outcome = 0.2 * normal();
            let mut actions = [0.0; 2];
            for (action, name) in actions.iter_mut().zip(["(a)", "(b)"]) {
                let hidden = normal().powi(3) / 2.0;
                let (alone, set) = (hidden + 0.3 * normal(), normal());
                *action = if regime.contains(name) { set } else { alone };
                outcome += 4.0 * (hidden / 4.0).tanh();
            }
            let [a, b] = actions;
            outcome += 0.5 * a - 0.3 * b;
            writeln!(table, "{regime},{a},{b},{outcome}").unwrap();
        }
    }
    table
}

/// Near and far rows together are all rows, fold by fold.
#[test]
fn near_and_far_rows_are_all_rows() {
    let table = drawn(1, 1000);
    let data = log::read(&table, 3);
    let near = data.near.clone().unwrap();
    let rows = table.lines().skip(1).map(|line| {
        let cells: Vec<_> = line.split(',').collect();
        let numbers: Vec<f64> = cells[1..]
            .iter()
            .map(|cell| cell.parse().unwrap())
            .collect();
        let place = REGIMES
            .iter()
            .position(|regime| *regime == cells[0])
            .unwrap();
        (Regime::from_bits([0, 1, 2][place]), numbers)
    });
    let rows: Vec<_> = rows.collect();
    let far = |regime: Regime| {
        let own = rows.iter().filter(|(of, _)| *of == regime);
        own.filter(|(_, row)| near.is_far(regime, &row[..2]))
            .count() as u64
    };
    assert!(data.far_rows() > 20);
    for part in &data.regimes {
        assert_eq!(part.count(), 1000);
        assert_eq!(
            part.far.iter().map(|fold| fold.count()).sum::<u64>(),
            far(part.regime)
        );
        let own = rows.iter().filter(|(regime, _)| *regime == part.regime);
        let (actions, outcomes): (Vec<_>, Vec<_>) =
            own.map(|(_, row)| (row[..2].to_vec(), row[2])).unzip();
        let (shift, factor) = (data.basis.shift(), data.basis.factor());
        let standardised = actions.iter().flat_map(|row| {
            let each = row.iter().zip(shift).zip(factor);
            each.map(|((value, shift), factor)| (value - shift) * factor)
        });
        let standardised: Vec<_> = standardised.collect();
        let monomials = Monomials::new(2, 3).unwrap();
        for fold in 0..3 {
            let dealt = |values: &[f64], width: usize| -> Vec<f64> {
                let dealt = values.chunks_exact(width).skip(fold).step_by(3);
                dealt.flatten().copied().collect()
            };
            let all = feed::by_rows(monomials, &dealt(&standardised, 2), &dealt(&outcomes, 1));
            let together = &part.folds()[fold];
            assert_eq!(together.count(), all.count());
            assert!(relative_distance(together.buffer(), all.buffer()) < 1e-12);
        }
    }
}

/// A fit of near rows that are all rows is that of all rows.
#[test]
fn where_no_row_is_far_nothing_moves() {
    let data = log::read(&drawn(2, 400), 3);
    let monomials = data.basis.monomials();
    let parts = data.regimes.iter().map(|part| (part.regime, part.total()));
    let parts: Vec<_> = parts.collect();
    let near: Vec<_> = parts.iter().map(|(_, part)| part.clone()).collect();
    let alone = structured::fit(monomials, &parts).unwrap();
    let beside = structured::fit_with_near(monomials, &parts, Some(&near)).unwrap();
    assert_eq!(alone.near_share, None);
    assert!(beside.near_share.is_some());
    for regime in [0, 1, 2, 3].map(Regime::from_bits) {
        let (these, those) = (alone.effect(regime), beside.effect(regime));
        assert!(relative_distance(&these.0, &those.0) < 1e-9, "{regime}");
        assert!(relative_distance(&these.1, &those.1) < 1e-9, "{regime}");
    }
}

/// With many rows, near rows tell the joint effect better than all rows do: changes γ_k are no polynomials, and far rows
/// show it most.
#[test]
fn far_rows_do_not_bend_the_joint_effect() {
    let monomials = Monomials::new(5, 3).unwrap();
    let (mut divided, mut whole) = (0.0, 0.0);
    for seed in 100..108 {
        let simulation = Simulation::draw(Family::Polynomial, 5, seed);
        let data = simulate::regimes(monomials, &simulation.training(50_000));
        let mut undivided = data.clone();
        undivided.iter_mut().for_each(RegimeMoments::undivide);
        let [near, all] = [&data, &undivided].map(|data| {
            let model = simulate::of_moments(feed::as_they_are(monomials), data, Known::default());
            let compared = simulation.compare(&model, 500);
            let squares = compared
                .iter()
                .map(|(found, truth)| (found.effect - truth).powi(2));
            let error = (squares.sum::<f64>() / 500.0).sqrt();
            (error, model.structured.unwrap().near_share)
        });
        assert!(near.1.is_some_and(|share| (0.0..=1.0).contains(&share)));
        assert_eq!(all.1, None);
        divided += near.0;
        whole += all.0;
    }
    assert!(divided < 0.8 * whole, "{divided} {whole}");
}
