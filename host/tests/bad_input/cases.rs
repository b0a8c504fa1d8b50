//! Everything that is known to go wrong, and what is said of it.

use super::{Case, FIT, REGIMES, To, log};
use joint_effects::model_file;

pub(crate) fn command_lines() -> Vec<Case> {
    let case = Case::new;
    vec![
        case(
            "no such command",
            "fitt log.csv",
            "unrecognized subcommand 'fitt'; tip: a similar subcommand exists: 'fit'",
        ),
        case(
            "no such flag",
            "fit log.csv --outcom y",
            "unexpected argument '--outcom' found; tip: a similar argument exists: '--outcome'",
        ),
        case(
            "something missing",
            "fit log.csv",
            "--outcome: expected the name of a column",
        ),
        case(
            "a flag without its value",
            "fit log.csv --outcome",
            "a value is required for '--outcome <COLUMN>' but none was supplied",
        ),
        case(
            "a flag twice",
            "fit log.csv --outcome y --outcome a",
            "the argument '--outcome <COLUMN>' cannot be used multiple times",
        ),
        case(
            "a number out of range",
            "fit log.csv --outcome y --degree 20",
            "invalid value '20' for '--degree <DEGREE>': 20 is not in 1..=16",
        ),
        case(
            "more than there is memory for",
            "fit log.csv --outcome y --degree 16 --memory 1MB",
            "log.csv: 2 actions to degree 16 have 153 coefficients in each of 3 regimes; lower the degree or \
             leave actions out: 1.4 MB of memory needed, 0 B left",
        ),
        case(
            "no such estimator",
            "fit log.csv --outcome y --estimator guess",
            "invalid value 'guess' for '--estimator <NAME>' [possible values: observational, \
             separate, indicator, structured]",
        ),
        case(
            "no such format",
            "export m.json --format java -o m.java",
            "invalid value 'java' for '--format <NAME>' [possible values: rust, c, postcard]",
        ),
        case(
            "a budget below zero",
            "plan log.csv --outcome y --budget=-1",
            "invalid value '-1' for '--budget <BUDGET>': expected a number above 0",
        ),
        case(
            "a budget that buys too little",
            "plan log.csv --outcome y --budget 10",
            "log.csv: a budget of 10: expected at least 30, for 10 rows of every regime",
        ),
        case(
            "a rehearsal to go on with that is nowhere",
            "rehearse log.csv --outcome y --resume",
            "--resume: expected with --output, which has what is finished",
        ),
        case(
            "no repetitions",
            "rehearse log.csv --outcome y --repetitions 0",
            "invalid value '0' for '--repetitions <N>': 0 is not in 1..=1000000000000",
        ),
        case(
            "a rehearsal of no violation",
            "rehearse log.csv --outcome y --interaction 0",
            "invalid value '0' for '--interaction <STRENGTH>': expected a number above 0",
        ),
        case(
            "neither a table nor a curve",
            "predict m.json",
            "the following required arguments were not provided: <DATA>",
        ),
        case(
            "a table and a curve",
            "predict m.json log.csv --grid a",
            "the argument '[DATA]' cannot be used with '--grid <ACTION[=FROM:TO:POINTS]>'",
        ),
        case(
            "a manual where a file is",
            "man --output log.csv",
            "log.csv: cannot be written: File exists (os error 17)",
        ),
    ]
}

