//! Moments of parts, merged, are the moments of the whole.

#![cfg(feature = "app")]

use crate::program::{self, succeed};
use joint_effects::log::blocks::BlockNames;
use joint_effects::log::observations::{Columns, Observations};
use joint_effects::log::table::Table;
use joint_effects::model::Model;
use joint_effects::moments::blocks::Blocks;
use joint_effects::moments::data::Data;
use joint_effects::moments::degree::BOUNDED;
use joint_effects::moments::{Range, RegimeMoments};
use joint_effects::{model_file, moments_file};
use joint_effects_kernel::Regime;
use joint_effects_kernel::features::monomials::Basis;
use joint_effects_kernel::predict::scale::Scale;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use tempfile::TempDir;

const ESTIMATORS: [&str; 4] = ["observational", "separate", "indicator", "structured"];

/// The header and the rows of a simulated log, its regimes mixed.
fn simulated(directory: &Path, rows: usize) -> (String, Vec<String>) {
    let arguments = format!("simulate --actions 3 --rows {rows} --test-rows 20 --seed 5 -o .");
    succeed(directory, &arguments);
    let log = fs::read_to_string(directory.join("data.csv")).unwrap();
    let mut lines = log.lines().map(String::from);
    let header = lines.next().unwrap();
    let lines: Vec<_> = lines.collect();
    // A stride without common factors visits every row once.
    let stride = 7919;
    assert!(lines.len() % stride != 0);
    let mixed = (0..lines.len()).map(|row| lines[row * stride % lines.len()].clone());
    (header, mixed.collect())
}

fn write(directory: &Path, name: &str, header: &str, rows: &[String]) {
    let table = format!("{header}\n{}\n", rows.join("\n"));
    fs::write(directory.join(name), table).unwrap();
}

fn bytes(directory: &Path, name: &str) -> Vec<u8> {
    fs::read(directory.join(name)).unwrap()
}

fn model(directory: &Path, arguments: &str) -> Model {
    succeed(directory, &format!("fit {arguments} -o m.json"));
    model_file::read(directory.join("m.json")).unwrap()
}

/// Predictions of every regime at a few points are the same but for rounding.
fn assert_alike(these: &Model, those: &Model, context: &str) {
    assert_eq!(these.actions, those.actions, "{context}");
    assert_eq!(these.outcome, those.outcome, "{context}");
    let summary = |model: &Model| {
        let parts = model.regimes.iter();
        let parts = parts.map(|part| (part.regime, part.rows, part.alpha, part.ranges.clone()));
        parts.collect::<Vec<_>>()
    };
    assert_eq!(summary(these), summary(those), "{context}");
    for bits in 0..8 {
        let regime = Regime::from_bits(bits);
        for point in [[0.1, -0.2, 0.3], [-0.4, 0.2, 0.0]] {
            let [this, that] =
                [these, those].map(|model| model.predict(regime, &point).unwrap().effect);
            assert!(
                (this - that).abs() < 1e-9 * (1.0 + that.abs()),
                "{context}, {regime}: {this} {that}"
            );
        }
    }
}

#[test]
fn a_file_gives_the_very_model_of_its_table() {
    let directory = TempDir::new().unwrap();
    let here = directory.path();
    let (header, rows) = simulated(here, 400);
    write(here, "log.csv", &header, &rows);
    succeed(here, "moments log.csv --outcome y -o log.moments");
    for estimator in ESTIMATORS {
        let flags = format!("--outcome y --estimator {estimator}");
        let table = succeed(here, &format!("fit log.csv {flags} -o table.json"));
        let moments = succeed(here, &format!("fit log.moments {flags} -o moments.json"));
        assert_eq!(table, moments, "{estimator}");
        assert!(
            bytes(here, "table.json") == bytes(here, "moments.json"),
            "{estimator}"
        );
    }
    let table = succeed(here, "plan log.csv --outcome y --budget 900");
    assert_eq!(succeed(here, "plan log.moments --budget 900"), table);
}

