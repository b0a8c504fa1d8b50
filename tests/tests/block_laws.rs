//! Rows in blocks: an independent dense mixed model, what shifts of blocks change and what they do not, and how
//! often intervals hold.

use joint_effects::decide::choose::{Aim, Question};
use joint_effects::decide::next::next;
use joint_effects::decide::plan::plans;
use joint_effects::decide::rehearse::{Rehearsal, Scenario, Settings};
use joint_effects::fit::dispatch;
use joint_effects::fit::structured::Workspace;
use joint_effects::log::observations::{Columns, Observations};
use joint_effects::log::table::Table;
use joint_effects::model::fit::{Estimator, fit};
use joint_effects::moments::RegimeMoments;
use joint_effects::{Data, Model, log};
use joint_effects_kernel::Regime;
use joint_effects_kernel::algebra::{packed, vector};
use joint_effects_kernel::allocation::Costs;
use joint_effects_kernel::error::FitError;
use joint_effects_kernel::features::monomials::Monomials;
use joint_effects_kernel::structured::block::{Blocks, Cell, cell_len};
use joint_effects_kernel::structured::gram::{self, Grams};
use joint_effects_kernel::structured::{Known, Sample, posterior};
use joint_effects_tests::average::mean;
use joint_effects_tests::blocks::{Cells, Design, scores};
use joint_effects_tests::compare::largest_difference;
use joint_effects_tests::random::{normals, stream};
use joint_effects_tests::simulate::{self, Rows};
use std::io::Cursor;

const BLOCKS: usize = 6;

/// Which block a row is of, whatever its regime.
fn block(row: usize) -> usize {
    row % BLOCKS
}

/// Rows of two actions, the second moved by the first; `shift` is added to those of a block in a regime.
fn rows(count: usize, shift: impl Fn(usize, usize) -> f64) -> Vec<(Regime, Rows)> {
    draw(7, count, shift)
}

/// What setting both actions does in those rows.
fn truth(setting: &[f64]) -> f64 {
    setting[0] - 0.5 * setting[0] * setting[0] + 0.7 * setting[1]
}

/// [`rows`] of a seed.
fn draw(seed: u64, count: usize, shift: impl Fn(usize, usize) -> f64) -> Vec<(Regime, Rows)> {
    let mut random = stream(seed);
    let regimes = [Regime::OBSERVATIONAL, Regime::single(0), Regime::single(1)];
    let parts = regimes.into_iter().enumerate().map(|(place, regime)| {
        let mut rows = Rows {
            actions: Vec::new(),
            outcomes: Vec::new(),
        };
        for row in 0..count {
            let [cause, own, first, noise] = normals(&mut random, 4).try_into().unwrap();
            let a = if regime.sets(0) { own } else { cause };
            let b = if regime.sets(1) {
                first
            } else {
                first + 0.5 * a
            };
            rows.actions.extend([a, b]);
            let outcome = truth(&[a, b]) + 0.6 * cause + 0.5 * noise;
            rows.outcomes.push(outcome + shift(place, block(row)));
        }
        (regime, rows)
    });
    parts.collect()
}

/// Solves `matrix · x = right` for several right sides, by elimination with pivots.
fn solve(mut matrix: Vec<Vec<f64>>, mut right: Vec<Vec<f64>>) -> Vec<Vec<f64>> {
    let n = matrix.len();
    for i in 0..n {
        let largest = |a: &usize, b: &usize| matrix[*a][i].abs().total_cmp(&matrix[*b][i].abs());
        let pivot = (i..n).max_by(largest).unwrap();
        matrix.swap(i, pivot);
        right.swap(i, pivot);
        for j in 0..n {
            if j == i {
                continue;
            }
            let factor = matrix[j][i] / matrix[i][i];
            for rows in [&mut matrix, &mut right] {
                let pivot = rows[i].clone();
                vector::add_scaled(&mut rows[j], -factor, &pivot);
            }
        }
    }
    for i in 0..n {
        for value in &mut right[i] {
            *value /= matrix[i][i];
        }
    }
    right
}

