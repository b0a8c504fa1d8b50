//! Measures what the documents report: `cargo run --release -p joint-effects-tests -- TABLE`.

use joint_effects_tests::{
    accuracy::document, blocks, choices, coverage, experiments, falsification, pairs, real,
};
use std::path::Path;
use std::process::ExitCode;

/// Writes a document, or prints a table of one.
enum Table {
    Document(&'static str, fn() -> Option<String>),
    Printed(&'static str, fn() -> String),
}

/// What can be asked for.
const TABLES: [(&str, Table); 8] = [
    (
        "accuracy",
        Table::Document("accuracy.md", document::document),
    ),
    ("blocks", Table::Printed("tables.md", || blocks::table(100))),
    (
        "choices",
        Table::Printed("decisions.md", || choices::table(100)),
    ),
    (
        "coverage",
        Table::Printed("experiments.md", || coverage::table(100)),
    ),
    (
        "falsification",
        Table::Printed("decisions.md", || falsification::table(100)),
    ),
    (
        "next",
        Table::Printed("decisions.md", || experiments::table(60)),
    ),
    ("pairs", Table::Printed("tables.md", || pairs::table(100))),
    ("results", Table::Document("results.md", real::document)),
];

fn main() -> ExitCode {
    let asked = std::env::args().nth(1).unwrap_or_default();
    let Some((_, table)) = TABLES.iter().find(|(name, _)| *name == asked) else {
        eprintln!("expected the name of a table:");
        for (name, table) in &TABLES {
            let (Table::Document(of, _) | Table::Printed(of, _)) = table;
            eprintln!("  {name} (docs/{of})");
        }
        return ExitCode::from(2);
    };
    match table {
        Table::Printed(_, table) => print!("{}", table()),
        Table::Document(name, document) => {
            // What is missing for it has been said.
            let Some(document) = document() else {
                return ExitCode::FAILURE;
            };
            let path = Path::new(env!("CARGO_MANIFEST_DIR"))
                .join("../docs")
                .join(name);
            if let Err(error) = std::fs::write(&path, document) {
                eprintln!("{}: {error}", path.display());
                return ExitCode::FAILURE;
            }
        }
    }
    ExitCode::SUCCESS
}