#[test]
fn parts_give_the_model_of_the_whole() {
    let directory = TempDir::new().unwrap();
    let here = directory.path();
    let (header, rows) = simulated(here, 700);
    write(here, "whole.csv", &header, &rows);
    // No part has a multiple of three rows of a regime, and the last has few; the first has the rows
    // from which the standardisation is taken.
    for cuts in [[1024, 2797], [1500, 1501], [2222, 2700]] {
        let parts = [&rows[..cuts[0]], &rows[cuts[0]..cuts[1]], &rows[cuts[1]..]];
        for (part, name) in parts.into_iter().zip(["a", "b", "c"]) {
            write(here, &format!("{name}.csv"), &header, part);
        }
        succeed(here, "moments a.csv --outcome y -o a.moments");
        for name in ["b", "c"] {
            succeed(
                here,
                &format!("moments {name}.csv --like a.moments -o {name}.moments"),
            );
        }
        succeed(here, "moments a.moments b.moments -o ab.moments");
        succeed(here, "moments b.moments c.csv -o bc.moments");
        for estimator in ESTIMATORS {
            let fit =
                |data: &str| model(here, &format!("{data} --outcome y --estimator {estimator}"));
            let whole = fit("whole.csv");
            let ways = [
                "a.moments b.moments c.moments",
                "a.moments b.csv c.csv",
                "ab.moments c.moments",
                "a.moments bc.moments",
            ];
            for way in ways {
                assert_alike(
                    &fit(way),
                    &whole,
                    &format!("{way}, {estimator}, cut at {cuts:?}"),
                );
            }
            let tables = fit("a.csv b.csv c.csv");
            assert_eq!(tables, whole, "{estimator}, cut at {cuts:?}");
        }
        // In another order rows fall into other folds, which only cross-validation sees.
        let whole = model(here, "whole.csv --outcome y");
        for order in [
            "c.moments a.moments b.moments",
            "b.moments c.moments a.moments",
        ] {
            assert_alike(&model(here, order), &whole, order);
        }
    }
}

fn data(log: &str) -> Data {
    to_degree(log, Some(2))
}

fn to_degree(log: &str, degree: Option<usize>) -> Data {
    let columns = Columns::new("Grüße, n");
    let table = Table::new("log", log.as_bytes()).unwrap();
    let mut rows = Observations::new(vec![table], &columns).unwrap();
    Data::read(&mut rows, degree, |_| ()).unwrap()
}

#[test]
fn names_and_bits_are_kept() {
    let log =
        "regime,dark green,\"f(x), 2\",\"Grüße, n\"\nobs,1e-300,2,3\n\"do(f(x), 2)\",0.1,-7,-0\n";
    let data = data(log);
    let bytes = moments_file::encode(&data);
    let again = moments_file::decode(&bytes).unwrap();
    assert_eq!(again, data);
    assert_eq!(moments_file::encode(&again), bytes);
    assert_eq!(again.actions, ["dark green", "f(x), 2"]);
    assert_eq!(again.outcome, "Grüße, n");

    // No rows, no regimes.
    let none = data.without_rows();
    let again = moments_file::decode(&moments_file::encode(&none)).unwrap();
    assert_eq!(again, none);
    let mut merged = none;
    merged.merge(&data).unwrap();
    assert_eq!(merged, data);
}

