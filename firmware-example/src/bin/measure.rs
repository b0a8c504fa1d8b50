//! How many instructions everything takes, call and return included. `measure.sh` makes a table of
//! what this prints.
#![no_std]
#![no_main]

use core::hint::black_box;
use cortex_m_rt::entry;
use joint_effects_cases::cases::ALPHA;
use joint_effects_cases::plant::ACTIONS;
use joint_effects_cases::study::{DEGREE, SCRATCH, Study, TERMS};
use joint_effects_cases::table::ROWS;
use joint_effects_firmware::instructions::Counter;
use joint_effects_firmware::line::line;
use joint_effects_firmware::models::{additive, polynomial};
use joint_effects_firmware::program;
use joint_effects_kernel::algebra::cholesky::Factor;
use joint_effects_kernel::algebra::packed::{self, PackedMut};
use joint_effects_kernel::features::monomials::{self, Monomials};
use joint_effects_kernel::predict::predictor::{self, Layout, Predictor};

#[entry]
fn main() -> ! {
    let Some(counter) = Counter::start() else {
        line().text("the timer stands still").print();
        program::end(false)
    };
    predictors(&counter);
    program::end(fit(&counter).is_some())
}

fn report(what: &str, instructions: u32) {
    line().text(what).text(" | ").count(instructions).print();
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

#[inline(never)]
fn run_time<const CAPACITY: usize>(
    predictor: &Predictor<f32, 5, CAPACITY>,
    actions: &[f32; 5],
) -> f32 {
    predictor.predict(actions)
}

fn predictors(counter: &Counter) {
    let actions = black_box([0.7, -1.3, 0.45, 2.1, -0.6]);
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
    #[cfg(feature = "c-header")]
    {
        use joint_effects_firmware::c_header;
        report("exported C, 56 monomials", straight(c_header::polynomial));
        report(
            "exported C, additive, 16 coefficients",
            straight(c_header::additive),
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
    if let Ok(monomials) = black_box(Monomials::new(5, 3)) {
        let mut features = [0.0; DENSE];
        let instructions = counter.count(|| {
            let value = predictor::evaluate(monomials, &coefficients, &actions, &mut features);
            let _ = black_box(value);
        });
        report("run-time `predictor::evaluate`, 56 monomials", instructions);
    }
}

/// What a fit of K = 3 to degree 2 takes.
fn fit(counter: &Counter) -> Option<()> {
    const { assert!(ACTIONS == 3 && DEGREE == 2) };
    let mut study = Study::<f32>::new().ok()?;
    let (last, rows) = ROWS.split_last()?;
    for (set, row) in rows {
        study.push(*set, &row.actions, row.outcome).ok()?;
    }
    let (set, row) = black_box(*last);
    let push = counter.count(|| {
        let _ = black_box(study.push(set, &row.actions, row.outcome));
    });
    report("one row into the moments, K = 3, degree 2", push);

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

    let mut scratch = [0.0; SCRATCH];
    let study = black_box(study);
    let mut fitted = None;
    let whole = counter.count(|| fitted = black_box(study.fit(ALPHA, &mut scratch)).ok());
    report("whole indicator fit, 40 coefficients", whole);
    fitted?;
    Some(())
}