/// Given the variances, mean and covariance are those of the mixed model with a row for every row; and the
/// variances are a fixed point of expectation maximisation in it.
#[test]
fn the_posterior_is_that_of_a_dense_mixed_model() {
    let shifts = normals(&mut stream(8), 3 * BLOCKS);
    let data = rows(60, |regime, block| {
        shifts[block] + 0.5 * shifts[(regime + 1) % 3 * BLOCKS + block]
    });
    let monomials = Monomials::new(2, 2).unwrap();
    let cells = Cells::of(monomials, &data, |_, row| block(row));
    let (regimes, parts): (Vec<Regime>, Vec<_>) = simulate::regimes(monomials, &data)
        .iter()
        .map(|part| (part.regime, part.total()))
        .unzip();
    let mut workspace = Workspace::default();
    let fit = dispatch::structured(
        monomials,
        &regimes,
        Sample::undivided(&parts),
        cells.known(),
        &mut workspace,
    );
    let fit = fit.unwrap();
    let dispersion = fit.posterior.dispersion;
    assert_eq!(dispersion.blocks.count, BLOCKS);
    let [common, own] = [dispersion.blocks.common, dispersion.blocks.own].map(|c| c.variance);

    // The design, the outcomes and the cells of all rows.
    let (mut design, mut outcomes, mut places) = (Vec::new(), Vec::new(), Vec::new());
    let mut features = vec![0.0; monomials.len()];
    for (place, (regime, rows)) in data.iter().enumerate() {
        for (row, actions) in rows.actions.chunks_exact(2).enumerate() {
            monomials.evaluate(actions, &mut features).unwrap();
            let columns = fit.design.columns().iter().zip(fit.design.polynomials());
            let value = |(column, c): (&_, &[f64])| {
                let column: &joint_effects_kernel::structured::design::Regressor = column;
                let sum: f64 = c.iter().zip(&features).map(|(x, y)| x * y).sum();
                column.sign::<f64>(*regime) * sum
            };
            design.push(columns.map(value).collect::<Vec<f64>>());
            outcomes.push(rows.outcomes[row]);
            places.push((place, block(row)));
        }
    }
    let n = outcomes.len();
    let covariance = |i: usize, j: usize| {
        let same_block = f64::from(u8::from(places[i].1 == places[j].1));
        let same_cell = f64::from(u8::from(places[i] == places[j]));
        let same_row = f64::from(u8::from(i == j));
        dispersion.noise * same_row + common * same_block + own * same_cell
    };
    let v: Vec<Vec<f64>> = (0..n)
        .map(|i| (0..n).map(|j| covariance(i, j)).collect())
        .collect();
    let columns = design[0].len();
    let with_outcome = design.iter().zip(&outcomes);
    let with_outcome: Vec<_> = with_outcome
        .map(|(row, y)| [row.as_slice(), &[*y]].concat())
        .collect();
    let weighted = solve(v.clone(), with_outcome);
    let cross = |i: usize, j: usize| -> f64 { (0..n).map(|r| design[r][i] * weighted[r][j]).sum() };
    let mut precision: Vec<Vec<f64>> = (0..columns)
        .map(|i| (0..columns).map(|j| cross(i, j)).collect())
        .collect();
    for (i, column) in fit.design.columns().iter().enumerate() {
        if let Some(group) = column.group.index(monomials) {
            precision[i][i] += 1.0 / fit.posterior.variances[group];
        }
    }
    let right = (0..columns).map(|i| {
        let unit = (0..columns).map(|j| f64::from(u8::from(i == j)));
        std::iter::once(cross(i, columns)).chain(unit).collect()
    });
    let dense = solve(precision, right.collect());
    for (i, expected) in dense.iter().enumerate() {
        let mean = fit.posterior.mean[i];
        assert!((mean - expected[0]).abs() < 1e-8, "{mean} {}", expected[0]);
        let found = &fit.posterior.covariance[packed::len(i)..packed::len(i + 1)];
        assert!(
            largest_difference(found, &expected[1..=1 + i]) < 1e-9,
            "{i}"
        );
    }

    // The intercepts: prior covariance with the outcomes, times V⁻¹, times what the columns leave.
    let left: Vec<Vec<f64>> = (0..n)
        .map(|r| {
            let fitted: f64 = (0..columns).map(|i| design[r][i] * dense[i][0]).sum();
            vec![outcomes[r] - fitted]
        })
        .collect();
    let weighted_left = solve(v, left);
    let squares = |prior: f64, count: usize, is_of: &dyn Fn(usize, usize) -> bool| {
        let mut sum = 0.0;
        for index in 0..count {
            let of = |r: &usize| is_of(*r, index);
            let mean: f64 = (0..n).filter(of).map(|r| prior * weighted_left[r][0]).sum();
            let loadings: Vec<f64> = (0..columns)
                .map(|i| (0..n).filter(of).map(|r| weighted[r][i]).sum())
                .collect();
            // zᵀ V⁻¹ z, z the intercept's rows, by solving once more.
            let mut information = 0.0;
            let indicator = (0..n).map(|r| vec![f64::from(u8::from(is_of(r, index)))]);
            let v: Vec<Vec<f64>> = (0..n)
                .map(|i| (0..n).map(|j| covariance(i, j)).collect())
                .collect();
            let solved = solve(v, indicator.collect());
            for r in (0..n).filter(of) {
                information += solved[r][0];
            }
            let mut spread = 0.0;
            for i in 0..columns {
                for j in 0..columns {
                    spread += loadings[i] * dense[i][1 + j] * loadings[j];
                }
            }
            sum += mean * mean + prior - prior * prior * (information - spread);
        }
        sum
    };
    let of_block = squares(common, BLOCKS, &|r, index| places[r].1 == index);
    let of_cell = squares(own, 3 * BLOCKS, &|r, index| {
        places[r] == (index / BLOCKS, index % BLOCKS)
    });
    for (variance, squares, count) in [(common, of_block, BLOCKS), (own, of_cell, 3 * BLOCKS)] {
        let next = squares / (count as f64 - 0.5);
        assert!((next / variance - 1.0).abs() < 0.01, "{next} {variance}");
    }
}

