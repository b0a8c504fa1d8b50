//! Every kernel path that the device uses, against what the host computed.
#![no_std]
#![no_main]

use cortex_m_rt::entry;
use joint_effects_cases::cases::{CASES, Record, Studies};
use joint_effects_firmware::line::line;
use joint_effects_firmware::models::{additive, polynomial};
use joint_effects_firmware::{expected, program, stack};
use joint_effects_kernel::predict::artifact::{Artifact, ArtifactError};
use joint_effects_kernel::predict::predictor::Layout;

#[entry]
fn main() -> ! {
    static mut STUDIES: Studies = Studies::new();
    let mut tests = Tests {
        passed: 0,
        failed: 0,
    };
    for (case, expected) in CASES.iter().zip(expected::CASES) {
        let mut record = Record::default();
        let done = (case.run)(&mut record, STUDIES).is_ok();
        let found = record.numbers().iter().map(|number| number.to_bits());
        tests.check(case.name, done && found.eq(expected.iter().copied()));
    }
    tests.check(
        "exported additive predictor",
        all_within(additive::VECTORS, additive::TOLERANCE, additive::predict),
    );
    let mut variances = additive::VECTORS.iter().zip(additive::VARIANCES);
    tests.check(
        "exported additive variance",
        variances.all(|((inputs, _), output)| {
            let found = additive::variance(&inputs.map(f32::from_bits));
            (found - f32::from_bits(*output)).abs() <= additive::VARIANCE_TOLERANCE
        }),
    );
    tests.check(
        "exported polynomial predictor",
        all_within(
            polynomial::VECTORS,
            polynomial::TOLERANCE,
            polynomial::predict,
        ),
    );
    const NAMES: [&str; 5] = ["a1", "a2", "a3", "a4", "a5"];
    let bytes = include_bytes!("../../models/additive.postcard");
    let read = Artifact::<f32>::read(bytes);
    let predictor = read.and_then(|artifact| {
        Ok(artifact.predictor::<5, { Layout::Additive.capacity(5, 3) }, 0>()?)
    });
    tests.check(
        "postcard artifact, additive",
        predictor.is_ok_and(|predictor| {
            all_within(additive::VECTORS, additive::TOLERANCE, |actions| {
                predictor.predict(actions)
            })
        }),
    );
    tests.check(
        "postcard artifact where it lies, with standard errors",
        read.is_ok_and(|artifact| {
            let mut scratch = [0.0; 5 + 16];
            let mut checked = |actions: &[f32; 5]| artifact.predict(actions, &mut scratch).ok();
            let variances = additive::VECTORS.iter().zip(additive::VARIANCES);
            artifact.expect(&NAMES, "y").is_ok()
                && variances.into_iter().all(|((actions, _), variance)| {
                    let error = checked(&actions.map(f32::from_bits))
                        .and_then(|checked| checked.standard_error)
                        .unwrap_or(f32::NAN);
                    (error * error / f32::from_bits(*variance) - 1.0).abs() < 1e-5
                })
        }),
    );
    let bytes = include_bytes!("../../models/polynomial.postcard");
    let read = Artifact::<f32>::read(bytes);
    let predictor = read
        .and_then(|artifact| Ok(artifact.predictor::<5, { Layout::Dense.capacity(5, 3) }, 0>()?));
    tests.check(
        "postcard artifact, polynomial",
        predictor.is_ok_and(|predictor| {
            all_within(polynomial::VECTORS, polynomial::TOLERANCE, |actions| {
                predictor.predict(actions)
            })
        }),
    );
    let damaged = Artifact::<f32>::read(&bytes[1..]);
    tests.check(
        "postcard artifact, damaged",
        damaged == Err(ArtifactError::Magic),
    );
    stack::report();
    line()
        .count(tests.passed.into())
        .text(" passed, ")
        .count(tests.failed.into())
        .text(" failed")
        .print();
    program::end(tests.failed == 0)
}

fn all_within(
    vectors: &[([u32; 5], u32)],
    tolerance: f32,
    predict: impl Fn(&[f32; 5]) -> f32,
) -> bool {
    vectors.iter().all(|(inputs, output)| {
        let found = predict(&inputs.map(f32::from_bits));
        (found - f32::from_bits(*output)).abs() <= tolerance
    })
}

struct Tests {
    passed: u32,
    failed: u32,
}

impl Tests {
    fn check(&mut self, name: &str, passed: bool) {
        self.passed += u32::from(passed);
        self.failed += u32::from(!passed);
        line()
            .text(if passed { "ok      " } else { "FAILED  " })
            .text(name)
            .print();
    }
}