pub(crate) fn experiments() -> Vec<Case> {
    let case = Case::new;
    vec![
        case(
            "no actions",
            "compare --actions 0",
            "invalid value '0' for '--actions <K>': 0 is not in 1..=32",
        ),
        case(
            "too many actions",
            "simulate --K 33",
            "invalid value '33' for '--actions <K>': 33 is not in 1..=32",
        ),
        case(
            "too many monomials",
            "compare --actions 12 --degree 8",
            "12 actions to degree 8 are not supported: at most 32 actions, degree 16 and 8192 \
             monomials",
        ),
        case(
            "degree 0",
            "compare --degree 0",
            "invalid value '0' for '--degree <DEGREE>': 0 is not in 1..=16",
        ),
        case(
            "too few rows",
            "compare --rows 5",
            "invalid value '5' for '--rows <N>': 5 is not in 8..=1000000000000",
        ),
        case(
            "a shard that is none",
            "compare --shard 4/3",
            "invalid value '4/3' for '--shard <PART/PARTS>': expected a shard such as 2/4, the second of four",
        ),
        case(
            "shards that are not there",
            "merge shard",
            "shard/settings.json: cannot be read: No such file or directory (os error 2)",
        ),
        case(
            "no runs",
            "compare --runs 0",
            "invalid value '0' for '--runs <RUNS>': 0 is not in 1..=1000000000000",
        ),
        case(
            "a word for a number",
            "compare --runs many",
            "invalid value 'many' for '--runs <RUNS>': invalid digit found in string",
        ),
        case(
            "no threads",
            "compare --threads 0",
            "invalid value '0' for '--threads <THREADS>': 0 is not in 1..=256",
        ),
        case(
            "no such family of models",
            "compare --scm cubic",
            "invalid value 'cubic' for '--scm <FAMILY>' [possible values: polynomial, linear]",
        ),
        case(
            "an estimator twice",
            "compare --estimators joint,separate,joint",
            "--estimators: joint is named twice",
        ),
        case(
            "a ratio of 0",
            "ratio --ratios 0.5,0",
            "invalid value '0' for '--ratios <RATIOS>...': expected a number above 0",
        ),
        case(
            "a correlation that is none",
            "confounding --correlations 0,1.5",
            "invalid value '1.5' for '--correlations <CORRELATIONS>...': expected a number from -1 to 1",
        ),
        case(
            "one row to simulate",
            "simulate --rows 1",
            "invalid value '1' for '--rows <N>': 1 is not in 2..=1000000000000",
        ),
        case(
            "no rows to test",
            "simulate --test-rows 0",
            "invalid value '0' for '--test-rows <N>': 0 is not in 1..=1000000000000",
        ),
    ]
}