/// Cells must be in order, and of blocks and regimes that there are.
#[test]
fn cells_that_make_no_sense_are_refused() {
    let monomials = Monomials::new(2, 2).unwrap();
    let data = simulate::regimes(monomials, &rows(60, |_, _| 0.0));
    let regimes: Vec<Regime> = data.iter().map(|part| part.regime).collect();
    let totals: Vec<_> = data.iter().map(RegimeMoments::total).collect();
    let sums = vec![1.0; 2 * cell_len(monomials.len())];
    let error = |cells: [(usize, usize); 2], sums: &[f64]| {
        let cells = cells.map(|(block, regime)| Cell { block, regime });
        let known = Known {
            blocks: Blocks {
                count: 2,
                cells: &cells,
                sums,
            },
            ..Known::default()
        };
        let mut workspace = Workspace::default();
        dispatch::structured(
            monomials,
            &regimes,
            Sample::undivided(&totals),
            known,
            &mut workspace,
        )
        .err()
    };
    assert_eq!(error([(0, 0), (1, 0)], &sums), None);
    for cells in [
        [(1, 0), (0, 0)],
        [(0, 0), (0, 0)],
        [(0, 0), (2, 0)],
        [(0, 0), (1, 3)],
    ] {
        assert_eq!(
            error(cells, &sums),
            Some(FitError::UnknownCell),
            "{cells:?}"
        );
    }
    let short = error([(0, 0), (1, 0)], &sums[1..]);
    assert!(matches!(short, Some(FitError::Shape(_))));
    let infinite = vec![f64::INFINITY; sums.len()];
    assert_eq!(
        error([(0, 0), (1, 0)], &infinite),
        Some(FitError::NotFinite)
    );
}

/// The table of these rows, with the names of their blocks.
fn table(data: &[(Regime, Rows)], name: impl Fn(usize) -> String) -> Vec<String> {
    data.iter().flat_map(|part| table_of(part, &name)).collect()
}

