//! Memory: what takes more than there is, or than is allowed, is refused before it is begun.

use super::inputs::{bash, within_patience};
use super::{command, refused, small, succeed};
use crate::program::peak_of;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

/// A table with a row of every regime that `regimes` has, of so many actions.
fn log(path: &Path, actions: usize, regimes: impl Iterator<Item = String>) {
    let names: Vec<_> = (0..actions).map(|action| format!("a{action}")).collect();
    let mut table = format!("regime,{},y\n", names.join(","));
    for (row, regime) in regimes.enumerate() {
        let values: Vec<_> = (0..=actions)
            .map(|column| (row * 7 + column * column) % 11)
            .collect();
        let values: Vec<_> = values.iter().map(usize::to_string).collect();
        writeln!(table, "\"{regime}\",{}", values.join(",")).unwrap();
    }
    fs::write(path, table).unwrap();
}

fn singles(actions: usize) -> impl Iterator<Item = String> {
    let each = (0..actions).map(|action| format!("do(a{action})"));
    std::iter::once("obs".to_string()).chain(each)
}

#[test]
fn what_a_basis_takes_is_said_before_it_is_taken() {
    let Some(directory) = small() else { return };
    let here = directory.path();
    log(&here.join("wide.csv"), 20, singles(20));
    let basis = "wide.csv: 20 actions to degree 3 have 1,771 coefficients in each of 21 regimes; lower \
                 the degree or leave actions out";
    for (arguments, needed) in [
        ("fit wide.csv --outcome y", "1.3 GB"),
        ("diagnose wide.csv --outcome y", "1.3 GB"),
        ("plan wide.csv --outcome y --budget 1000", "1.3 GB"),
        ("fit wide.csv --outcome y --estimator separate", "829.6 MB"),
        ("moments wide.csv --outcome y -o wide.moments", "1.6 GB"),
    ] {
        let arguments = format!("{arguments} --memory 500MB");
        let said = within_patience(|| refused(here, &arguments));
        let expected = format!("error: {basis}: {needed} of memory needed, ");
        assert!(
            said.starts_with(&expected) && said.ends_with(" MB left\n"),
            "{said}"
        );
        let (peak, _) = peak_of(&mut command(here, &arguments));
        assert!(peak < 100 << 10, "{arguments}: {peak} KiB");
    }
    // What the shell allows is known as well.
    let (code, said) = bash(
        here,
        "ulimit -v 600000; joint-effects fit wide.csv --outcome y",
    );
    assert_eq!(code, Some(2), "{said}");
    assert!(said.starts_with(&format!("error: {basis}: ")), "{said}");
    // To degree 1 there is memory.
    succeed(here, "fit wide.csv --outcome y --degree 1 --memory 500MB");
}

/// Nobody knows before the last row how many regimes there are.
#[test]
fn every_regime_takes_memory() {
    let Some(directory) = small() else { return };
    let here = directory.path();
    let pairs = (0..10).flat_map(|i| (i + 1..10).map(move |j| format!("do(a{i},a{j})")));
    log(&here.join("pairs.csv"), 10, singles(10).chain(pairs));
    let said = refused(here, "diagnose pairs.csv --outcome y --memory 60MB");
    assert!(
        said.contains("coefficients each; lower the degree: "),
        "{said}"
    );
    succeed(here, "diagnose pairs.csv --outcome y --memory 600MB");
}

#[test]
fn experiments_are_refused_too() {
    let Some(directory) = small() else { return };
    let here = directory.path();
    let said = refused(
        here,
        "compare --actions 20 --runs 1 --rows 100 --memory 500MB -o out",
    );
    let expected = "error: compare, one run at a time; lower --degree, --actions or --threads: 2.3 GB of \
                    memory needed, ";
    assert!(said.starts_with(expected), "{said}");
    assert!(!here.join("out").exists());
    succeed(
        here,
        "compare --actions 2 --runs 1 --rows 100 --memory 100MB -o out",
    );
    let said = refused(here, "compare --memory little");
    assert!(
        said.starts_with("error: invalid value 'little' for '--memory <SIZE>': "),
        "{said}"
    );
}

/// A length that no file has, of which the first bytes are right.
#[test]
fn moments_that_claim_to_be_huge() {
    let Some(directory) = small() else { return };
    let here = directory.path();
    succeed(
        here,
        "moments log.csv --outcome y --degree 1 -o log.moments",
    );
    let mut bytes = fs::read(here.join("log.moments")).unwrap();
    bytes[5..13].copy_from_slice(&(1u64 << 50).to_le_bytes());
    fs::write(here.join("huge.moments"), bytes).unwrap();
    let script = "cat huge.moments /dev/zero | joint-effects fit /dev/stdin -o x.json";
    let (code, said) = within_patience(|| bash(here, script));
    assert_eq!(code, Some(2));
    assert!(
        said.starts_with("error: /dev/stdin: 1.1 PB of memory needed, "),
        "{said}"
    );
}