#[test]
fn levels_weights_and_the_scale_travel() {
    let directory = TempDir::new().unwrap();
    let here = directory.path();
    let row = |row: u32| {
        let regime = ["obs", "do(heat)", "do(fabric)"][row as usize % 3];
        let heat = f64::from(row * 7 % 23) / 7.0;
        let fabric = row * 5 % 3;
        let y = (0.3 * heat + f64::from(fabric) + f64::from(row % 13) / 20.0).exp();
        let name = ["silk", "wool", "linen"][fabric as usize];
        format!("{regime},{heat},{name},{},{y}", 1 + row % 4)
    };
    let rows: Vec<_> = (0..900).map(row).collect();
    let header = "regime,heat,fabric,n,y";
    write(here, "whole.csv", header, &rows);
    write(here, "a.csv", header, &rows[..500]);
    write(here, "b.csv", header, &rows[500..]);
    let flags = "--outcome y --categorical fabric --weight n --scale log";
    succeed(here, &format!("moments a.csv {flags} -o a.moments"));
    succeed(
        here,
        "moments b.csv --like a.moments --weight n -o b.moments",
    );
    let whole = model(here, &format!("whole.csv {flags}"));
    assert_eq!(whole.scale, Scale::Log);
    for parts in ["a.moments b.moments", "a.moments b.csv --weight n"] {
        let parts = model(here, parts);
        assert_eq!(
            (&parts.levels, parts.scale),
            (&whole.levels, whole.scale),
            "levels and scale"
        );
        for fabric in 0..3 {
            let point = [1.5, f64::from(fabric)];
            let [this, that] = [&parts, &whole].map(|model| {
                let prediction = model.predict(Regime::joint(2), &point).unwrap();
                (
                    prediction.effect,
                    prediction.interval.unwrap().standard_error,
                )
            });
            assert!((this.0 - that.0).abs() < 1e-9 * that.0);
            assert!((this.1 - that.1).abs() < 1e-6 * that.1);
        }
    }
    // The first level is another one.
    succeed(here, &format!("moments b.csv {flags} -o other.moments"));
    let refused = program::run(here, "fit a.moments other.moments");
    let stderr = String::from_utf8(refused.stderr).unwrap();
    assert_eq!(refused.status.code(), Some(2));
    assert!(
        stderr.contains("as in a.moments; moments --like makes them alike"),
        "{stderr}"
    );
}

/// A log of two actions in nine weeks, each of which shifts its rows; a file has three weeks, of which the last is
/// the first of the next file.
fn in_weeks() -> [Vec<String>; 3] {
    let row = |row: u32| {
        let regime = ["obs", "do(heat)", "do(speed)"][row as usize % 3];
        let [heat, speed, noise] = [7, 5, 11].map(|step| f64::from(row * step % 101) / 50.0 - 1.0);
        let week = row / 240;
        let shift = f64::from(week * 5 % 7);
        let y = heat + speed * speed + 0.1 * noise + shift;
        format!("{regime},{heat},{speed},week {week},{y}")
    };
    [0..600, 600..1320, 1320..2160].map(|rows| rows.map(row).collect())
}

#[test]
fn blocks_travel_and_are_matched_by_name() {
    let directory = TempDir::new().unwrap();
    let here = directory.path();
    let header = "regime,heat,speed,week,y";
    let parts = in_weeks();
    write(here, "whole.csv", header, &parts.concat());
    for (name, part) in ["a", "b", "c"].into_iter().zip(&parts) {
        write(here, &format!("{name}.csv"), header, part);
    }
    succeed(here, "moments a.csv --outcome y --block week -o a.moments");
    // The column is that of the moments before, and may be said again.
    succeed(here, "moments b.csv --like a.moments -o b.moments");
    succeed(
        here,
        "moments c.csv --like a.moments --block week -o c.moments",
    );
    succeed(here, "moments b.moments c.csv -o bc.moments");

    let whole = model(here, "whole.csv --outcome y --block week");
    let of_blocks = |model: &Model| model.structured.as_ref().unwrap().blocks.unwrap();
    assert_eq!(of_blocks(&whole).count, 9);
    for files in [
        "a.moments b.moments c.moments",
        "c.moments a.moments b.moments",
        "bc.moments a.moments",
        "a.moments b.csv c.csv",
    ] {
        let parts = model(here, files);
        assert_eq!(of_blocks(&parts).count, 9, "{files}");
        for point in [[0.3, -0.7], [-0.5, 0.9]] {
            let [(this, error), (that, expected)] = [&parts, &whole].map(|model| {
                let prediction = model.predict(Regime::joint(2), &point).unwrap();
                let interval = prediction.interval.unwrap();
                (prediction.effect, interval.standard_error)
            });
            assert!(
                (this - that).abs() < 1e-6 * that.abs(),
                "{files}: {this} {that}"
            );
            assert!(
                (error / expected - 1.0).abs() < 1e-6,
                "{files}: {error} {expected}"
            );
        }
    }

    // One file of all of them gives the very model of their table.
    succeed(
        here,
        "moments whole.csv --outcome y --block week -o whole.moments",
    );
    let table = succeed(here, "fit whole.csv --outcome y --block week -o table.json");
    assert_eq!(table, succeed(here, "fit whole.moments -o moments.json"));
    assert!(bytes(here, "table.json") == bytes(here, "moments.json"));
    let diagnosed = succeed(here, "diagnose whole.csv --outcome y --block week");
    assert_eq!(succeed(here, "diagnose whole.moments"), diagnosed);

    // A week alone can be merged, but not fitted.
    write(here, "week.csv", header, &parts[0][..240]);
    succeed(here, "moments week.csv --like a.moments -o week.moments");
    let refused = program::run(here, "fit week.moments");
    let said = String::from_utf8(refused.stderr).unwrap();
    assert!(said.contains("the block \"week\" never varies"), "{said}");
}