/// The rows of one regime.
fn table_of((regime, rows): &(Regime, Rows), name: impl Fn(usize) -> String) -> Vec<String> {
    let regime = ["obs", "do(a)", "do(b)"][regime.bits() as usize];
    let each = rows.actions.chunks_exact(2).zip(&rows.outcomes).enumerate();
    let line = |(row, (actions, outcome)): (usize, (&[f64], &f64))| {
        let [a, b] = [actions[0], actions[1]];
        format!("{regime},{a},{b},{outcome},{}\n", name(block(row)))
    };
    each.map(line).collect()
}

fn observations(lines: &[String], block: Option<&str>) -> Observations<Cursor<Vec<u8>>> {
    let text = format!("regime,a,b,y,week\n{}", lines.concat());
    let columns = Columns {
        actions: Some(vec!["a".into(), "b".into()]),
        block: block.map(Into::into),
        ..Columns::new("y")
    };
    let tables = vec![Table::new("log", Cursor::new(text.into_bytes())).unwrap()];
    Observations::new(tables, &columns).unwrap()
}

fn read(lines: &[String], block: Option<&str>) -> Data {
    Data::read(&mut observations(lines, block), 3, |_| ()).unwrap()
}

fn model(data: &Data) -> Model {
    fit(data, Estimator::Structured, None).unwrap()
}

const SETTINGS: [[f64; 2]; 4] = [[0.0, 0.0], [1.0, 0.5], [-1.0, 1.0], [0.5, -1.5]];

/// The joint effects of the settings and their standard errors.
fn effects(model: &Model) -> Vec<[f64; 2]> {
    let joint = Regime::joint(2);
    let each = SETTINGS.iter().map(|setting| {
        let found = model.predict(joint, setting).unwrap();
        [found.effect, found.interval.unwrap().standard_error]
    });
    each.collect()
}

/// Where blocks do not differ, that they are known changes next to nothing.
#[test]
fn blocks_that_are_alike_change_next_to_nothing() {
    let data = rows(600, |_, _| 0.0);
    let lines = table(&data, |block| format!("week {block}"));
    let (without, with) = (read(&lines, None), read(&lines, Some("week")));
    let (without, with) = (model(&without), model(&with));
    let learned = with.structured.as_ref().unwrap();
    let blocks = learned.blocks.unwrap();
    let noise = learned.uncertainty.as_ref().unwrap().noise;
    assert!(blocks.common.variance < 0.01 * noise, "{blocks:?}");
    for ([effect, error], [known, wider]) in effects(&without).into_iter().zip(effects(&with)) {
        assert!(
            (effect - known).abs() < 0.4 * error,
            "{effect} {known} {error}"
        );
        assert!((0.95..1.4).contains(&(wider / error)), "{wider} {error}");
    }
}

/// Where all blocks have rows of all regimes, what is added to the rows of one does not change what settings
/// differ by, and moves the effects by its share of the average block.
#[test]
fn a_shift_of_one_block_moves_the_average_block_alone() {
    const SHIFT: f64 = 3.0;
    let name = |block: usize| format!("week {block}");
    let plain = table(&rows(300, |_, _| 0.0), name);
    let shifted = table(
        &rows(300, |_, block| if block == 2 { SHIFT } else { 0.0 }),
        name,
    );
    let known = |lines: &[String]| effects(&model(&read(lines, Some("week"))));
    let (plain, shifted) = (known(&plain), known(&shifted));
    for (plain, shifted) in plain.iter().zip(&shifted) {
        let moved = shifted[0] - plain[0];
        assert!(
            (moved - SHIFT / BLOCKS as f64).abs() < 0.5 * plain[1],
            "{moved} {plain:?}"
        );
    }
    for (one, next) in [(0, 1), (1, 2), (2, 3)] {
        let change = shifted[one][0] - shifted[next][0] - (plain[one][0] - plain[next][0]);
        assert!(
            change.abs() < 0.1 * plain[one][1],
            "{change} {:?}",
            plain[one]
        );
    }
}

