//! Inputs: what is long, wide, many or endless costs no more than reading it, and what is damaged is
//! said to be.

use super::{cases, command, refused, run, small, succeed};
use crate::program::peak_of;
use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Far longer than any of it takes, and far shorter than it took.
const PATIENCE: Duration = Duration::from_secs(3);

/// The megabytes that a run may have, whatever it is given: some thirty are the program's own.
const MEGABYTES: u64 = 200;

pub(crate) fn within_patience<T>(what: impl FnOnce() -> T) -> T {
    let begun = Instant::now();
    let result = what();
    assert!(begun.elapsed() < PATIENCE, "{:?}", begun.elapsed());
    result
}

/// A bash command in a directory; what it says on standard error.
pub(crate) fn bash(directory: &Path, script: &str) -> (Option<i32>, String) {
    let program = env!("CARGO_BIN_EXE_joint-effects");
    let output = Command::new("bash")
        .current_dir(directory)
        .args(["-c", &script.replace("joint-effects", program)])
        .output()
        .unwrap();
    (
        output.status.code(),
        String::from_utf8(output.stderr).unwrap(),
    )
}

#[test]
fn a_long_field_does_not_slow_the_rows_behind_it() {
    let Some(directory) = small() else { return };
    let here = directory.path();
    let log = fs::read_to_string(here.join("log.csv")).unwrap();
    let lines: Vec<_> = log.lines().collect();
    let long = "x".repeat(3_000_000);
    let mut table = format!("note,{}\n\"{long}\",{}\n", lines[0], lines[1]);
    for row in 0..200_000 {
        let line = lines[1 + row % 42].replacen(',', "\",", 1);
        writeln!(table, ",\"{line}").unwrap();
    }
    fs::write(here.join("long.csv"), table).unwrap();
    let moments = "moments long.csv --outcome y --actions a,b --degree 1 -o long.moments";
    within_patience(|| succeed(here, moments));
}

#[test]
fn a_wide_table() {
    let Some(directory) = small() else { return };
    let here = directory.path();
    let columns = 80_000;
    let names: Vec<_> = (0..columns).map(|column| format!("c{column}")).collect();
    let ones = vec!["1"; columns + 1].join(",");
    let table = format!("regime,{},y\nobs,{ones}\n", names.join(","));
    fs::write(here.join("wide.csv"), table).unwrap();
    within_patience(|| {
        let said = refused(here, "fit wide.csv --outcome y");
        let expected = "error: wide.csv, line 1: 80000 action columns, expected at most 32\n";
        assert_eq!(said, expected);
        let said = refused(here, "fit wide.csv --outcome zzz");
        assert!(
            said.contains("no column \"zzz\"; the columns are \"regime\", \"c0\", "),
            "{said}"
        );
        assert!(
            said.ends_with(" and 79962 more\n") && said.len() < 1000,
            "{said}"
        );
    });
    let name = "n".repeat(1_000_000);
    let table = format!("regime,a,{name},y\nobs,1,2,3\ndo(b),1,2,3\n");
    fs::write(here.join("long.csv"), table).unwrap();
    let said = refused(here, "fit long.csv --outcome y");
    assert!(said.ends_with("n…\"\n") && said.len() < 1000, "{said}");
}

/// More tables than a process may have open.
#[test]
fn many_tables() {
    let Some(directory) = small() else { return };
    let here = directory.path();
    let log = fs::read(here.join("log.csv")).unwrap();
    fs::create_dir(here.join("t")).unwrap();
    for table in 0..300 {
        fs::write(here.join(format!("t/{table:03}.csv")), &log).unwrap();
    }
    let script =
        "ulimit -n 64; joint-effects moments t/*.csv --outcome y --degree 1 -o all.moments";
    let (code, said) = bash(here, script);
    assert_eq!(code, Some(0), "{said}");
    let obs = 300 * 14;
    assert!(said.contains(&format!("{obs} rows of obs")), "{said}");

    // Every header is looked at before any row.
    fs::write(here.join("t/299.csv"), "regime,a,c,y\nobs,1,2,3\n").unwrap();
    fs::write(here.join("t/000.csv"), "regime,a,b,y\nobs,1,2,three\n").unwrap();
    let (code, said) = bash(here, script);
    assert_eq!(code, Some(2));
    assert!(
        said.starts_with("error: t/299.csv, line 1: no column \"b\""),
        "{said}"
    );
}