/// Merging adds what is known of a block to what is known of the block of that name, in whatever order.
#[test]
fn the_sums_of_a_block_do_not_depend_on_the_order_of_merging() {
    let data = in_blocks("obs,1,2,late\nobs,2,4,early\ndo(x),3,5,late\n");
    let other = in_blocks("do(x),5,1,early\nobs,7,3,later\nobs,4,2,late\n");
    let by_name = |data: &Data| {
        let blocks = data.blocks.clone().unwrap();
        let names = blocks.names.names();
        let cells = blocks.cells.iter();
        let cells =
            cells.map(|(&(block, regime), sums)| ((names[block].clone(), regime), sums.clone()));
        cells.collect::<BTreeMap<_, _>>()
    };
    let merged = [(&data, &other), (&other, &data)].map(|(first, second)| {
        let mut merged = first.clone();
        merged.merge(second).unwrap();
        by_name(&merged)
    });
    assert_eq!(merged[0], merged[1]);
    let late = ("late".to_string(), Regime::OBSERVATIONAL);
    // Of one more than there are rows: the constant, x, x² and the outcome.
    assert_eq!(merged[0][&late], [2.0, 5.0, 17.0, 4.0]);
    assert_eq!(merged[0].len(), 5);
}

/// A log of x and the outcome in blocks, over the powers of x itself, which rows at −1 and 1 standardise.
fn in_blocks(rows: &str) -> Data {
    let of = |log: &str, like: Option<Data>| {
        let columns = Columns {
            block: Some("time".into()),
            ..Columns::new("y")
        };
        let table = Table::new("log", log.as_bytes()).unwrap();
        let mut rows = Observations::new(vec![table], &columns).unwrap();
        match like {
            Some(like) => like.with_rows(&mut rows, |_| ()),
            None => Data::read(&mut rows, 2, |_| ()),
        }
    };
    let like = of("regime,x,y,time\nobs,-1,0,none\nobs,1,1,none\n", None);
    let like = like.unwrap().without_rows();
    of(&format!("regime,x,y,time\n{rows}"), Some(like)).unwrap()
}