/// Neither the names nor the order of blocks matter, nor into which parts rows are cut.
#[test]
fn names_order_and_parts_do_not_matter() {
    let data = rows(120, |_, block| block as f64);
    let lines = table(&data, |block| format!("week {block}"));
    let whole = read(&lines, Some("week"));
    let expected = effects(&model(&whole));
    let others = table(&data, |block| {
        ["x", "é", "3", "w v", "0", "-1"][block].into()
    });
    // The first rows settle units, so these stay where they are.
    let reversed: Vec<_> = others.iter().rev().cloned().collect();
    let mut merged = whole.without_rows();
    for part in [&lines[200..], &lines[..200]] {
        let part = read(part, Some("week"));
        merged.merge(&part).unwrap();
    }
    for data in [
        read(&others, Some("week")),
        read(&reversed, Some("week")),
        merged,
    ] {
        for (expected, found) in expected.iter().zip(effects(&model(&data))) {
            assert!(
                (expected[0] - found[0]).abs() < 1e-6,
                "{expected:?} {found:?}"
            );
            assert!(
                (expected[1] - found[1]).abs() < 1e-6,
                "{expected:?} {found:?}"
            );
        }
    }
    let unblocked = read(&lines, None);
    let mismatch = whole.clone().merge(&unblocked).unwrap_err();
    assert_eq!(mismatch.quantity, "the column of blocks");
}

/// Intervals hold the effect in an average block where rows share shifts; without blocks they hold it less often.
#[test]
fn intervals_hold_where_rows_share_shifts() {
    for (design, least) in [
        (Design::Shared(10), 0.93),
        (Design::Own(10), 0.93),
        (Design::Apart, 0.88),
        (Design::Bridged, 0.88),
    ] {
        let [without, with] = scores(0..40, 300, design, 0.1);
        println!("{design:?}: {without:?} {with:?}");
        assert!(
            without.coverage + 0.03 < with.coverage && with.coverage > least,
            "{design:?}"
        );
        assert!(with.error < 1.02 * without.error, "{design:?}");
    }
    let [without, with] = scores(0..40, 300, Design::Shared(10), 0.0);
    println!("no shifts: {without:?} {with:?}");
    assert!(with.width < 1.1 * without.width && with.error < 1.05 * without.error);
}

const COSTS: Costs<f64> = Costs {
    observational: 1.0,
    single: 2.0,
};

/// What is planned and asked of data: the rows of a plan and its standard error, and what each experiment would be
/// worth and would leave.
fn decided(data: &Data) -> Vec<f64> {
    let plan = plans(data, 3_000.0, COSTS).unwrap().structured;
    let rows = plan.allocation;
    let asked = next(data, &Question::new(Aim::Maximise), 200, COSTS).unwrap();
    let mut experiments = asked.experiments;
    experiments.sort_by_key(|experiment| experiment.regime);
    let of_plan = [rows.observational, rows.single, plan.standard_error];
    let of_experiments = experiments
        .iter()
        .flat_map(|experiment| [experiment.value, experiment.standard_error]);
    of_plan.into_iter().chain(of_experiments).collect()
}

/// Plans and experiments are the same whatever blocks are called and in whatever order they come, and with one block
/// alone what they are without. The estimator that knows nothing of blocks has no plan for them.
#[test]
fn decisions_are_the_same_whatever_blocks_are_called() {
    let data = rows(120, |_, block| 0.4 * block as f64);
    let lines = table(&data, |block| format!("week {block}"));
    let known = read(&lines, Some("week"));
    let others = table(&data, |block| {
        ["x", "é", "3", "w v", "0", "-1"][block].into()
    });
    let reversed: Vec<_> = others.iter().rev().cloned().collect();
    let expected = decided(&known);
    for lines in [&others, &reversed] {
        let found = decided(&read(lines, Some("week")));
        for (expected, found) in expected.iter().zip(found) {
            let close = (expected - found).abs() < 1e-5 * expected.abs() + 1e-9;
            assert!(close, "{expected} {found}");
        }
    }
    let all_in_one = read(&table(&data, |_| "all".into()), Some("week"));
    let without = read(&lines, None);
    assert_eq!(decided(&all_in_one), decided(&without));
    assert_ne!(decided(&without), expected);
    let separate = |data: &Data| plans(data, 3_000.0, COSTS).unwrap().separate;
    assert!(separate(&known).is_none() && separate(&without).is_some());
}