pub(crate) fn tables() -> Vec<Case> {
    let table = |what, table: &[u8], line: &str| Case::new(what, FIT, line).with("log.csv", table);
    vec![
        Case::new(
            "no such file",
            "fit none.csv --outcome y",
            "none.csv: cannot be read: No such file or directory (os error 2)",
        ),
        Case::new(
            "a directory",
            "fit . --outcome y",
            ".: cannot be read: Is a directory (os error 21)",
        ),
        table(
            "an empty file",
            b"",
            "log.csv: empty, expected a header line",
        ),
        table(
            "blank lines",
            b"\n\n",
            "log.csv: empty, expected a header line",
        ),
        table("a header alone", b"regime,a,b,y\n", "log.csv: no rows"),
        table(
            "no regimes",
            b"a,b,y\n1,2,3\n",
            r#"log.csv, line 1: no column "regime"; the columns are "a", "b", "y""#,
        ),
        table(
            "no outcome",
            b"regime,a,b\nobs,1,2\n",
            r#"log.csv, line 1: no column "y"; the columns are "regime", "a", "b""#,
        ),
        table(
            "no actions",
            b"regime,y\nobs,1\n",
            "log.csv, line 1: no action columns beside the regime and the outcome",
        ),
        table(
            "two columns of one name",
            b"regime,a,a,y\nobs,1,2,3\n",
            r#"log.csv, line 1, column "a": two columns have this name: rename one of them"#,
        ),
        table(
            "an outcome in another case",
            b"regime,a,b,Y\nobs,1,2,3\n",
            r#"log.csv, line 1: no column "y" (perhaps "Y"); the columns are "regime", "a", "b", "Y""#,
        ),
        Case::new(
            "an action that is not there",
            "fit log.csv --outcome y --actions a,z",
            r#"log.csv, line 1: no column "z"; the columns are "regime", "a", "b", "y""#,
        ),
        Case::new(
            "a column asked for twice",
            "fit log.csv --outcome y --actions a,y",
            r#"log.csv, line 1, column "y": asked for twice, expected different columns as regime, outcome, weight, block and actions"#,
        ),
        Case::new(
            "a block that is an action",
            "fit log.csv --outcome y --actions a,b --block b",
            r#"log.csv, line 1, column "b": asked for twice, expected different columns as regime, outcome, weight, block and actions"#,
        ),
        Case::new(
            "a block that never varies",
            "fit log.csv --outcome y --block week",
            r#"log.csv: the block "week" never varies: expected rows of several, or no blocks"#,
        )
        .with("log.csv", "regime,a,y,week\nobs,1,2,first\nobs,2,3,first\ndo(a),3,5,first\n"),
        Case::new(
            "a row without a block, where that is refused",
            "fit log.csv --outcome y --cluster week --missing refuse",
            r#"log.csv, line 3, column "week": expected the name of a block, found no value"#,
        )
        .with("log.csv", "regime,a,y,week\nobs,1,2,first\nobs,2,3,\ndo(a),3,5,second\n"),
        Case::new(
            "more blocks than can be told from rows",
            "diagnose log.csv --outcome y --block row",
            r#"log.csv, line 10002, column "row": more than 10000 blocks: expected a column of weeks, batches, sites or the like, not one that tells rows apart"#,
        )
        .with("log.csv", {
            let rows = (0..10_001).map(|row| format!("obs,{row},2,{row}\n"));
            format!("regime,a,y,row\n{}", rows.collect::<String>())
        }),
        Case::new(
            "blocks for another estimator",
            "fit log.csv --outcome y --block b --estimator indicator",
            "--block: expected with the estimator structured alone",
        ),
        Case::new(
            "an action named as --do names all of them",
            "fit log.csv --outcome y --regime kind",
            "log.csv, line 1, column \"all\": expected another name for an action: --do all and --do \
             none mean every action and no action",
        )
        .with("log.csv", "kind,all,y\nobs,1,2\n"),
        Case::new(
            "the same file twice",
            "fit log.csv ./log.csv --outcome y",
            "./log.csv: the same file as log.csv, expected each once",
        ),
        Case::new(
            "files with different columns",
            "fit log.csv other.csv --outcome y",
            r#"other.csv, line 1: no column "b"; the columns are "regime", "a", "c", "y""#,
        )
        .with("other.csv", "regime,a,c,y\nobs,1,2,3\n"),
        table(
            "a word for a number",
            b"regime,a,b,y\nobs,1,2,3\nobs,1,two,3\n",
            r#"log.csv, line 3, column "b": expected a number, found "two""#,
        ),
        Case::new(
            "a number that is missing, where that is refused",
            "fit log.csv --outcome y --missing refuse",
            r#"log.csv, line 3, column "b": expected a number, found no value"#,
        )
        .with("log.csv", "regime,a,b,y\nobs,1,2,3\nobs,1,NA,3\n"),
        table(
            "an outcome that is no number",
            b"regime,a,b,y\nobs,1,2,low\n",
            r#"log.csv, line 2, column "y": expected a number, found "low""#,
        ),
        table(
            "a decimal comma among decimal points",
            b"regime,a,b,y\nobs,1,2.5,3\nobs,1,\"2,5\",3\n",
            r#"log.csv, line 3, column "b": expected a number with a decimal point, as other rows have, found "2,5""#,
        ),
        Case::new(
            "a number without the sign that others have",
            "fit log.csv --outcome y --quiet",
            r#"log.csv, line 9002, column "b": expected a number with %, as other rows have, found "2""#,
        )
        .with(
            "log.csv",
            format!("regime,a,b,y\n{}obs,1,2,3\n", "obs,1,2%,3\n".repeat(9000)),
        ),
        table(
            "a comma that may be a decimal one or not",
            b"regime,a,b,y\nobs,1,2,\"3,500\"\n",
            r#"log.csv, line 2, column "y": expected a number, found "3,500", which may be 3500 or 3.5: write it without thousands separators"#,
        ),
        table(
            "an infinite number",
            b"regime,a,b,y\nobs,1,2,-inf\n",
            r#"log.csv, line 2, column "y": expected a finite number, found "-inf""#,
        ),
        table(
            "a number beyond what can be represented",
            b"regime,a,b,y\nobs,1,2,1e999\n",
            r#"log.csv, line 2, column "y": expected a finite number, found "1e999""#,
        ),
        table(
            "a short row",
            b"regime,a,b,y\nobs,1,2\n",
            "log.csv, line 2: expected 4 fields as in the header line, found 3",
        ),
        table(
            "a comma without quotation marks",
            b"regime,a,b,y\ndo(a,b),1,2,3\n",
            "log.csv, line 2: expected 4 fields as in the header line, found 5; a field that holds \
             the separator, as do(x,y) does a comma, needs quotation marks",
        ),
        Case::new(
            "an unclosed quotation mark",
            FIT,
            "log.csv, line 2: a row longer than 4194304 bytes, perhaps an unclosed quotation mark",
        )
        .with("log.csv", {
            let rest = "1,2,3,4\n".repeat(1 << 20);
            format!("regime,a,b,y\n\"obs,1,2,3\n{rest}")
        }),
        table(
            "a field that is not UTF-8",
            b"regime,a,b,y\nobs,1,2,3\nobs,1,\xff,3\n",
            r#"log.csv, line 3, column "b": expected UTF-8 text, found another encoding, perhaps Latin-1 or Windows-1252: save it as CSV UTF-8"#,
        ),
        table(
            "UTF-16 that does not say so",
            b"r\0e\0g\0",
            "log.csv: looks like binary data or UTF-16 without a byte order mark, expected CSV text",
        ),
        table(
            "a spreadsheet",
            b"PK\x03\x04\x14\0",
            "log.csv: looks like a spreadsheet (XLSX, ODS) or a zip archive: save it as CSV",
        ),
    ]
}

