//! How many instructions everything takes, call and return included. `measure.sh` makes a table of
//! what this prints.
#![no_std]
#![no_main]

use core::hint::black_box;
use cortex_m_rt::{entry, exception};
use joint_effects_cases::cases::{ALPHA, SETTINGS, Studies};
use joint_effects_cases::plant::{self, ACTIONS, tell};
use joint_effects_cases::table::ROWS;
use joint_effects_firmware::instructions::{self, Counter};
use joint_effects_firmware::line::line;
use joint_effects_firmware::models::{additive, polynomial};
use joint_effects_firmware::program;
use joint_effects_kernel::Regime;
use joint_effects_kernel::algebra::cholesky::Factor;
use joint_effects_kernel::algebra::packed::{self, PackedMut};
use joint_effects_kernel::device::{Study, numbers_of_ridges};
use joint_effects_kernel::features::monomials::{self, Monomials};
use joint_effects_kernel::predict::artifact::Artifact;
use joint_effects_kernel::predict::optimum::{Goal, MANY_BOXES};
use joint_effects_kernel::predict::predictor::{self, Layout, Predictor};
use joint_effects_kernel::study;

#[exception]
fn SysTick() {
    instructions::wrapped();
}

#[entry]
fn main() -> ! {
    static mut STUDIES: Studies = Studies::new();
    let Some(counter) = Counter::start() else {
        line().text("the timer stands still").print();
        program::end(false)
    };
    predictors(&counter);
    sizes();
    let measured = algebra(&counter).and_then(|()| {
        let Studies { quadratic, cubic } = STUDIES;
        measure(&counter, "K = 3, degree 2", 2, quadratic)?;
        measure(&counter, "K = 3, degree 3", 3, cubic)
    });
    program::end(measured.is_some())
}

fn report(what: &str, instructions: u64) {
    report_of(what, "", instructions);
}

fn report_of(what: &str, of: &str, instructions: u64) {
    line()
        .text(what)
        .text(of)
        .text(" | ")
        .count(instructions)
        .print();
}

/// How much RAM studies take.
fn sizes() {
    type Ridges = Study<f32, { numbers_of_ridges(3, 2, 4) }, 0, 4>;
    report(
        "bytes of K = 3, degree 2, ridges only",
        size_of::<Ridges>() as u64,
    );
    report(
        "bytes of K = 2, degree 2",
        size_of::<study!(f32, 2, 2)>() as u64,
    );
    report(
        "bytes of K = 3, degree 2",
        size_of::<study!(f32, 3, 2)>() as u64,
    );
    report(
        "bytes of K = 3, degree 3",
        size_of::<study!(f32, 3, 3)>() as u64,
    );
    report(
        "bytes of K = 4, degree 2",
        size_of::<study!(f32, 4, 2)>() as u64,
    );
    report(
        "bytes of K = 5, degree 2",
        size_of::<study!(f32, 5, 2)>() as u64,
    );
}

#[inline(never)]
fn exported_polynomial(actions: &[f32; polynomial::ACTIONS]) -> f32 {
    polynomial::predict(actions)
}

#[inline(never)]
fn exported_additive(actions: &[f32; additive::ACTIONS]) -> f32 {
    additive::predict(actions)
}

#[inline(never)]
fn exported_variance(actions: &[f32; additive::ACTIONS]) -> f32 {
    additive::variance(actions)
}

/// The effect and the support.
#[inline(never)]
fn exported_checked(actions: &[f32; additive::ACTIONS]) -> f32 {
    let checked = additive::predict_checked(actions);
    match checked.support {
        additive::Support::Inside => checked.effect,
        _ => f32::NAN,
    }
}

/// The standard error too.
#[inline(never)]
fn exported_whole(actions: &[f32; additive::ACTIONS]) -> f32 {
    let checked = additive::predict_checked(actions);
    match (checked.support, checked.standard_error) {
        (additive::Support::Inside, Some(error)) => checked.effect + error,
        _ => f32::NAN,
    }
}

#[inline(never)]
fn run_time<const CAPACITY: usize>(
    predictor: &Predictor<f32, 5, CAPACITY>,
    actions: &[f32; 5],
) -> f32 {
    predictor.predict(actions)
}