/// Of the rows there are, what is expected is what they gave; twice the rows of a regime are its rows twice; so many times
/// all rows are as good as a noise variance that is so many times smaller; and rows without end leave what few blocks do not tell.
#[test]
fn more_rows_do_not_replace_more_blocks() {
    let monomials = Monomials::new(2, 3).unwrap();
    let shift = |_, block| 0.7 * block as f64;
    let data = rows(60, shift);
    let parts = simulate::regimes(monomials, &data);
    let regimes: Vec<Regime> = parts.iter().map(|part| part.regime).collect();
    let totals: Vec<_> = parts.iter().map(RegimeMoments::total).collect();
    let cells = Cells::of(monomials, &data, |_, row| block(row));
    let mut workspace = Workspace::default();
    let known = cells.known();
    let fit = dispatch::structured(
        monomials,
        &regimes,
        Sample::undivided(&totals),
        known,
        &mut workspace,
    )
    .unwrap();
    let columns = fit.design.columns().len();
    let expected_of =
        |grams: &Grams<'_, f64>, blocks: Blocks<'_, f64>, rows: [f64; 3], noise: f64| {
            let mut covariance = vec![0.0; packed::len(columns)];
            let len = posterior::expected_scratch_len(monomials, columns, blocks);
            let mut posterior = fit.posterior;
            posterior.dispersion.noise = noise;
            posterior::expected_covariance(
                grams,
                blocks,
                &fit.design,
                &posterior,
                |regime| rows[regime.bits() as usize],
                &mut covariance,
                &mut vec![0.0; len],
            )
            .unwrap();
            covariance
        };
    let expected = |rows, noise| expected_of(&fit.grams, fit.blocks, rows, noise);
    let noise = fit.posterior.dispersion.noise;
    let now = fit.posterior.covariance;
    let largest = now.iter().fold(0.0, |most: f64, x| most.max(x.abs()));
    assert!(largest_difference(&expected([1.0; 3], noise), now) < 1e-9 * largest);
    let (more, less) = (expected([3.0; 3], noise), expected([1.0; 3], noise / 3.0));
    assert!(largest_difference(&more, &less) < 1e-9 * largest);

    // The rows of one regime twice.
    let mut twice = rows(60, shift);
    let (_, again) = &mut twice[1];
    again.actions.extend_from_within(..);
    again.outcomes.extend_from_within(..);
    let totals: Vec<_> = simulate::regimes(monomials, &twice)
        .iter()
        .map(RegimeMoments::total)
        .collect();
    let mut products = vec![0.0; regimes.len() * gram::len(monomials.len())];
    let grams = Grams::new(monomials.len(), &regimes, &totals, &mut products).unwrap();
    let cells = Cells::of(monomials, &twice, |_, row| block(row));
    let found = expected_of(&grams, cells.known().blocks, [1.0; 3], noise);
    let planned = expected([1.0, 2.0, 1.0], noise);
    assert!(largest_difference(&found, &planned) < 1e-9 * largest);

    let mut scratch = vec![0.0; fit.expected_variance_scratch_len()];
    let mut variance = |rows: f64| fit.expected_variance(|_| rows, &mut scratch).unwrap();
    let all = [1.0, 4.0, 1e6].map(&mut variance);
    assert!(all.is_sorted_by(|few, many| few > many), "{all:?}");
    let common = fit.posterior.dispersion.blocks.common.variance;
    let floor = fit.inflation * common / BLOCKS as f64;
    assert!(
        all[2] > 0.99 * floor && all[2] < 1.5 * floor,
        "{all:?} {floor}"
    );
}

/// More rows that are again in the blocks of their regime leave the standard error that was expected, but for the
/// variances, which are estimated anew.
#[test]
fn a_fit_of_more_rows_is_as_sure_as_was_expected() {
    let shift = |_, block| [0.3, -0.4, 0.1, 0.5, -0.2, -0.3][block];
    let lines = |data: &[_]| table(data, |block| format!("week {block}"));
    let data = rows(300, shift);
    let now = read(&lines(&data), Some("week"));
    let asked = next(&now, &Question::new(Aim::Target(0.3)), 300, COSTS).unwrap();
    let more = &draw(8, 300, shift)[2..];
    let both = [
        lines(&data),
        table_of(&more[0], |block| format!("week {block}")),
    ]
    .concat();
    let model = model(&read(&both, Some("week")));
    let found = model.predict(Regime::joint(2), &asked.setting).unwrap();
    let found = found.interval.unwrap().standard_error;
    let regime = Regime::single(1);
    let mut experiments = asked.experiments.iter();
    let expected = experiments.find(|part| part.regime == regime).unwrap();
    let expected = expected.standard_error;
    assert!((found / expected - 1.0).abs() < 0.1, "{found} {expected}");
    assert!(expected < asked.standard_error);
}

