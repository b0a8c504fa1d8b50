//! Exported predictors: compiled, run, and read.

#![cfg(feature = "app")]

use crate::program::{run, succeed};
use joint_effects::export::{self, Export, Scalar};
use joint_effects::fit::structured::{Structured, Uncertainty};
use joint_effects::log::levels::Levels;
use joint_effects::model::support::Seen;
use joint_effects::model::{self, FittedRegime, Model, Prediction};
use joint_effects::model_file;
use joint_effects::moments::Range;
use joint_effects_kernel::Regime;
use joint_effects_kernel::algebra::packed::{self, PackedMut};
use joint_effects_kernel::algebra::vector;
use joint_effects_kernel::features::monomials::{Basis, Monomials};
use joint_effects_kernel::predict::artifact::Artifact;
use joint_effects_kernel::predict::predictor::{Layout, Predictor, PredictorError};
use joint_effects_kernel::predict::scale::Scale;
use joint_effects_kernel::predict::support::Support;
use joint_effects_kernel::sampling;
use joint_effects_kernel::structured::covariance::Term;
use rand_xoshiro::{Xoshiro256PlusPlus, rand_core::SeedableRng};
use serde::{Deserialize, Serialize};
use std::fs;
use std::path::Path;
use std::process::Command;
use tempfile::TempDir;

/// Names that would end a text or a comment, or turn what is behind them, in some language.
const ODD: [&str; 9] = [
    "grün */ \\ \n",
    "a\"; int x = 1; //",
    "\u{202e}evil",
    "??/",
    "%s%n ${HOME} \u{2028}",
    "back\\",
    "π 🌡 \u{7f}\r",
    "class int \t",
    "'",
];

/// A model whose every coefficient is there, or only those of powers.
fn model(actions: usize, degree: usize, additive: bool) -> Model {
    model_of(Monomials::new(actions, degree).unwrap(), additive)
}

/// The same with two powers of every bounded action.
fn bounded(actions: usize, degree: usize, additive: bool) -> Model {
    let monomials = Monomials::new(actions, degree).unwrap();
    model_of(monomials.with_bounded(2).unwrap(), additive)
}

fn model_of(monomials: Monomials, additive: bool) -> Model {
    let (actions, terms) = (monomials.variables(), monomials.len());
    let coefficients = (0..(actions + 1) * terms).map(|i| {
        let power = i % terms == 0 || monomials.only_variable(i % terms).is_some();
        let value = (i as f64 * 0.754_877_666_2).fract() * 4.0 - 2.0;
        if additive && !power { 0.0 } else { value }
    });
    // Some as in the actions' own unit, some far from zero, some in thousandths.
    let shifts = (0..actions).map(|k| [0.0, 290.25, -0.375][k % 3]);
    let factors = (0..actions).map(|k| [1.0, 0.25, 512.0][k % 3]);
    let ranges = |width: f64| -> Vec<Range> {
        let range = |(shift, factor): (f64, f64)| Range {
            min: shift - width / factor,
            max: shift + width / factor,
        };
        shifts.clone().zip(factors.clone()).map(range).collect()
    };
    let summary = |regime, width| FittedRegime {
        regime,
        rows: 1000,
        alpha: None,
        variance: None,
        ranges: ranges(width),
    };
    // From a quarter below the range of the first to three quarters above its middle.
    let numbers = shifts.clone().zip(factors.clone()).map(|(shift, factor)| {
        let (middle, half) = (shift + 0.25 / factor, 0.5 / factor);
        (middle, 1.0 / half)
    });
    let (middles, reciprocals): (Vec<_>, Vec<_>) =
        numbers.take(monomials.all_variables() - actions).unzip();
    let standardisation = shifts.clone().chain(middles);
    let standardisation = standardisation.chain(factors.clone()).chain(reciprocals);
    let regimes = std::iter::once(summary(Regime::OBSERVATIONAL, 1.0));
    let singles = (0..actions).map(|action| summary(Regime::single(action), 2.0));
    Model {
        estimator: "indicator".into(),
        outcome: "light, \"lux\"??/".into(),
        scale: Scale::Identity,
        actions: (0..actions)
            .map(|k| format!("{}{k}", ODD[k % ODD.len()]))
            .collect(),
        levels: vec![None; actions],
        basis: Basis::new(monomials, standardisation.collect()).unwrap(),
        coefficients: coefficients.collect(),
        regimes: regimes.chain(singles).collect(),
        seen: vec![Seen::default(); actions],
        structured: None,
    }
}

/// The model, of which an effect has the powers of a bounded action where that is left alone.
fn left_alone(mut model: Model) -> Model {
    let monomials = model.basis.monomials();
    let actions = monomials.variables();
    let mut blocks = model.coefficients.chunks_exact_mut(monomials.len());
    let beta = blocks.next().unwrap();
    for (action, gamma) in blocks.enumerate() {
        for monomial in monomials.without_bounded().len()..monomials.len() {
            gamma[monomial] = match monomials.only_variable(monomial) {
                Some(variable) if variable == actions + action => -beta[monomial],
                _ => 0.0,
            };
        }
    }
    model
}

/// The model with a covariance of some of its coefficients, of the rank of `directions`.
fn sure(model: Model, directions: usize, has: impl Fn(usize) -> bool) -> Model {
    sure_of(model, directions, |term| has(term.monomial))
}

/// The model with a covariance of some of its terms.
fn sure_of(mut model: Model, directions: usize, has: impl Fn(&Term) -> bool) -> Model {
    let actions = model.actions.len();
    let size = model.basis.monomials().len();
    let blocks = std::iter::once(None).chain((0..actions).map(Some));
    let terms = blocks.flat_map(|action| (0..size).map(move |monomial| Term { action, monomial }));
    let terms: Vec<Term> = terms.filter(has).collect();
    for (index, value) in model.coefficients.iter_mut().enumerate() {
        if !terms.iter().any(|term| term.monomial == index % size) {
            *value = 0.0;
        }
    }
    let mut covariance = vec![0.0; packed::len(terms.len())];
    for direction in 0..directions {
        let value = |i| ((i * directions + direction) as f64 * 0.569_840_290_998).fract() - 0.5;
        let column: Vec<f64> = (0..terms.len()).map(value).collect();
        let mut packed = PackedMut::of(&mut covariance).unwrap();
        for (i, value) in column.iter().enumerate() {
            vector::add_scaled(packed.row_mut(i), 1e-4 * value, &column);
        }
    }
    model.estimator = "structured".into();
    model.structured = Some(Structured {
        influences: Vec::new(),
        interactions: Vec::new(),
        priors: Vec::new(),
        terms,
        blocks: None,
        near_share: None,
        uncertainty: Some(Uncertainty {
            noise: 1.0,
            inflation: 1.0,
            degrees_of_freedom: 10.0,
            covariance,
            left_out: Vec::new(),
            unfound: 0.0,
        }),
    });
    model
}