#[test]
fn what_has_no_end_is_not_read_to_it() {
    let Some(directory) = small() else { return };
    let here = directory.path();
    succeed(
        here,
        "moments log.csv --outcome y --degree 1 -o log.moments",
    );
    // A terabyte, of which almost nothing is on the disk.
    let sparse = |name: &str, start: &[u8]| {
        let mut file = File::create(here.join(name)).unwrap();
        file.write_all(start).unwrap();
        file.set_len(1 << 40).unwrap();
    };
    sparse("sparse.json", b"{");
    sparse(
        "sparse.moments",
        &fs::read(here.join("log.moments")).unwrap(),
    );
    let no_json = "damaged JSON: expected value at line 1 column 1";
    let long = "cannot be read: longer than 1073741824 bytes";
    let zeros =
        "/dev/zero: looks like binary data or UTF-16 without a byte order mark, expected CSV text";
    let length = "sparse.moments: damaged moments file: expected 997 bytes, found 1099511627776";
    for (arguments, expected) in [
        ("predict /dev/zero log.csv", format!("/dev/zero: {no_json}")),
        (
            "predict sparse.json log.csv",
            format!("sparse.json: {long}"),
        ),
        (
            "export sparse.json --format c -o x.h",
            format!("sparse.json: {long}"),
        ),
        ("predict m.json /dev/zero", zeros.into()),
        ("fit /dev/zero --outcome y", zeros.into()),
        (
            "moments log.csv --like /dev/zero -o x.moments",
            "/dev/zero: expected a moments file, which begins with JEFM".into(),
        ),
        (
            "moments log.csv --like sparse.moments -o x.moments",
            length.into(),
        ),
        ("fit sparse.moments", length.into()),
    ] {
        let said = within_patience(|| refused(here, arguments));
        assert_eq!(said, format!("error: {expected}\n"), "{arguments}");
        let (peak, _) = peak_of(&mut command(here, arguments));
        assert!(peak < 1024 * MEGABYTES, "{arguments}: {peak} KiB");
    }
}

#[test]
fn moments_come_through_a_pipe() {
    let Some(directory) = small() else { return };
    let here = directory.path();
    succeed(
        here,
        "moments log.csv --outcome y --degree 1 -o log.moments",
    );
    let from_file = succeed(here, "fit log.moments -o one.json --no-report");
    let mut fit = command(here, "fit /dev/stdin -o two.json --no-report")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let bytes = fs::read(here.join("log.moments")).unwrap();
    fit.stdin.take().unwrap().write_all(&bytes).unwrap();
    let output = fit.wait_with_output().unwrap();
    assert_eq!(String::from_utf8(output.stdout).unwrap(), from_file);
    assert_eq!(
        fs::read(here.join("one.json")).unwrap(),
        fs::read(here.join("two.json")).unwrap()
    );

    let (code, said) = bash(
        here,
        "joint-effects fit <(cat log.moments; echo) <(cat log.csv) --outcome y",
    );
    assert_eq!(code, Some(2));
    assert!(
        said.contains("damaged moments file: expected 997 bytes, found 998"),
        "{said}"
    );
}

/// Files that somebody has damaged; where one byte of what they begin with is another, they are still
/// known.
#[test]
fn damaged_moments() {
    let Some(cases) = cases() else { return };
    let here = cases.join("moments");
    let mut known = 0;
    for entry in fs::read_dir(&here).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let bytes = fs::read(here.join(&name)).unwrap();
        let output = run(&here, &format!("diagnose {name} --outcome y --degree 1"));
        let said = String::from_utf8(output.stderr).unwrap();
        let expected = match output.status.code() {
            Some(0) => "",
            Some(2) => "error: ",
            code => panic!("{name}: {code:?} {said}"),
        };
        assert!(said.starts_with(expected), "{name}: {said}");
        if bytes.len() > 4 && !bytes.starts_with(b"JEFM") {
            let expected = "looks like a damaged moments file, expected CSV text\n";
            assert_eq!(said, format!("error: {name}: {expected}"));
            known += 1;
        }
    }
    assert!(known > 3, "{known}");
}