/// A rehearsal of rows in blocks predicts the error of effects in an average block, of which one without blocks
/// knows little.
#[test]
fn a_rehearsal_predicts_the_error_in_blocks() {
    const LOGS: u64 = 12;
    const DEVIATION: f64 = 0.5;
    let settings = Settings {
        degree: 3,
        seed: 0,
        interaction: 0.2,
        shared_cause: 0.2,
    };
    let rehearsed = |lines: &[String], block: Option<&str>| {
        let rows = log::rows::Rows::read(&mut observations(lines, block), |_| ()).unwrap();
        let rehearsal = Rehearsal::new(&rows, settings).unwrap();
        let trial = |repetition| {
            let trial = rehearsal.run(Scenario::Additive, repetition, |_, _| false);
            trial.unwrap()
        };
        let trials: Vec<_> = (0..8).map(trial).collect();
        let squares: Vec<_> = trials.iter().map(|trial| trial.error.powi(2)).collect();
        let coverage: Vec<_> = trials.iter().map(|trial| trial.coverage).collect();
        [mean(&squares), mean(&coverage)]
    };
    let (mut actual, mut known, mut unknown) = (Vec::new(), Vec::new(), Vec::new());
    let mut coverage = Vec::new();
    for seed in 0..LOGS {
        let shifts = normals(&mut stream(100 + seed), BLOCKS);
        let data = draw(seed, 120, |_, block| DEVIATION * shifts[block]);
        let lines = table(&data, |block| format!("week {block}"));
        let model = model(&read(&lines, Some("week")));
        let drawn = normals(&mut stream(200 + seed), 200);
        let settings = drawn.chunks_exact(2);
        let squares = settings.map(|setting| {
            let found = model.predict(Regime::joint(2), setting).unwrap();
            (found.effect - truth(setting)).powi(2)
        });
        actual.push(mean(&squares.collect::<Vec<_>>()));
        let [square, held] = rehearsed(&lines, Some("week"));
        known.push(square);
        coverage.push(held);
        unknown.push(rehearsed(&lines, None)[0]);
    }
    let [actual, known, unknown] = [actual, known, unknown].map(|squares| mean(&squares).sqrt());
    let coverage = mean(&coverage);
    println!(
        "error {actual:.3}, rehearsed {known:.3} with blocks, {unknown:.3} without; {coverage:.3} hold"
    );
    assert!((0.5..2.0).contains(&(known / actual)));
    assert!(coverage > 0.85 && unknown < 0.8 * known);
}

/// Whatever blocks are called, the same outcomes are drawn.
#[test]
fn a_rehearsal_is_the_same_whatever_blocks_are_called() {
    let data = rows(60, |_, block| 0.4 * block as f64);
    let settings = Settings {
        degree: 2,
        seed: 3,
        interaction: 0.2,
        shared_cause: 0.2,
    };
    let played = |lines: &[String], block: Option<&str>| {
        let rows = log::rows::Rows::read(&mut observations(lines, block), |_| ()).unwrap();
        let rehearsal = Rehearsal::new(&rows, settings).unwrap();
        Scenario::ALL.map(|scenario| rehearsal.run(scenario, 1, |_, _| false).unwrap())
    };
    let lines = table(&data, |block| format!("week {block}"));
    let others = table(&data, |block| {
        ["x", "é", "3", "w v", "0", "-1"][block].into()
    });
    let known = played(&lines, Some("week"));
    assert_eq!(known, played(&others, Some("week")));
    assert_ne!(known, played(&lines, None));
}