fn predictors(counter: &Counter) {
    let actions = black_box([0.7, -1.3, 0.45, 2.1, -0.6]);
    let inside = black_box(additive::MAX);
    let straight = |predict: fn(&[f32; 5]) -> f32| {
        counter.count(|| {
            black_box(predict(&actions));
        })
    };
    report("exported Rust, 56 monomials", straight(exported_polynomial));
    report(
        "exported Rust, additive, 16 coefficients",
        straight(exported_additive),
    );
    report(
        "exported Rust, additive, variance, 136 coefficients",
        straight(exported_variance),
    );
    for (what, predict) in [
        (
            "exported Rust, additive, `predict_checked`: effect, support",
            exported_checked as fn(&[f32; 5]) -> f32,
        ),
        (
            "exported Rust, additive, `predict_checked`: effect, support, standard error",
            exported_whole,
        ),
    ] {
        let instructions = counter.count(|| {
            black_box(predict(&inside));
        });
        report(what, instructions);
    }
    #[cfg(feature = "c-header")]
    {
        use joint_effects_firmware::c_header;
        report("exported C, 56 monomials", straight(c_header::polynomial));
        report(
            "exported C, additive, 16 coefficients",
            straight(c_header::additive),
        );
        let instructions = counter.count(|| {
            black_box(c_header::additive_checked(&inside));
        });
        report(
            "exported C, additive, `predict_checked`: effect, support",
            instructions,
        );
    }

    const DENSE: usize = monomials::count(5, 3);
    let coefficients = black_box([0.5_f32; DENSE]);
    const CAPACITY: usize = Layout::Dense.capacity(5, 3);
    for (what, layout, length) in [
        ("run-time `Predictor`, 56 monomials", Layout::Dense, DENSE),
        (
            "run-time `Predictor`, additive, 16 coefficients",
            Layout::Additive,
            Layout::Additive.coefficients(5, 3),
        ),
    ] {
        let coefficients = coefficients.get(..length).unwrap_or_default();
        let made =
            Predictor::<f32, 5, CAPACITY>::new(layout, 3, &[0.1; 5], &[1.2; 5], coefficients);
        if let Ok(predictor) = black_box(made) {
            let instructions = counter.count(|| {
                black_box(run_time(&predictor, &actions));
            });
            report(what, instructions);
        }
    }
    artifacts(counter, &actions);
    if let Ok(monomials) = black_box(Monomials::new(5, 3)) {
        let mut features = [0.0; DENSE];
        let instructions = counter.count(|| {
            let value = predictor::evaluate(monomials, &coefficients, &actions, &mut features);
            let _ = black_box(value);
        });
        report("run-time `predictor::evaluate`, 56 monomials", instructions);
    }
}

/// What artifacts take, where they lie in flash.
fn artifacts(counter: &Counter, actions: &[f32; 5]) {
    for (what, bytes) in [
        (
            "56 monomials",
            &include_bytes!("../../models/polynomial.postcard")[..],
        ),
        (
            "additive, 16 coefficients and their standard errors",
            &include_bytes!("../../models/additive.postcard")[..],
        ),
    ] {
        let bytes = black_box(bytes);
        let mut read = None;
        let instructions = counter.count(|| read = Artifact::<f32>::read(bytes).ok());
        report_of("`Artifact::read`, ", what, instructions);
        let Some(artifact) = read else {
            continue;
        };
        const CAPACITY: usize = Layout::Dense.capacity(5, 3);
        let instructions = counter.count(|| {
            let _ = black_box(artifact.predictor::<5, CAPACITY, 0>());
        });
        report_of("`Artifact::predictor`, ", what, instructions);
        let mut scratch = [0.0; 5 + 56];
        let instructions = counter.count(|| {
            let _ = black_box(artifact.predict(actions, &mut scratch));
        });
        report_of("`Artifact::predict`, ", what, instructions);
        let mut best = [0.0; 5];
        let instructions = counter.count(|| {
            let _ = black_box(artifact.best(Goal::Greatest, MANY_BOXES, &mut best));
        });
        report_of("`Artifact::best`, ", what, instructions);
    }
}

/// What a matrix as large as there are monomials to degree 2 takes.
fn algebra(counter: &Counter) -> Option<()> {
    const TERMS: usize = monomials::count(ACTIONS, 2);
    let mut matrix = [0.0_f32; packed::len(TERMS)];
    let mut packed = PackedMut::of(&mut matrix).ok()?;
    for i in 0..TERMS {
        let row = packed.row_mut(i);
        row.fill(0.1);
        *row.last_mut()? = 2.0;
    }
    let packed = black_box(packed);
    let mut factored = None;
    let factor = counter.count(|| factored = black_box(Factor::of(packed)).ok());
    let factored = factored?;
    report("Cholesky factor, 10 × 10", factor);
    let mut x = black_box([1.0; TERMS]);
    let solve = counter.count(|| {
        let _ = black_box(factored.solve(&mut x));
    });
    report("Cholesky solution of one right side, 10 × 10", solve);
    Some(())
}

/// What a study takes.
fn measure<const NUMBERS: usize, const COLUMNS: usize, const REGIMES: usize>(
    counter: &Counter,
    of: &str,
    degree: usize,
    study: &mut Study<f32, NUMBERS, COLUMNS, REGIMES>,
) -> Option<()> {
    let (last, rows) = ROWS.split_last()?;
    study.start(ACTIONS, degree, 50).ok()?;
    tell(study, rows, |x| x).ok()?;
    let study = black_box(study);
    let (set, row) = black_box(last);
    let push = counter.count(|| {
        let _ = black_box(study.push(plant::regime(*set), &row.actions, row.outcome));
    });
    report_of("`push` of a row, ", of, push);
    let mut fitted = None;
    let fit = counter.count(|| fitted = black_box(study.fit_indicator(ALPHA)).ok());
    fitted?;
    report_of("`fit_indicator`, ", of, fit);
    let mut fitted = None;
    let fit = counter.count(|| fitted = black_box(study.fit_separate(ALPHA)).ok());
    fitted?;
    report_of("`fit_separate`, ", of, fit);
    let mut fitted = None;
    let fit = counter.count(|| fitted = black_box(study.fit_structured()).ok());
    fitted?;
    report_of("`fit_structured`, ", of, fit);
    let [.., actions] = black_box(SETTINGS);
    let mut predicted = None;
    let predict = counter.count(|| {
        predicted = black_box(study.predict(Regime::joint(ACTIONS), &actions)).ok();
    });
    predicted?;
    report_of("`predict` with a standard error, ", of, predict);
    let mut quantile = None;
    let instructions = counter.count(|| quantile = black_box(study.quantile(0.95)));
    quantile?;
    report_of("`quantile`, ", of, instructions);
    Some(())
}