pub(crate) fn regimes() -> Vec<Case> {
    let row = |what, regime: &str, line: &str| {
        let table = format!("regime,a,b,y\nobs,1,2,3\n\"{regime}\",1,2,3\n");
        let line = format!("log.csv, line 3, column \"regime\": {line}");
        Case::new(what, FIT, line).with("log.csv", table)
    };
    let table = |what, table: String, line: &str| Case::new(what, FIT, line).with("log.csv", table);
    let each = |what, table: String, line: &str| {
        let command = "fit log.csv --outcome y --estimator indicator";
        Case::new(what, command, line).with("log.csv", table)
    };
    let varies = |_: &str, _: &mut [f64; 2]| ();
    vec![
        row(
            "not a regime",
            "set a",
            r#"expected obs, do(x), do(x,y) or the name of an action, found "set a""#,
        ),
        row(
            "a word that may mean that nothing was set",
            "untouched",
            r#"expected obs, do(x), do(x,y) or the name of an action, found "untouched"; if nothing was set there, say so with --observational untouched"#,
        ),
        row(
            "no regime in one row of many",
            "",
            r#"both "obs" and empty cells where nothing was set: expected one of the two, because an empty cell may also be a missing one"#,
        ),
        Case::new(
            "an action whose column is text",
            "fit log.csv --outcome y --quiet",
            r#"log.csv, line 3, column "regime": "b" is set, but its column holds text, expected numbers, or --categorical b"#,
        )
        .with("log.csv", "regime,a,b,y\nobs,1,low,3\ndo(b),1,high,3\n"),
        row(
            "an unclosed bracket",
            "do(a",
            r#"expected obs, do(x), do(x,y) or the name of an action, found "do(a""#,
        ),
        row(
            "an unknown action set",
            "do(c)",
            r#"no action "c"; the actions are "a", "b""#,
        ),
        row("an action set twice", "do(a,a)", r#""a" is set twice"#),
        table(
            "no observational rows",
            log(&REGIMES[1..], 50, varies),
            "log.csv: no observational rows: expected some whose regime is obs",
        ),
        table(
            "an action that was never set",
            log(&REGIMES[..2], 50, varies),
            r#"log.csv: the effect of "b" is not identifiable: expected rows in which it was set on its own, do(b), or --actions without it; the regimes are obs, do(a)"#,
        ),
        table(
            "actions that were only set together",
            log(&["obs", "do(a,b)"], 50, varies),
            r#"log.csv: the effect of "a" is not identifiable: expected rows in which it was set on its own, do(a), or --actions without it; the regimes are obs, do(a,b)"#,
        ),
        each(
            "fewer rows than coefficients",
            log(&REGIMES, 9, varies),
            "log.csv: rows of obs: expected at least 10, the number of coefficients, found 9; lower the \
             degree, collect more, or use the estimator structured",
        ),
        each(
            "an action that never varies in a regime",
            log(&REGIMES, 50, |regime, actions| {
                if regime == "do(a)" {
                    actions[1] = 1.5;
                }
            }),
            r#"log.csv: "b" never varies in regime do(a): expected more than one value, found 1.5 only; use the estimator structured"#,
        ),
        table(
            "an action that never varies",
            log(&REGIMES, 50, |_, actions| actions[1] = 1.5),
            r#"log.csv: "b" never varies: expected more than one value, found 1.5 only; name the others with --actions"#,
        ),
        table(
            "an outcome that never varies",
            REGIMES
                .map(|regime| format!("{regime},1,2,7\n{regime},2,1,7\n"))
                .concat()
                .repeat(9)
                .replacen("obs", "regime,a,b,y\nobs", 1),
            r#"log.csv: the outcome "y" never varies: expected more than one value, found 7 only"#,
        ),
        // Without --quiet the values are named, with their line.
        Case::new(
            "numbers whose powers overflow",
            "fit log.csv --outcome y --quiet",
            "log.csv: a moment or a coefficient is infinite or NaN",
        )
        .with(
            "log.csv",
            log(&REGIMES, 50, varies) + "do(a),1e200,1,1e200\n",
        ),
    ]
}

pub(crate) fn models(whole: &str) -> Vec<Case> {
    let predict = "predict m.json log.csv";
    let changed = |what, from: &str, to: &str, line: &str| {
        let damaged = whole.replacen(from, to, 1);
        assert_ne!(damaged, whole, "{from}");
        let damaged = model_file::signed(damaged.as_bytes());
        Case::new(what, predict, line).with("m.json", damaged)
    };
    let model =
        |what, model: &str, line: &str| Case::new(what, predict, line).with("m.json", model);
    vec![
        Case::new(
            "no such file",
            "predict none.json log.csv",
            "none.json: cannot be read: No such file or directory (os error 2)",
        ),
        model(
            "an empty file",
            "",
            "m.json: damaged JSON: EOF while parsing a value at line 1 column 0",
        ),
        model(
            "a table",
            "regime,a,b,y\n",
            "m.json: damaged JSON: expected value at line 1 column 1",
        ),
        model(
            "the beginning of a model",
            &whole[..40],
            "m.json: damaged JSON: EOF while parsing a string at line 3 column 3",
        ),
        model(
            "a model with another number",
            &whole.replacen(r#""rows": 50"#, r#""rows": 51"#, 1),
            "m.json: damaged model file: the checksum differs",
        ),
        model(
            "other JSON",
            "{}",
            "m.json: top level: missing field `format` at line 1 column 2",
        ),
        changed(
            "a file of another format",
            "joint-effects model",
            "a poem",
            r#"m.json: format: expected "joint-effects model", found "a poem""#,
        ),
        changed(
            "a model of another version",
            r#""version": 4"#,
            r#""version": 2"#,
            "m.json: version: expected 4, found 2; fit the data again with this version of the program",
        ),
        changed(
            "a degree that does not go with the coefficients",
            r#""degree": 3"#,
            r#""degree": 4"#,
            "m.json: coefficients[0].values: expected 15 numbers, found 10",
        ),
        changed(
            "two actions of one name",
            r#""name": "b""#,
            r#""name": "a""#,
            r#"m.json: actions[1].name: expected a name of its own, found "a""#,
        ),
        changed(
            "a damaged range",
            r#""min":0.0"#,
            r#""min":99.0"#,
            "m.json: regimes[0].ranges[0]: expected min ≤ max, found 99 > 22",
        ),
    ]
}

pub(crate) fn predictions() -> Vec<Case> {
    let case = Case::new;
    vec![
        case(
            "no such table",
            "predict m.json none.csv",
            "none.csv: cannot be read: No such file or directory (os error 2)",
        ),
        case(
            "a table without an action",
            "predict m.json a.csv",
            r#"a.csv, line 1: no column "b"; the columns are "a", "c""#,
        )
        .with("a.csv", "a,c\n1,2\n"),
        case(
            "a column named as predictions are",
            "predict m.json twice.csv",
            r#"twice.csv, line 1, column "effect": predictions are written under this name: --prefix gives them another"#,
        )
        .with("twice.csv", "a,b,effect\n1,2,3\n"),
        case(
            "an unknown action set",
            "predict m.json log.csv --do a,c",
            r#"--do: no action "c": expected all, none, or some of a, b"#,
        ),
        case(
            "all and more",
            "predict m.json log.csv --do all,a",
            r#"--do: no action "all": expected all, none, or some of a, b"#,
        ),
        case(
            "a bad row after good ones; those before it have been written",
            "predict m.json late.csv --do none",
            r#"late.csv, line 3, column "b": expected a number, found "four"; predictions end with the 1 row before it"#,
        )
        .with("late.csv", "a,b\n0,0\n3,four\n")
        .to(To::PipeAfter(1)),
        case(
            "the same into a file, which is not written",
            "predict m.json late.csv -o p.csv",
            r#"late.csv, line 3, column "b": expected a number, found "four""#,
        )
        .with("late.csv", "a,b\n0,0\n3,four\n"),
        case(
            "values whose powers overflow",
            "predict m.json far.csv -o p.csv",
            "far.csv, line 2: the prediction is not a finite number: the actions are too far from \
             those of the fit",
        )
        .with("far.csv", "a,b\n1e300,0\n"),
        case(
            "a curve of an unknown action",
            "predict m.json --grid c",
            r#"--grid: no action "c"; the actions are a, b"#,
        ),
        case(
            "a curve without its number of points",
            "predict m.json --grid a=0:1",
            r#"--grid: expected ACTION or ACTION=FROM:TO:POINTS, found "a=0:1""#,
        ),
        case(
            "a curve of one point",
            "predict m.json --grid a=0:1:1",
            r#"--grid: expected ACTION or ACTION=FROM:TO:POINTS, found "a=0:1:1": FROM below TO, and 2 to 1000000 points"#,
        ),
        case(
            "a curve that goes too far",
            "predict m.json --grid a=0:1e300:2",
            r#"--grid: "a" = 1e300: the prediction is not a finite number: the actions are too far from those of the fit"#,
        ),
        case(
            "the varying action held",
            "predict m.json --grid a --hold a=1",
            r#"--hold: "a" has a value already"#,
        ),
        case(
            "an action held at a word",
            "predict m.json --grid a --hold b=mean",
            r#"--hold: expected ACTION=NUMBER, found "b=mean""#,
        ),
    ]
}

pub(crate) fn choices() -> Vec<Case> {
    let case = Case::new;
    vec![
        case(
            "a range of an unknown action",
            "choose m.json --maximise --within c=0:1",
            r#"--within: no action "c"; the actions are a, b"#,
        ),
        case(
            "a range that is none",
            "choose m.json --maximise --within a=5",
            r#"--within: "a=5": expected ACTION=FROM:TO"#,
        ),
        case(
            "a range with its ends in the wrong order",
            "choose m.json --maximise --within a=5:1",
            r#""a": expected a range from a number to one that is no smaller, found 5 to 1"#,
        ),
        case(
            "a range beyond the data",
            "choose m.json --maximise --within a=0:99",
            r#""a": 0 to 99 is beyond what the data support, 0 to 22"#,
        ),
        case(
            "a cost that is no number",
            "choose m.json --minimise --cost a=much",
            r#"--cost: "a=much": expected ACTION=COST"#,
        ),
        case(
            "costs of a target",
            "choose m.json --target 50 --cost a=1",
            "costs are for a maximum or a minimum: a target has none",
        ),
        case(
            "a risk above a half",
            "choose m.json --maximise --risk 0.6",
            "a risk of 0.6: expected a number above 0, at most 0.5",
        ),
        case(
            "an experiment of no rows",
            "next log.csv --outcome y --maximise --rows 0",
            "invalid value '0' for '--rows <N>': 0 is not in 1..=1000000000000",
        ),
        case(
            "an experiment for a range beyond the data",
            "next log.csv --outcome y --maximise --rows 100 --within a=0:99",
            r#"log.csv: "a": 0 to 99 is beyond what the data support, 0 to 22"#,
        ),
        case(
            "an experiment for an unknown action",
            "next log.csv --outcome y --maximise --rows 100 --cost c=1",
            r#"--cost: no action "c"; the actions are a, b"#,
        ),
    ]
}

pub(crate) fn outputs() -> Vec<Case> {
    let case = Case::new;
    vec![
        case(
            "a model into a directory that is not there, found before the table is read",
            "fit none.csv --outcome y -o none/m.json",
            "none/m.json: cannot be written: No such file or directory (os error 2)",
        ),
        case(
            "a model over a directory",
            "fit log.csv --outcome y -o .",
            ".: cannot be written: Is a directory (os error 21)",
        ),
        case(
            "a model on a full disk",
            "fit log.csv --outcome y -o /dev/full",
            "/dev/full: cannot be written: No space left on device (os error 28)",
        ),
        case(
            "predictions below a file",
            "predict m.json log.csv -o log.csv/p.csv",
            "log.csv/p.csv: cannot be written: Not a directory (os error 20)",
        ),
        case(
            "predictions on a full disk",
            "predict m.json log.csv -o /dev/full",
            "/dev/full: cannot be written: No space left on device (os error 28)",
        ),
        case(
            "an export on a full disk",
            "export m.json --format c -o /dev/full",
            "/dev/full: cannot be written: No space left on device (os error 28)",
        ),
        case(
            "a model over its own log",
            "fit log.csv --outcome y -o log.csv",
            "log.csv: cannot be written: the same command reads it; expected another file",
        ),
        case(
            "a model and its report in one file",
            "fit log.csv --outcome y -o x.html",
            "x.html: cannot be written: the same command writes something else there; expected another file",
        ),
        case(
            "a file where the report's pictures are to be",
            "fit none.csv --outcome y -o log.json --report a.html",
            "a-plots: cannot be written: not a directory",
        )
        .with("a-plots", ""),
        case(
            "an export without a name",
            "export m.json --format c -o ..",
            "..: expected the name of a file",
        ),
        case(
            "results where a file is",
            "compare --runs 1 --rows 8 -o log.csv",
            "log.csv: cannot be written: File exists (os error 17)",
        ),
        case(
            "results below a file",
            "simulate -o log.csv/below",
            "log.csv/below: cannot be written: Not a directory (os error 20)",
        ),
        case(
            "results over a directory",
            "compare --runs 1 --rows 8 -o taken",
            "taken/runs.csv: cannot be written: Is a directory (os error 21)",
        )
        .with("taken/runs.csv/file", ""),
        full("help piped to a full disk", "predict --help"),
        full("predictions piped to a full disk", "predict m.json log.csv"),
        full(
            "a diagnosis piped to a full disk",
            "diagnose log.csv --outcome y",
        ),
        full(
            "a plan piped to a full disk",
            "plan log.csv --outcome y --budget 900",
        ),
    ]
}

fn full(what: &'static str, command: &'static str) -> Case {
    let line = "standard output: No space left on device (os error 28)";
    Case::new(what, command, line).to(To::Full)
}