/// Blocks that no rows can have.
#[test]
fn impossible_blocks_are_refused() {
    let data = in_blocks("obs,1,2,late\nobs,2,4,early\ndo(x),3,5,late\n");
    assert_eq!(
        moments_file::decode(&moments_file::encode(&data)).unwrap(),
        data
    );
    let refused = |spoil: &dyn Fn(&mut Blocks), expected: &str| {
        let mut spoilt = data.clone();
        spoil(spoilt.blocks.as_mut().unwrap());
        let error = moments_file::decode(&moments_file::encode(&spoilt)).unwrap_err();
        assert_eq!(error.to_string(), expected);
    };
    let names = |names: &[&str]| {
        BlockNames::from(
            names
                .iter()
                .map(|name| name.to_string())
                .collect::<Vec<_>>(),
        )
    };
    let first = (0, Regime::OBSERVATIONAL);
    refused(
        &|blocks| blocks.column = "x".into(),
        "blocks.column: expected a name of its own",
    );
    refused(
        &|blocks| blocks.column.clear(),
        "blocks.column: expected a name of its own",
    );
    let expected = "blocks.names: expected at most 10000 different names";
    refused(&|blocks| blocks.names = names(&["late", "late"]), expected);
    refused(&|blocks| blocks.names = names(&["late", ""]), expected);
    let expected = "blocks.cells: expected rows of every block";
    refused(
        &|blocks| blocks.names = names(&["late", "early", "never"]),
        expected,
    );
    refused(&|blocks| blocks.cells.clear(), expected);
    let expected = "blocks.cells: expected blocks and regimes of the file";
    refused(&|blocks| blocks.names = names(&["late"]), expected);
    refused(
        &|blocks| drop(blocks.cells.insert((0, Regime::from_bits(2)), vec![1.0; 4])),
        expected,
    );
    refused(
        &|blocks| {
            drop(
                blocks
                    .cells
                    .insert((usize::MAX, Regime::OBSERVATIONAL), vec![1.0; 4]),
            )
        },
        expected,
    );
    let expected = "blocks.cells: expected 4 numbers, the first above 0";
    refused(
        &|blocks| drop(blocks.cells.insert(first, vec![1.0; 3])),
        expected,
    );
    refused(
        &|blocks| drop(blocks.cells.insert(first, vec![0.0; 4])),
        expected,
    );
    refused(
        &|blocks| drop(blocks.cells.insert(first, vec![1.0, 1.0, f64::NAN, 1.0])),
        expected,
    );
}

/// What the versions before have written, which have the same moments, none of them within bounds, two none of far rows,
/// and one no blocks.
#[test]
fn the_versions_before_are_read() {
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let log = fs::read(golden.join("log.csv")).unwrap();
    let columns = Columns {
        actions: Some(vec!["red".into(), "dark green".into(), "counts".into()]),
        ..Columns::new("brightness")
    };
    let table = Table::new("log", log.as_slice()).unwrap();
    let mut rows = Observations::new(vec![table], &columns).unwrap();
    let mut data = Data::read(&mut rows, 2, |_| ()).unwrap();
    assert!(data.near.is_some());
    for version in [4, 3, 2] {
        if version < 4 {
            data.undivide();
        }
        let name = format!("version-{version}.moments");
        assert_eq!(fs::read(golden.join(&name)).unwrap()[4], version);
        let old = moments_file::read(golden.join(name)).unwrap();
        assert_eq!(old, data);
        assert_eq!(moments_file::encode(&old)[4], moments_file::VERSION);
    }
}

fn log_of_heavy_tails(rows: std::ops::Range<u32>) -> String {
    let row = |row: u32| {
        let spread = |by: u32| (f64::from(row * by % 1009) / 504.5 - 1.0).powi(5);
        let regime = ["obs", "do(x)"][row as usize % 2];
        format!("{regime},{},{},{}\n", spread(77), spread(131), spread(19))
    };
    "regime,x,z,\"Grüße, n\"\n".to_string() + &rows.map(row).collect::<String>()
}

/// A log of heavy tails, from which far rows are told as its first rows say.
fn of_heavy_tails(rows: std::ops::Range<u32>, like: Option<&Data>) -> Data {
    let log = log_of_heavy_tails(rows);
    match like {
        None => to_degree(&log, None),
        Some(like) => {
            let table = Table::new("log", log.as_bytes()).unwrap();
            let mut rows = Observations::new(vec![table], &Columns::new("Grüße, n")).unwrap();
            like.without_rows().with_rows(&mut rows, |_| ()).unwrap()
        }
    }
}