/// The model with categories for its first and its last action.
fn with_categories(mut model: Model) -> Model {
    let last = model.actions.len() - 1;
    for (action, levels) in [(0, &ODD[..4]), (last, &["off", "on"])] {
        model.levels[action] = Some(Levels::new(
            levels.iter().map(|name| name.to_string()).collect(),
        ));
        for part in &mut model.regimes {
            let max = (levels.len() - 1) as f64;
            part.ranges[action] = Range { min: 0.0, max };
        }
    }
    model
}

fn directory(model: &Model) -> TempDir {
    let directory = TempDir::new().unwrap();
    model_file::write(directory.path().join("model.json"), model).unwrap();
    directory
}

/// Exports under a name with the format's extension, and what the size line says.
fn export(directory: &Path, format: &str, scalar: &str, name: &str) -> String {
    succeed(
        directory,
        &format!("export model.json --format {format} --scalar {scalar} -o {name}"),
    )
}

/// Runs a compiler that must not say anything, then the program `name` that it made.
fn compile_and_run(directory: &Path, compiler: &mut Command, name: &str) {
    let output = compiler.current_dir(directory).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.is_empty(), "{said}");
    let status = Command::new(directory.join(name)).status().unwrap();
    assert!(status.success(), "{name}: {status}");
}

/// Models of many shapes, with a name.
fn models() -> Vec<(&'static str, Model)> {
    let mut sparse = model(4, 3, false);
    for (index, value) in sparse.coefficients.iter_mut().enumerate() {
        if index % 35 % 4 != 3 {
            *value = 0.0;
        }
    }
    let mut nothing = model(2, 2, false);
    nothing.coefficients.fill(0.0);
    let mut tiny = model(2, 3, false);
    let standardisation = vec![0.0, 0.0, 1e-20, 1e20];
    tiny.basis = Basis::new(tiny.basis.monomials(), standardisation).unwrap();
    for part in &mut tiny.regimes {
        part.ranges[0] = Range {
            min: -1e20,
            max: 1e20,
        };
        part.ranges[1] = Range {
            min: -1e-20,
            max: 1e-20,
        };
    }
    vec![
        ("dense", model(5, 3, false)),
        ("additive", model(5, 3, true)),
        ("sparse", sparse),
        ("nothing", nothing),
        ("tiny", tiny),
        ("linear", model(3, 1, false)),
        ("wide", model(12, 2, false)),
        ("steep", model(1, 9, false)),
        ("sure", sure(model(4, 3, false), 200, |_| true)),
        (
            "sure, with gaps",
            sure(model(3, 3, false), 70, |m| m % 3 != 1),
        ),
        ("sure of most", sure(model(2, 2, false), 3, |_| true)),
        ("certain", sure(model(2, 2, false), 0, |_| true)),
        ("categories", with_categories(model(4, 3, true))),
        (
            "sure of categories",
            with_categories(sure(model(4, 3, false), 200, |_| true)),
        ),
    ]
}