/// Some programs fill up the last block.
#[test]
fn gzip_with_zeros_behind_it() {
    let Some(directory) = small() else { return };
    let here = directory.path();
    let whole = succeed(here, "diagnose log.csv --outcome y --degree 1");
    let pack = "gzip -c log.csv > one.gz; cat one.gz <(head -c 70000 /dev/zero) > zeros.gz; \
                { head -c 500 log.csv | gzip -c; head -c 9 /dev/zero; tail -c +501 log.csv | gzip -c; } > parts.gz; \
                cat one.gz <(echo this is no gzip) > more.gz";
    assert_eq!(bash(here, pack), (Some(0), String::new()));
    for name in ["one.gz", "zeros.gz", "parts.gz"] {
        assert_eq!(
            succeed(here, &format!("diagnose {name} --outcome y --degree 1")),
            whole,
            "{name}"
        );
    }
    let said = refused(here, "diagnose more.gz --outcome y --degree 1");
    assert_eq!(
        said,
        "error: more.gz: cannot be read: damaged gzip: invalid gzip header\n"
    );
}

#[test]
fn an_outcome_that_never_varies_is_named() {
    let Some(directory) = small() else { return };
    let here = directory.path();
    let log = fs::read_to_string(here.join("log.csv")).unwrap();
    let constant = |line: &str| match line.rsplit_once(',') {
        Some((rest, "y")) => format!("{rest},y\n"),
        Some((rest, _)) => format!("{rest},7.5\n"),
        None => panic!("{line}"),
    };
    fs::write(
        here.join("constant.csv"),
        log.lines().map(constant).collect::<String>(),
    )
    .unwrap();
    let said = refused(here, "fit constant.csv --outcome y --degree 1");
    let expected = "constant.csv: the outcome \"y\" never varies: expected more than one value, found 7.5 only";
    assert_eq!(said, format!("error: {expected}\n"));
    let diagnosis = succeed(here, "diagnose constant.csv --outcome y --degree 1");
    assert!(
        diagnosis.contains("the outcome \"y\" never varies"),
        "{diagnosis}"
    );
}

/// `--do all` would be every action.
#[test]
fn no_action_is_named_all_or_none() {
    let Some(directory) = small() else { return };
    let here = directory.path();
    let log = fs::read_to_string(here.join("log.csv")).unwrap();
    let why = "expected another name for an action: --do all and --do none mean every action and no action";
    for name in ["all", "none"] {
        let table = log
            .replace("regime,a,", &format!("regime,{name},"))
            .replace("do(a)", &format!("do({name})"));
        fs::write(here.join("named.csv"), table).unwrap();
        let said = refused(here, "fit named.csv --outcome y --degree 1");
        assert_eq!(
            said,
            format!("error: named.csv, line 1, column \"{name}\": {why}\n")
        );
    }
    // A column that is none of the actions may be called what it likes.
    let table = log
        .replace("regime,", "all,regime,")
        .replace("\nobs", "\n1,obs")
        .replace("\ndo", "\n1,do");
    fs::write(here.join("named.csv"), table).unwrap();
    succeed(
        here,
        "fit named.csv --outcome y --degree 1 --actions a,b --no-report",
    );
}

/// Numbers whose squares are beyond what a number can be.
#[test]
fn huge_numbers() {
    let Some(cases) = cases() else { return };
    let Some(directory) = small() else { return };
    let here = directory.path();
    for entry in fs::read_dir(cases.join("csv")).unwrap() {
        fs::copy(entry.unwrap().path(), here.join("huge.csv")).unwrap();
        for degree in ["1", "3"] {
            let log = format!("huge.csv --outcome y --degree {degree}");
            let said = refused(here, &format!("fit {log}"));
            let known = [
                "is infinite or NaN\n",
                "never varies: expected more than one value, found 1.7e308 only\n",
            ];
            assert!(known.iter().any(|end| said.ends_with(end)), "{said}");
            let diagnosis = succeed(here, &format!("diagnose {log}"));
            assert!(
                diagnosis.contains("no joint prediction is possible"),
                "{diagnosis}"
            );
        }
    }
}