/// Far rows stay apart in files and where files are merged that agree on what is far.
#[test]
fn far_rows_travel() {
    let whole = of_heavy_tails(0..3000, None);
    assert!(whole.far_rows() > 30, "{}", whole.far_rows());
    let read = |data: &Data| moments_file::decode(&moments_file::encode(data)).unwrap();
    assert_eq!(read(&whole), whole);
    let mut first = read(&of_heavy_tails(0..1100, None));
    let second = read(&of_heavy_tails(1100..3000, Some(&first)));
    assert_eq!(first.near, whole.near);
    first.merge(&second).unwrap();
    assert_eq!(first.near, whole.near);
    for (these, those) in first.regimes.iter().zip(&whole.regimes) {
        let counts = |part: &RegimeMoments| {
            let folds = part.near.iter().chain(&part.far);
            folds.map(|fold| fold.count()).collect::<Vec<_>>()
        };
        assert_eq!(counts(these), counts(those));
    }

    // So do the powers of actions within their bounds, and with them what a lower degree keeps.
    assert_eq!(whole.basis.monomials().bounded(), BOUNDED);
    let bounded = whole.to_degree(2).unwrap();
    assert_eq!(bounded.basis.monomials().bounded(), BOUNDED);
    assert_eq!(
        bounded.without_bounded(),
        whole.without_bounded().to_degree(2).unwrap()
    );

    // Others say that other rows are far.
    let mut other = of_heavy_tails(1100..3000, None);
    other.basis = first.basis.clone();
    assert_ne!(other.near, whole.near);
    let [mut one, mut two] = [whole.clone(), other.clone()];
    one.merge(&other).unwrap();
    two.merge(&whole).unwrap();
    for merged in [one, two] {
        assert_eq!((merged.near.is_some(), merged.far_rows()), (false, 0));
        assert_eq!(read(&merged), merged);
        let rows: u64 = merged.regimes.iter().map(RegimeMoments::count).sum();
        assert_eq!(rows, 4900);
    }
}

/// Whoever merges files that do not agree on what is far is told that nothing is.
#[test]
fn disagreement_on_far_rows_is_said() {
    let directory = TempDir::new().unwrap();
    let here = directory.path();
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    for name in ["version-3.moments", "log.csv"] {
        fs::copy(golden.join(name), here.join(name)).unwrap();
    }
    let of_table = "moments log.csv --outcome brightness --degree 2 -o new.moments";
    let written = program::command(here, of_table)
        .arg("--actions=red,dark green,counts")
        .status();
    assert!(written.unwrap().success());
    let said = |files: &str| {
        let merged = program::run(here, &format!("moments {files} -o merged.moments"));
        let said = String::from_utf8(merged.stderr).unwrap();
        assert!(merged.status.success(), "{said}");
        said
    };
    let expected = "new.moments: which values are near is not decided as in version-3.moments, so no row is taken for far and \
                    no action is bounded; moments --like makes them alike\n";
    let warned = said("version-3.moments new.moments");
    assert!(warned.starts_with(expected), "{warned}");
    assert_eq!(
        moments_file::read(here.join("merged.moments"))
            .unwrap()
            .near,
        None
    );
    let alone = said("new.moments");
    assert!(alone.starts_with("written: "), "{alone}");
}

/// Bounds that there cannot be.
#[test]
fn impossible_bounds_are_refused() {
    let data = of_heavy_tails(0..1100, None);
    let monomials = data.basis.monomials();
    for (place, value) in [(2, f64::NAN), (6, f64::INFINITY), (7, 0.0), (7, -1.0)] {
        let [shifts, factors] = [data.basis.shift(), data.basis.factor()];
        let (own_shifts, own_factors): (Vec<_>, Vec<_>) = data.basis.bounded().unzip();
        let mut all = [shifts, &own_shifts, factors, &own_factors].concat();
        all[place] = value;
        let mut spoilt = data.clone();
        spoilt.basis = Basis::new(monomials, all).unwrap();
        let error = moments_file::decode(&moments_file::encode(&spoilt)).unwrap_err();
        let expected = "bounded.variables: expected numbers, the factors above 0";
        assert_eq!(error.to_string(), expected);
    }
}

