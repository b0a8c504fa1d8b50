//! Two machines summarise some of the rows each; the merged summaries give the model of all rows:
//! `cargo run --example moments`.

use joint_effects::app::lab::scm::tables;
use joint_effects::log::observations::{Columns, Observations};
use joint_effects::log::table::Table;
use joint_effects::{Data, Estimator, Regime, fit, moments_file, sample_polynomial_scm};
use std::error::Error;

const ACTIONS: usize = 3;
const DEGREE: usize = 3;

fn main() -> Result<(), Box<dyn Error>> {
    let mut log = Vec::new();
    tables::write_log(&sample_polynomial_scm(ACTIONS, 0)?, 0, 1_000, &mut log)?;
    let log = String::from_utf8(log)?;
    let (header, rows) = log.split_once('\n').ok_or("a log has a header")?;
    let half = rows.lines().count() / 2;
    let text = |rows: Vec<&str>| format!("{header}\n{}\n", rows.join("\n"));
    let first = text(rows.lines().take(half).collect());
    let second = text(rows.lines().skip(half).collect());

    // The first machine chooses how the actions are standardised; the second does as the first did.
    let directory = tempfile::tempdir()?;
    let [a, b] = ["a.moments", "b.moments"].map(|name| directory.path().join(name));
    moments_file::write(&a, &Data::read(&mut observations(&first)?, DEGREE, |_| ())?)?;
    let like = moments_file::read(&a)?.without_rows();
    moments_file::write(&b, &like.with_rows(&mut observations(&second)?, |_| ())?)?;

    let mut merged = moments_file::read(&a)?;
    merged.merge(&moments_file::read(&b)?)?;
    let whole = Data::read(&mut observations(&log)?, DEGREE, |_| ())?;

    let joint = Regime::joint(ACTIONS);
    for actions in [[0.0; ACTIONS], [0.3, -0.1, 0.2]] {
        let [merged, whole] = [&merged, &whole].map(|data| {
            let model = fit(data, Estimator::Structured, None)?;
            Ok::<_, Box<dyn Error>>(model.predict(joint, &actions)?.effect)
        });
        let (merged, whole) = (merged?, whole?);
        println!("at {actions:?}: {merged:.12} from the halves, {whole:.12} from all rows");
        assert!((merged - whole).abs() < 1e-9);
    }
    Ok(())
}

fn observations(log: &str) -> Result<Observations<&[u8]>, Box<dyn Error>> {
    let columns = Columns::new("y");
    let table = Table::new("log", log.as_bytes())?;
    Ok(Observations::new(vec![table], &columns)?)
}

#[test]
fn it_runs() -> Result<(), Box<dyn Error>> {
    main()
}