#[test]
fn rust_runs_its_vectors() {
    for (name, model) in models() {
        let directory = directory(&model);
        let directory = directory.path();
        for (scalar, bits) in [("f32", "u32"), ("f64", "u64")] {
            export(directory, "rust", scalar, "exported.rs");
            let actions = model.actions.len();
            let variances = match model.structured {
                Some(_) => format!(
                    "assert_eq!(VARIANCES.len(), 32);
                    let standard_errors = T_QUANTILE / 2.228139;
                    assert!((standard_errors - 1.0).abs() < 1e-6 && VARIANCE_TOLERANCE < 1e-3);
                    let variances: &[{bits}] = VARIANCES;
                    for ((actions, _), expected) in VECTORS.iter().zip(variances) {{
                        let found = variance(&actions.map({scalar}::from_bits));
                        assert_eq!(found.to_bits(), *expected, \"{name} {scalar}\");
                    }}"
                ),
                None => String::new(),
            };
            let standard_error = match model.structured {
                Some(_) => {
                    "let (found, variance) = (checked.standard_error.unwrap(), variance(&actions));
                    assert!((found - variance.sqrt()).abs() <= 2.0 * Scalar::EPSILON * found);"
                }
                None => "assert_eq!(checked.standard_error, None);",
            };
            let main = format!(
                "#![deny(warnings)]
                /// The predictor.
                pub mod exported;
                use exported::*;
                fn main() {{
                    assert_eq!((ACTIONS, ACTION_NAMES.len(), VECTORS.len()), ({actions}, {actions}, 32));
                    assert!(DEGREE <= 9 && COEFFICIENTS <= 91 && TOLERANCE < 1.0);
                    assert_eq!(OUTCOME, {:?});
                    let vectors: &[([{bits}; ACTIONS], {bits})] = VECTORS;
                    for (actions, expected) in vectors {{
                        let found = predict(&actions.map({scalar}::from_bits));
                        assert_eq!(found.to_bits(), *expected, \"{name} {scalar}\");
                    }}
                    for (actions, _) in vectors {{
                        let mut actions = actions.map(Scalar::from_bits);
                        let checked = predict_checked(&actions);
                        assert_eq!(checked.effect.to_bits(), predict(&actions).to_bits());
                        assert_eq!((checked.support, ID != DATA), (Support::Inside, true));
                        {standard_error}
                        assert_eq!(support(&MIN), Support::Inside);
                        assert_eq!(support(&MAX), Support::Inside);
                        actions[0] = MAX[0] + MAX[0].abs() + 1.0;
                        assert_eq!(predict_checked(&actions).support, Support::Outside);
                        actions[ACTIONS - 1] = Scalar::NAN;
                        assert_eq!(support(&actions), Support::NotANumber);
                    }}
                    {variances}
                }}",
                model.outcome
            );
            fs::write(directory.join("main.rs"), main).unwrap();
            let mut compiler = Command::new("rustc");
            compiler.args("--edition 2024 -O main.rs -o rust".split(' '));
            compile_and_run(directory, &mut compiler, "rust");
        }
        let format = Command::new("rustfmt")
            .args(["--check", "--edition", "2024", "exported.rs"])
            .current_dir(directory)
            .output();
        match format {
            Ok(output) => assert!(output.status.success(), "{name}: {output:?}"),
            Err(_) => println!("skipped: no rustfmt for the exported module"),
        }
    }
}

const WARNINGS: &str =
    "-std=c99 -Wall -Wextra -pedantic -Wdouble-promotion -Wconversion -Werror -O2";

#[test]
fn c_runs_its_vectors() {
    if Command::new("cc").arg("--version").output().is_err() {
        println!("skipped: no C compiler for the exported header");
        return;
    }
    for (name, model) in models() {
        let directory = directory(&model);
        let directory = directory.path();
        for scalar in ["f32", "f64"] {
            export(directory, "c", scalar, "my-plant.h");
            // The test is asked for after the header was included once.
            let (float, epsilon, root) = match scalar {
                "f32" => ("float", "FLT_EPSILON", "sqrtf"),
                _ => ("double", "DBL_EPSILON", "sqrt"),
            };
            let standard_error = match model.structured {
                Some(_) => format!(
                    "const {float} error = my_plant_predict_checked(actions).standard_error;
                    const {float} apart = error - {root}(my_plant_variance(actions));
                    if (!(apart <= error * 2 * {epsilon} && -apart <= error * 2 * {epsilon})) {{
                        return 95;
                    }}"
                ),
                None => String::new(),
            };
            let main = format!(
                "#include \"my-plant.h\"
                #define MY_PLANT_TEST
                #include \"my-plant.h\"
                #include \"my-plant.h\"
                #include <float.h>
                #include <math.h>
                #include <string.h>
                int main(void) {{
                    static const char *const names[] = MY_PLANT_ACTION_NAMES;
                    static const {float} least[] = MY_PLANT_MIN, greatest[] = MY_PLANT_MAX;
                    {float} actions[MY_PLANT_ACTIONS];
                    if (MY_PLANT_ID == MY_PLANT_DATA) {{
                        return 99;
                    }}
                    memcpy(actions, greatest, sizeof actions);
                    if (my_plant_support(least) != MY_PLANT_INSIDE
                        || my_plant_predict_checked(actions).support != MY_PLANT_INSIDE) {{
                        return 98;
                    }}
                    {standard_error}
                    actions[0] = greatest[0] + 1;
                    while (actions[0] <= greatest[0]) {{
                        actions[0] *= 2;
                    }}
                    if (my_plant_support(actions) != MY_PLANT_OUTSIDE) {{
                        return 97;
                    }}
                    actions[MY_PLANT_ACTIONS - 1] = ({float})NAN;
                    if (my_plant_support(actions) != MY_PLANT_NOT_A_NUMBER) {{
                        return 96;
                    }}
                    return (names[0] && MY_PLANT_OUTCOME[0]) ? my_plant_test() : 94;
                }}\n"
            );
            fs::write(directory.join("main.c"), main).unwrap();
            // Without fused operations, to the bit.
            for more in ["", "-ffp-contract=off"] {
                let mut compiler = Command::new("cc");
                compiler
                    .args(WARNINGS.split(' '))
                    .args(more.split_whitespace());
                compiler.args(["main.c", "-o", "c", "-lm"]);
                if !more.is_empty() {
                    let header = fs::read_to_string(directory.join("my-plant.h")).unwrap();
                    let exact = header
                        .lines()
                        .map(|line| match line.split_once("_TOLERANCE ") {
                            Some((name, _)) if line.starts_with("#define") => {
                                format!("{name}_TOLERANCE 0\n")
                            }
                            _ => format!("{line}\n"),
                        });
                    let exact: String = exact.collect();
                    fs::write(directory.join("my-plant.h"), exact).unwrap();
                }
                compile_and_run(directory, &mut compiler, "c");
            }
        }
        println!("{name}: passed");
    }
}

/// Every compiler there is, with every warning, on models of odd names.
#[test]
fn no_compiler_has_a_word_to_say() {
    const ALL: &str = "-Wall -Wextra -pedantic -Wconversion -Wsign-conversion -Wshadow -Wfloat-conversion \
                       -Wdouble-promotion -Wundef -Wcast-qual -Wfloat-equal -trigraphs";
    let compilers = [
        ("gcc", "-std=c99 -O0", true),
        (
            "gcc",
            "-std=gnu11 -O2 -march=native -ffp-contract=fast",
            true,
        ),
        ("g++", "-x c++ -std=c++17 -Wold-style-cast -O2", true),
        (
            "gcc",
            "-std=c99 -O2 -mfpmath=387",
            cfg!(target_arch = "x86_64"),
        ),
        ("clang", "-std=c99 -O2", true),
        (
            "arm-none-eabi-gcc",
            "-std=c99 -O2 -mcpu=cortex-m0 -mthumb -c",
            false,
        ),
        (
            "arm-none-eabi-gcc",
            "-std=c99 -O2 -mcpu=cortex-m4 -mthumb -mfloat-abi=hard -mfpu=fpv4-sp-d16 -c",
            false,
        ),
        ("avr-gcc", "-std=c99 -Os -mmcu=atmega328p -c", false),
    ];
    let mut compilations = 0;
    let bounded = [
        ("bounded", bounded(4, 3, true)),
        ("sure of bounded", sure(bounded(3, 2, false), 100, |_| true)),
    ];
    for (name, model) in models().into_iter().chain(bounded) {
        let directory = TempDir::new().unwrap();
        let directory = directory.path();
        for scalar in Scalar::ALL {
            let export = Export::new(&model, Regime::joint(model.actions.len()), scalar).unwrap();
            let mut header = fs::File::create(directory.join("plant.h")).unwrap();
            export::c::write(&export, "plant", &mut header).unwrap();
            let main = "#define PLANT_TEST\n#include \"plant.h\"\nint main(void) {\n\
                        return plant_test();\n}\n";
            fs::write(directory.join("main.c"), main).unwrap();
            for (compiler, flags, runs) in compilers {
                if Command::new(compiler).arg("--version").output().is_err()
                    || (compiler == "avr-gcc" && scalar == Scalar::F64)
                    || (flags.contains("387") && !runs)
                {
                    println!("skipped: {compiler} {flags}, {scalar}");
                    continue;
                }
                let mut command = Command::new(compiler);
                command.args(ALL.split_whitespace()).args(flags.split(' '));
                // Debian's avr-gcc, of version 5.4, does not know this warning.
                if compiler != "avr-gcc" {
                    command.arg("-Wunused-const-variable");
                }
                command.args(["main.c", "-o", "c"]).current_dir(directory);
                let output = command.output().unwrap();
                let said = String::from_utf8_lossy(&output.stderr);
                assert!(
                    output.status.success() && said.is_empty(),
                    "{name}, {command:?}: {said}"
                );
                let test = || Command::new(directory.join("c")).status().unwrap();
                assert!(!runs || test().success(), "{name}, {command:?}");
                compilations += 1;
            }
        }
    }
    println!("{compilations} compilations");
}

/// Two models of one name, in one program, by any order of includes: never one's answer for the other's.
#[test]
fn headers_of_two_models_do_not_compile_together() {
    if Command::new("cc").arg("--version").output().is_err() {
        println!("skipped: no C compiler for the exported header");
        return;
    }
    let (bath, kitchen) = (
        directory(&model(2, 2, false)),
        directory(&model(2, 3, false)),
    );
    let (bath, kitchen) = (bath.path(), kitchen.path());
    for directory in [bath, kitchen] {
        export(directory, "c", "f32", "model.h");
        export(directory, "c", "f32", "room.h");
        export(directory, "c", "f32", "Room.h");
        succeed(
            directory,
            "export model.json --format c --name bath -o named.h",
        );
    }
    let compile = |first: &Path, second: &Path| {
        let main = format!(
            "#include \"{}\"\n#include \"{}\"\nint main(void) {{ return 0; }}\n",
            first.display(),
            second.display()
        );
        fs::write(bath.join("main.c"), main).unwrap();
        let mut compiler = Command::new("cc");
        compiler
            .args(WARNINGS.split(' '))
            .args(["main.c", "-o", "c"]);
        let output = compiler.current_dir(bath).output().unwrap();
        String::from_utf8(output.stderr).unwrap()
    };
    let said = "two models are named";
    for (first, second) in [(bath, kitchen), (kitchen, bath)] {
        assert!(compile(&first.join("model.h"), &second.join("model.h")).contains(said));
        assert_eq!(compile(&first.join("model.h"), &second.join("named.h")), "");
        assert_eq!(compile(&first.join("model.h"), &first.join("model.h")), "");
    }
    assert!(compile(&bath.join("Room.h"), &bath.join("room.h")).contains(said));
    let output = run(bath, "export model.json --format rust --name x -o x.rs");
    assert_eq!(output.status.code(), Some(2));
    for name in ["9lives", "a-b", ""] {
        let output = run(
            bath,
            &format!("export model.json --format c --name={name} -o x.h"),
        );
        assert_eq!(output.status.code(), Some(2), "{name}");
    }
    assert!(!bath.join("x.h").exists() && !bath.join("x.rs").exists());
}

/// Where a double has four bytes, as on AVR, a model in f64 is refused by the compiler.
#[test]
fn a_double_of_four_bytes_is_refused() {
    if Command::new("cc").arg("--version").output().is_err() {
        println!("skipped: no C compiler for the exported header");
        return;
    }
    let directory = directory(&model(2, 2, true));
    let directory = directory.path();
    for (scalar, compiles) in [("f32", true), ("f64", false)] {
        export(directory, "c", scalar, "model.h");
        let main = "#include <stdint.h>\n#define double float\n#include \"model.h\"\n\
                    int main(void) { return 0; }\n";
        fs::write(directory.join("main.c"), main).unwrap();
        let mut compiler = Command::new("cc");
        compiler.args(["-std=c99", "main.c", "-o", "c"]);
        let output = compiler.current_dir(directory).output().unwrap();
        assert_eq!(output.status.success(), compiles, "{scalar}: {output:?}");
    }
}

/// The test vectors of the exported Rust module: actions, then the outcome.
fn vectors(directory: &Path) -> Vec<Vec<f32>> {
    bit_patterns(directory, "    ([")
}

/// The numbers in every line of the exported Rust module that begins so.
fn bit_patterns(directory: &Path, begin: &str) -> Vec<Vec<f32>> {
    let module = fs::read_to_string(directory.join("exported.rs")).unwrap();
    let lines = module.lines().filter(|line| line.starts_with(begin));
    let bits = |text: &str| u32::from_str_radix(text, 16).unwrap();
    let numbers = lines.map(|line| {
        let words = line.split("0x").skip(1);
        words.map(|word| f32::from_bits(bits(&word[..8]))).collect()
    });
    numbers.collect()
}

/// The structure whose postcard encoding an artifact is.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Document {
    magic: [u8; 4],
    version: u8,
    scalar: u8,
    length: [u8; 4],
    sections: Vec<(u8, Vec<u8>)>,
    crc: [u8; 4],
}

/// What an artifact's sections are the postcard encoding of.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
enum Section {
    Identity([u8; 8], [u8; 8], u32),
    Names([u8; 4], Vec<[u8; 4]>),
    /// Least and greatest, or shifts and factors.
    Pairs(Vec<f32>, Vec<f32>),
    Polynomial(u8, Vec<f32>),
    Cross(Vec<([u8; 2], u8, f32)>),
    Uncertainty(f32, Vec<f32>),
    Levels(Vec<Vec<[u8; 4]>>),
    /// Of every bounded action its place, shift, factor and coefficients.
    Bounded(Vec<(u8, f32, f32, Vec<f32>)>),
}

/// The sections of an artifact in single precision, after a look at what is around them.
fn sections(bytes: &[u8]) -> Vec<(u8, Section)> {
    fn of<'a, T: Serialize + Deserialize<'a>>(content: &'a [u8]) -> T {
        let value = postcard::from_bytes(content).unwrap();
        assert_eq!(postcard::to_allocvec(&value).unwrap(), content);
        value
    }
    let document: Document = postcard::from_bytes(bytes).unwrap();
    assert_eq!(postcard::to_allocvec(&document).unwrap(), bytes);
    assert_eq!(
        (document.magic, document.version, document.scalar),
        (*b"JEFX", 2, 4)
    );
    assert_eq!(document.length, (bytes.len() as u32).to_le_bytes());
    let section = |(tag, content): &(u8, Vec<u8>)| {
        let section = match tag {
            1 => {
                let (model, data, regime) = of(content);
                Section::Identity(model, data, regime)
            }
            2 => {
                let (outcome, actions) = of(content);
                Section::Names(outcome, actions)
            }
            3 | 4 => {
                let (one, other) = of(content);
                Section::Pairs(one, other)
            }
            5 | 6 => {
                let (degree, coefficients) = of(content);
                Section::Polynomial(degree, coefficients)
            }
            7 => Section::Cross(of(content)),
            8 => {
                let (quantile, factor) = of(content);
                Section::Uncertainty(quantile, factor)
            }
            9 => Section::Levels(of(content)),
            10 => Section::Bounded(of(content)),
            _ => panic!("section {tag}"),
        };
        (*tag, section)
    };
    document.sections.iter().map(section).collect()
}

#[test]
fn the_kernel_reads_postcard() {
    const ACTIONS: usize = 12;
    const CAPACITY: usize = Layout::Dense.capacity(ACTIONS, 3);
    const CROSS: usize = 32;
    for (name, model) in models() {
        let directory = directory(&model);
        let directory = directory.path();
        export(directory, "postcard", "f32", "model.bin");
        export(directory, "rust", "f32", "exported.rs");
        let bytes = fs::read(directory.join("model.bin")).unwrap();
        let sections = sections(&bytes);
        let has = |tag| sections.iter().any(|(own, _)| *own == tag);
        let crossed = name == "sparse";
        let additive = matches!(
            name,
            "additive" | "nothing" | "linear" | "steep" | "categories"
        );
        let dense = !crossed && !additive;
        assert_eq!((has(5), has(7)), (dense, crossed), "{name}");
        assert_eq!(has(8), model.structured.is_some(), "{name}");
        let mut levels = model.levels.iter().flatten();
        assert_eq!(has(9), levels.next().is_some(), "{name}");

        let artifact = Artifact::<f32>::read(&bytes).unwrap();
        let names: Vec<&str> = model.actions.iter().map(String::as_str).collect();
        artifact.expect(&names, &model.outcome).unwrap();
        assert_eq!(artifact.regime(), Regime::joint(names.len()));
        let predictor: Predictor<f32, ACTIONS, CAPACITY, CROSS> = artifact.predictor().unwrap();
        let mut scratch = vec![0.0; artifact.scratch_len()];
        let vectors = vectors(directory);
        assert_eq!(vectors.len(), 32);
        let largest = vectors.iter().map(|vector| vector.last().unwrap().abs());
        let largest = largest.fold(0.0, f32::max);
        for vector in vectors {
            let (&expected, actions) = vector.split_last().unwrap();
            let mut row = [0.0; ACTIONS];
            row[..actions.len()].copy_from_slice(actions);
            // The same operations in the same order, but for cross terms.
            let error = (predictor.predict(&row) - expected).abs();
            assert!(
                error <= if crossed { 1e-6 * largest } else { 0.0 },
                "{name}: {error:e}"
            );
            let checked = artifact.predict(actions, &mut scratch).unwrap();
            let error = (checked.effect - expected).abs();
            assert!(error <= 1e-5 * largest, "{name}: {error:e}");
            assert_eq!(checked.support, Support::Inside, "{name}");
            let row: Vec<f64> = actions.iter().map(|&value| value.into()).collect();
            let interval = model.predict(artifact.regime(), &row).unwrap().interval;
            assert_eq!(
                checked.standard_error.is_some(),
                interval.is_some(),
                "{name}"
            );
            if let (Some(found), Some(interval)) = (checked.standard_error, interval) {
                let error = f64::from(found) - interval.standard_error;
                let bound = 1e-4 * interval.standard_error;
                assert!(error.abs() <= bound, "{name}: {error:e} of {interval:?}");
            }
        }
    }
}

/// A device that has room for an additive polynomial and a pair's cross terms has room for one of which an
/// interaction was found.
#[test]
fn an_interaction_takes_its_own_terms_only() {
    let mut log = String::from("regime,x0,x1,x2,x3,x4,x5,x6,x7,y\n");
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(2);
    let mut normal = || sampling::normal(&mut rng, 0.0_f64, 1.0);
    for row in 0..9 * 400 {
        let set = row % 9;
        let hidden: [f64; 8] = std::array::from_fn(|_| normal());
        let mut actions = hidden.map(|hidden| 0.7 * hidden + 0.7 * normal());
        let regime = match actions.get_mut(set) {
            Some(action) => {
                *action = normal();
                format!("do(x{set})")
            }
            None => "obs".into(),
        };
        let single: f64 = (1..)
            .zip(actions)
            .map(|(k, action)| 0.2 * f64::from(k) * action)
            .sum();
        let outcome = single
            + 0.8 * actions[0] * actions[1]
            + 0.3 * hidden.iter().sum::<f64>()
            + 0.2 * normal();
        log += &format!(
            "{regime},{},{outcome}\n",
            actions.map(|a| a.to_string()).join(",")
        );
    }
    let directory = TempDir::new().unwrap();
    let directory = directory.path();
    fs::write(directory.join("log.csv"), log).unwrap();
    succeed(directory, "fit log.csv --outcome y -o model.json");
    export(directory, "postcard", "f32", "model.bin");
    let bytes = fs::read(directory.join("model.bin")).unwrap();
    let artifact = Artifact::<f32>::read(&bytes).unwrap();
    const ROOM: usize = Layout::Additive.capacity(8, 3);
    assert!(artifact.predictor::<8, ROOM, 3>().is_ok());
    let capacity = 0;
    let refused = artifact.predictor::<8, ROOM, 0>().unwrap_err();
    assert_eq!(
        refused,
        PredictorError::TooManyCross {
            needed: 3,
            capacity
        }
    );
    let without_errors: usize = sections(&bytes)
        .iter()
        .filter(|(tag, _)| *tag < 8)
        .map(|(_, section)| postcard::to_allocvec(section).unwrap().len())
        .sum();
    assert!(without_errors < 400, "{without_errors}");
}

/// Levels by name, on the device, have the effects that the program predicts for them.
#[test]
fn a_device_knows_levels_by_name() {
    const LEVELS: [&str; 5] = ["wool", "Wool", "grün", "-1.5", "?"];
    let mut log = String::from("regime,heat,1fabric,y\n");
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(3);
    let mut normal = || sampling::normal(&mut rng, 0.0_f64, 1.0);
    for row in 0..600 {
        let (level, heat) = (row % 5, normal());
        let regime = ["obs", "do(heat)", "do(1fabric)"][row / 5 % 3];
        let outcome = (1.7 * level as f64).sin() + 0.5 * heat + 0.1 * normal();
        log += &format!("{regime},{heat},{},{outcome}\n", LEVELS[level]);
    }
    let directory = TempDir::new().unwrap();
    let directory = directory.path();
    fs::write(directory.join("log.csv"), log).unwrap();
    succeed(
        directory,
        "fit log.csv --outcome y --categorical 1fabric --degree 4 -o model.json",
    );
    let rows = LEVELS.map(|level| format!("0.25,{level}\n")).concat();
    fs::write(directory.join("rows.csv"), format!("heat,1fabric\n{rows}")).unwrap();
    succeed(directory, "predict model.json rows.csv -o effects.csv");
    let effects = fs::read_to_string(directory.join("effects.csv")).unwrap();
    let effects = effects.lines().skip(1);
    let effects: Vec<f64> = effects
        .map(|row| row.split(',').nth(2).unwrap().parse().unwrap())
        .collect();

    export(directory, "postcard", "f64", "model.bin");
    let bytes = fs::read(directory.join("model.bin")).unwrap();
    let artifact = Artifact::<f64>::read(&bytes).unwrap();
    let mut scratch = vec![0.0; artifact.scratch_len()];
    for (name, effect) in LEVELS.iter().zip(&effects) {
        let actions = [0.25, artifact.level(1, name).unwrap()];
        let found = artifact.predict(&actions, &mut scratch).unwrap();
        assert!((found.effect - effect).abs() < 1e-9, "{name}: {found:?}");
        assert_eq!(found.support, Support::Inside);
    }
    assert_eq!(artifact.level(1, "felt"), None);
    assert_eq!(artifact.level(0, "wool"), None);
    let outside = Support::Outside { action: 1 };
    assert_eq!(artifact.support(&[0.25, 1.5]), outside);

    export(directory, "rust", "f64", "exported.rs");
    export(directory, "c", "f64", "plant.h");
    let of = |file: &str, begin: &str| -> Vec<String> {
        let text = fs::read_to_string(directory.join(file)).unwrap();
        let lines = text
            .lines()
            .filter_map(|line| line.trim().strip_prefix(begin));
        let names = lines.map(|line| line.split([':', ' ']).next().unwrap().to_string());
        names.collect()
    };
    let names = of("exported.rs", "pub const _1FABRIC_");
    let [wool, capital_wool, green, number, question] = &names[..] else {
        panic!("{names:?}");
    };
    assert_eq!((&green[..], &number[..]), ("GR_N", "_1_5"));
    assert!(wool.starts_with("WOOL_") && capital_wool.starts_with("WOOL_"));
    assert!(wool != capital_wool && question.starts_with("__"));
    assert_eq!(of("plant.h", "#define PLANT_LEVEL__1FABRIC_"), names);

    let (mut rust, mut c) = (String::new(), String::new());
    for (name, effect) in names.iter().zip(&effects) {
        rust += &format!(
            "let checked = predict_checked(&[0.25, levels::_1FABRIC_{name}]);
            assert!((checked.effect - {effect:?}).abs() < 1e-9);
            assert_eq!(checked.support, Support::Inside);\n"
        );
        c += &format!(
            "actions[1] = PLANT_LEVEL__1FABRIC_{name};
            missed += fabs(plant_predict(actions) - {effect:?}) >= 1e-9;
            missed += plant_support(actions) != PLANT_INSIDE;\n"
        );
    }
    let main = format!(
        "#![deny(warnings)]
        /// The predictor.
        pub mod exported;
        use exported::*;
        fn main() {{
            {rust}
            assert_eq!(LEVELS, [0, 5]);
            for level in [0.5, 1.999, 5.0, -1.0] {{
                assert_eq!(support(&[0.25, level]), Support::Outside);
            }}
            assert_eq!(support(&[0.25, Scalar::NAN]), Support::NotANumber);
        }}"
    );
    fs::write(directory.join("main.rs"), main).unwrap();
    let mut compiler = Command::new("rustc");
    compiler.args("--edition 2024 -O main.rs -o rust".split(' '));
    compile_and_run(directory, &mut compiler, "rust");

    if Command::new("cc").arg("--version").output().is_err() {
        println!("skipped: no C compiler for the exported header");
        return;
    }
    let main = format!(
        "#include \"plant.h\"
        #include <math.h>
        int main(void) {{
            static const int levels[] = PLANT_LEVELS;
            static const double others[] = {{0.5, 1.999, 5.0, -1.0}};
            double actions[PLANT_ACTIONS] = {{0.25, 0.0}};
            int missed = levels[0] != 0 || levels[1] != 5;
            {c}
            for (int i = 0; i < 4; i++) {{
                actions[1] = others[i];
                missed += plant_support(actions) != PLANT_OUTSIDE;
            }}
            return missed;
        }}\n"
    );
    fs::write(directory.join("main.c"), main).unwrap();
    let mut compiler = Command::new("cc");
    compiler.args(WARNINGS.split(' '));
    compiler.args(["main.c", "-o", "c", "-lm"]);
    compile_and_run(directory, &mut compiler, "c");
}

/// A level that others clash with is called the same in whatever order they came.
#[test]
fn names_of_levels_do_not_depend_on_their_order() {
    let mut constants = ["a b,a_b,A b,a", "a,A b,a_b,a b"].map(|names| {
        let mut model = model(2, 3, true);
        model.actions = vec!["x".into(), "x_a".into()];
        let levels = |names: &str| {
            let names = names.split(',').map(String::from);
            Some(Levels::new(names.collect()))
        };
        model.levels = vec![levels(names), levels("b,c")];
        let export = Export::new(&model, Regime::joint(2), Scalar::F32).unwrap();
        let mut text = Vec::new();
        export::rust::write(&export, &mut text).unwrap();
        let text = String::from_utf8(text).unwrap();
        let lines = text
            .lines()
            .filter_map(|line| line.strip_prefix("    pub const "));
        let split = |line: &str| {
            let (name, rest) = line.split_once(':').unwrap();
            (
                name.to_string(),
                rest.split_once("//").unwrap().1.to_string(),
            )
        };
        lines.map(split).collect::<Vec<_>>()
    });
    for names in &mut constants {
        names.sort();
        let distinct = names.windows(2).all(|pair| pair[0].0 != pair[1].0);
        assert!(distinct && names.len() == 6, "{names:?}");
        assert!(names.iter().any(|(name, _)| name == "X_A"));
        assert!(names.iter().any(|(name, _)| name == "X_A_C"));
    }
    assert_eq!(constants[0], constants[1]);
}

#[test]
fn single_precision_is_near_the_model() {
    for (name, model) in models() {
        let directory = directory(&model);
        export(directory.path(), "rust", "f32", "exported.rs");
        let every = Regime::joint(model.actions.len());
        let (mut error, mut largest) = (0.0_f64, 0.0_f64);
        for vector in vectors(directory.path()) {
            let (&found, actions) = vector.split_last().unwrap();
            let actions: Vec<f64> = actions.iter().map(|&value| value.into()).collect();
            let expected = model.predict(every, &actions).unwrap().effect;
            error = error.max((f64::from(found) - expected).abs());
            largest = largest.max(expected.abs());
        }
        assert!(error <= 2e-6 * largest, "{name}: {error:e} of {largest}");
    }
}

#[test]
fn the_variance_is_the_models() {
    for (name, model) in models() {
        let directory = directory(&model);
        let line = export(directory.path(), "rust", "f32", "exported.rs");
        let variances = bit_patterns(directory.path(), "    0x");
        let known = model.structured.is_some();
        assert_eq!(variances.len(), if known { 32 } else { 0 }, "{name}");
        assert_eq!(line.contains("variance: "), known, "{name}: {line}");
        for format in ["rust", "c"] {
            export(directory.path(), format, "f64", "exported.txt");
            let exported = fs::read_to_string(directory.path().join("exported.txt")).unwrap();
            for part in ["variance(", "T_QUANTILE", "VARIANCE_TOLERANCE"] {
                assert_eq!(exported.contains(part), known, "{name}: {part} in {format}");
            }
        }

        let every = Regime::joint(model.actions.len());
        for (vector, variance) in vectors(directory.path()).iter().zip(variances) {
            let (_, actions) = vector.split_last().unwrap();
            let actions: Vec<f64> = actions.iter().map(|&value| value.into()).collect();
            let interval = model.predict(every, &actions).unwrap().interval.unwrap();
            let error = f64::from(variance[0]).sqrt() - interval.standard_error;
            assert!(
                error.abs() <= 1e-4 * interval.standard_error,
                "{name}: {error:e} of {interval:?}"
            );
        }
    }
}

#[test]
fn the_size_line_counts() {
    let directory = directory(&model(5, 3, true));
    let line = export(directory.path(), "rust", "f32", "exported.rs");
    // Three actions are shifted.
    assert!(
        line.starts_with(
            "exported.rs: 16 coefficients, 76 bytes of constants, 15 multiplications, 18 additions; "
        ),
        "{line}"
    );
    // Of two actions one is shifted; within their bounds both are shifted and scaled.
    let bounded = Export::new(&bounded(2, 1, true), Regime::joint(2), Scalar::F32).unwrap();
    assert_eq!(
        bounded.size().to_string(),
        "7 coefficients, 48 bytes of constants, 8 multiplications, 9 additions"
    );
}

/// Rows at, inside and beyond the bounds of every action, and what the effect of setting some actions is there.
fn rows_about_the_bounds(model: &Model, regime: Regime) -> Vec<([f64; 3], Prediction)> {
    const PLACES: [f64; 9] = [-4.0, -1.0, -0.999, -0.5, 0.0, 0.25, 1.0, 1.001, 3.0];
    let bounds: Vec<(f64, f64)> = model.basis.bounded().collect();
    let mut predictor = model::Predictor::new(model, regime).unwrap();
    let row = |index: usize| {
        let row: [f64; 3] = std::array::from_fn(|action| {
            let (middle, reciprocal) = bounds[action];
            let place = index / PLACES.len().pow(action as u32) % PLACES.len();
            f64::from((middle + PLACES[place] / reciprocal) as f32)
        });
        (row, predictor.predict(&row).unwrap())
    };
    (0..PLACES.len().pow(3)).map(row).collect()
}

/// Setting an action takes the powers of it within its bounds away: an effect has those of the actions that it
/// leaves alone.
fn model_of_left_alone() -> Model {
    let model = left_alone(bounded(3, 2, false));
    let monomials = model.basis.monomials();
    let actions = monomials.variables();
    let products = monomials.without_bounded();
    sure_of(model, 100, |term| {
        let own = term.action.map(|action| actions + action);
        term.monomial < products.len() || monomials.only_variable(term.monomial) == own
    })
}

/// The rows, what is expected and how near to it the exported effect must be.
struct Expected {
    scalar: Scalar,
    rows: Vec<([f64; 3], Prediction)>,
    /// Of the effect, and of the standard error as a part of it.
    bounds: [f64; 2],
}

impl Expected {
    fn new(model: &Model, regime: Regime, scalar: Scalar) -> Self {
        let rows = rows_about_the_bounds(model, regime);
        let largest = rows.iter().map(|(_, expected)| expected.effect.abs());
        let largest = largest.fold(0.0, f64::max);
        let bounds = match scalar {
            Scalar::F32 => [1e-6 * largest, 1e-4],
            Scalar::F64 => [1e-13 * largest, 1e-9],
        };
        Self {
            scalar,
            rows,
            bounds,
        }
    }

    /// The actions, the effect and its squared standard error, as source code.
    fn listed(&self, open: &str, close: &str) -> String {
        let lines = self.rows.iter().map(|(row, expected)| {
            let interval = expected.interval.as_ref().unwrap();
            let variance = interval.standard_error.powi(2);
            let [a, b, c] = row;
            format!(
                "{open}{a:?}, {b:?}, {c:?}, {:?}, {variance:?}{close},\n",
                expected.effect
            )
        });
        lines.collect()
    }

    fn expect_of_rust(&self, directory: &Path, export: &Export) {
        let mut source = fs::File::create(directory.join("exported.rs")).unwrap();
        export::rust::write(export, &mut source).unwrap();
        let [of_effect, of_error] = self.bounds;
        let main = format!(
            "#![allow(dead_code)]
            mod exported;
            use exported::*;
            const ROWS: &[[f64; 5]] = &[{}];
            fn main() {{
                for &[a, b, c, effect, expected] in ROWS {{
                    let row = [a, b, c].map(|value| value as Scalar);
                    assert!((f64::from(predict(&row)) - effect).abs() <= {of_effect:?});
                    let share = f64::from(variance(&row)) / expected - 1.0;
                    assert!(share.abs() <= 2.0 * {of_error:?});
                }}
                for ((actions, effect), expected) in VECTORS.iter().zip(VARIANCES) {{
                    let row = actions.map(Scalar::from_bits);
                    assert_eq!(predict(&row).to_bits(), *effect);
                    assert_eq!(variance(&row).to_bits(), *expected);
                }}
                for action in 0..3 {{
                    let mut row = MIN;
                    row[action] = Scalar::NAN;
                    assert!(predict(&row).is_nan() && variance(&row).is_nan());
                }}
            }}",
            self.listed("[", "]")
        );
        fs::write(directory.join("main.rs"), main).unwrap();
        let mut compiler = Command::new("rustc");
        compiler.args("--edition 2024 main.rs -o rust".split(' '));
        compile_and_run(directory, &mut compiler, "rust");
    }

    fn expect_of_c(&self, directory: &Path, export: &Export) {
        if Command::new("cc").arg("--version").output().is_err() {
            println!("skipped: no C compiler for the exported header");
            return;
        }
        let mut source = fs::File::create(directory.join("plant.h")).unwrap();
        export::c::write(export, "plant", &mut source).unwrap();
        let [of_effect, of_error] = self.bounds;
        let main = format!(
            "#define PLANT_TEST
            #include \"plant.h\"
            #include <math.h>
            static const double rows[][5] = {{{}}};
            static const PLANT_FLOAT least[] = PLANT_MIN;
            int main(void) {{
                PLANT_FLOAT row[3];
                for (unsigned i = 0; i < sizeof rows / sizeof *rows; i++) {{
                    for (unsigned j = 0; j < 3; j++) {{
                        row[j] = (PLANT_FLOAT)rows[i][j];
                    }}
                    const double effect = (double)plant_predict(row) - rows[i][3];
                    const double share = (double)plant_variance(row) / rows[i][4] - 1;
                    if (!(fabs(effect) <= {of_effect:?} && fabs(share) <= 2 * {of_error:?})) {{
                        return 1;
                    }}
                }}
                for (unsigned i = 0; i < 3; i++) {{
                    for (unsigned j = 0; j < 3; j++) {{
                        row[j] = i == j ? (PLANT_FLOAT)NAN : least[j];
                    }}
                    if (!isnan(plant_predict(row)) || !isnan(plant_variance(row))) {{
                        return 2;
                    }}
                }}
                return plant_test();
            }}\n",
            self.listed("{", "}")
        );
        fs::write(directory.join("main.c"), main).unwrap();
        let float = match self.scalar {
            Scalar::F32 => "-DPLANT_FLOAT=float",
            Scalar::F64 => "-DPLANT_FLOAT=double",
        };
        let mut compiler = Command::new("cc");
        compiler
            .args(WARNINGS.split(' '))
            .args([float, "main.c", "-o", "c", "-lm"]);
        compile_and_run(directory, &mut compiler, "c");
    }

    fn expect_of_bytes<S: joint_effects_kernel::Scalar + Into<f64>>(
        &self,
        export: &Export,
        number: impl Fn(f64) -> S,
    ) {
        let artifact = Artifact::<S>::read(export::postcard::bytes(export)).unwrap();
        let mut scratch = vec![S::ZERO; artifact.scratch_len()];
        let [of_effect, of_error] = self.bounds;
        for (row, expected) in &self.rows {
            let found = artifact.predict(&row.map(&number), &mut scratch).unwrap();
            let effect: f64 = found.effect.into();
            assert!((effect - expected.effect).abs() <= of_effect);
            let standard_error: f64 = found.standard_error.unwrap().into();
            let expected = expected.interval.as_ref().unwrap().standard_error;
            assert!((standard_error / expected - 1.0).abs() <= of_error);
        }
    }
}

#[test]
fn a_bounded_effect_is_the_models() {
    let model = model_of_left_alone();
    for (regime, alone) in [
        (Regime::OBSERVATIONAL, 3),
        (Regime::single(1), 2),
        (Regime::single(0).with(2), 1),
        (Regime::joint(3), 0),
    ] {
        for scalar in Scalar::ALL {
            let export = Export::new(&model, regime, scalar).unwrap();
            let expected = Expected::new(&model, regime, scalar);
            let directory = TempDir::new().unwrap();
            expected.expect_of_rust(directory.path(), &export);
            expected.expect_of_c(directory.path(), &export);
            match scalar {
                Scalar::F32 => expected.expect_of_bytes(&export, |value| value as f32),
                Scalar::F64 => expected.expect_of_bytes(&export, |value| value),
            }
        }
        let export = Export::new(&model, regime, Scalar::F32).unwrap();
        let sections = sections(export::postcard::bytes(&export));
        let bounded = sections.iter().find_map(|(_, section)| match section {
            Section::Bounded(bounded) => Some(bounded.len()),
            _ => None,
        });
        assert_eq!(bounded.unwrap_or(0), alone);
    }
}

/// An effect without powers of bounded actions is exported as from a model that has none, to the byte.
#[test]
fn what_is_not_bounded_is_exported_as_ever() {
    let model = left_alone(bounded(3, 2, false));
    let mut plain = model.clone();
    let monomials = model.basis.monomials();
    plain.basis = Basis::new(
        monomials.without_bounded(),
        [model.basis.shift(), model.basis.factor()].concat(),
    )
    .unwrap();
    let blocks = model.coefficients.chunks_exact(monomials.len());
    let blocks = blocks.map(|block| &block[..monomials.without_bounded().len()]);
    plain.coefficients = blocks.collect::<Vec<_>>().concat();
    let exported = |model: &Model, scalar| {
        let export = Export::new(model, Regime::joint(3), scalar).unwrap();
        let mut source = Vec::new();
        export::rust::write(&export, &mut source).unwrap();
        export::c::write(&export, "plant", &mut source).unwrap();
        (source, export::postcard::bytes(&export).to_vec())
    };
    for scalar in Scalar::ALL {
        assert!(exported(&model, scalar) == exported(&plain, scalar));
    }
}

#[test]
fn a_subset_of_the_actions() {
    let mut model = model(2, 2, false);
    model.actions = vec!["a".into(), "b".into()];
    let directory = directory(&model);
    let directory = directory.path();
    let mut seen = Vec::new();
    for (set, regime) in [
        ("all", Regime::joint(2)),
        ("b", Regime::single(1)),
        ("none", Regime::OBSERVATIONAL),
    ] {
        let arguments = format!("export model.json --format rust --do {set} -o exported.rs");
        succeed(directory, &arguments);
        let vector = vectors(directory).pop().unwrap();
        let actions: Vec<f64> = vector[..2].iter().map(|&value| value.into()).collect();
        let expected = model.predict(regime, &actions).unwrap().effect;
        assert!((f64::from(vector[2]) - expected).abs() < 1e-5, "{set}");
        seen.push(fs::read(directory.join("exported.rs")).unwrap());
    }
    assert!(seen[0] != seen[1] && seen[1] != seen[2]);
    let output = run(
        directory,
        "export model.json --format c --do x -o exported.h",
    );
    assert_eq!(output.status.code(), Some(2));
    assert!(!directory.join("exported.h").exists());
}

#[test]
fn every_estimators_model() {
    let directory = TempDir::new().unwrap();
    let directory = directory.path();
    succeed(directory, "simulate --actions 3 --rows 300 --output sim");
    for estimator in ["observational", "separate", "indicator", "structured"] {
        succeed(
            directory,
            &format!("fit sim/data.csv --outcome y --estimator {estimator} -o model.json"),
        );
        for (format, name) in [("rust", "m.rs"), ("c", "m.h"), ("postcard", "m.bin")] {
            let line = export(directory, format, "f32", name);
            // Without interactions found, the structured joint effect is additive.
            let coefficients = if estimator == "structured" { 10 } else { 20 };
            let begin = format!("{name}: {coefficients} coefficients, ");
            assert!(line.starts_with(&begin), "{estimator}: {line}");
        }
    }
}

#[test]
fn what_overflows_is_refused() {
    let mut large = model(1, 1, true);
    large.coefficients.fill(1e200);
    let directory = directory(&large);
    let directory = directory.path();
    let output = run(directory, "export model.json --format c -o exported.h");
    let message = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(
        message,
        "error: model.json: a coefficient is beyond the range of f32\n"
    );
    export(directory, "c", "f64", "exported.h");
}