/// Far rows that there cannot be.
#[test]
fn impossible_far_rows_are_refused() {
    let data = of_heavy_tails(0..3000, None);
    let refused = |spoil: &dyn Fn(&mut Data), expected: &str| {
        let mut spoilt = data.clone();
        spoil(&mut spoilt);
        let error = moments_file::decode(&moments_file::encode(&spoilt)).unwrap_err();
        assert_eq!(error.to_string(), expected);
    };
    let ranges = |data: &mut Data, change: &dyn Fn(&mut Vec<Range>)| {
        change(&mut data.near.as_mut().unwrap().ranges);
    };
    let expected = "near: expected K ranges";
    refused(&|data| ranges(data, &|near| near.truncate(1)), expected);
    refused(
        &|data| ranges(data, &|near| near[0].min = f64::NAN),
        expected,
    );
    refused(
        &|data| drop(data.regimes[1].far.pop()),
        "far.regimes[1].folds: expected 3 folds",
    );
    let other = joint_effects::moments::empty(2);
    refused(
        &|data| data.regimes[0].far[2] = other.clone(),
        "far.regimes[0].folds[2].numbers: expected 860 numbers",
    );
}

/// Merging is associative and, but for the folds, commutative, to rounding.
#[test]
fn the_order_of_merging_does_not_matter() {
    let row = |row: u32| {
        let [x, z] = [f64::from(row * 7 % 23), 1e3 + f64::from(row * 5 % 29)];
        let regime = ["obs", "do(x)", "do(z)"][row as usize * 11 % 3];
        format!("{regime},{x},{z},{}\n", x - 0.1 * z + f64::from(row % 13))
    };
    let log = |rows: std::ops::Range<u32>| {
        "regime,x,z,\"Grüße, n\"\n".to_string() + &rows.map(row).collect::<String>()
    };
    let first = data(&log(0..1100));
    let part = |rows| {
        let columns = Columns::new("Grüße, n");
        let log = log(rows);
        let table = Table::new("log", log.as_bytes()).unwrap();
        let mut rows = Observations::new(vec![table], &columns).unwrap();
        first.without_rows().with_rows(&mut rows, |_| ()).unwrap()
    };
    let (second, third) = (part(1100..1204), part(1204..1300));
    let merged = |parts: &[&Data]| {
        let mut merged = first.without_rows();
        for part in parts {
            merged.merge(part).unwrap();
        }
        merged
    };
    let whole = data(&log(0..1300));
    let tail = merged(&[&second, &third]);
    let orders = [
        (merged(&[&first, &second, &third]), true),
        (merged(&[&first, &tail]), true),
        (merged(&[&third, &first, &second]), false),
        (merged(&[&tail, &first]), false),
    ];
    for (other, in_order) in orders {
        assert_eq!(other.ranges, whole.ranges);
        for (these, those) in other.regimes.iter().zip(&whole.regimes) {
            assert_eq!(these.regime, those.regime);
            let mut pairs = vec![(these.total(), those.total())];
            if in_order {
                pairs.extend(
                    these
                        .folds()
                        .iter()
                        .cloned()
                        .zip(those.folds().iter().cloned()),
                );
            }
            for (these, those) in pairs {
                assert_eq!(these.count(), those.count());
                let scale = those
                    .buffer()
                    .iter()
                    .fold(0.0, |most: f64, x| most.max(x.abs()));
                for (this, that) in these.buffer().iter().zip(those.buffer()) {
                    assert!((this - that).abs() < 1e-12 * scale, "{this} {that}");
                }
            }
        }
    }
}

/// Every byte counts: without it, with another in its place, with one more.
#[test]
fn damage_is_found() {
    let bytes = moments_file::encode(&in_blocks("obs,1,2,late\nobs,2,4,early\ndo(x),3,5,late\n"));
    for length in 0..bytes.len() {
        assert!(moments_file::decode(&bytes[..length]).is_err(), "{length}");
    }
    assert!(moments_file::decode(&[&bytes[..], &[0]].concat()).is_err());
    for index in 0..bytes.len() {
        for flip in [1, 0x80] {
            let mut damaged = bytes.clone();
            damaged[index] ^= flip;
            assert!(moments_file::decode(&damaged).is_err(), "{index}");
        }
    }
}
