//! Every kernel path that the device uses, against what the host computed.
#![no_std]
#![no_main]

use cortex_m_rt::entry;
use joint_effects_cases::cases::{CASES, Record, Studies};
use joint_effects_firmware::line::line;
use joint_effects_firmware::models::{additive, polynomial};
use joint_effects_firmware::{expected, program, stack};
use joint_effects_kernel::predict::artifact::{self, ArtifactError};
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
    let bytes = include_bytes!("../../models/additive.postcard");
    let read = artifact::read::<f32, 5, { Layout::Additive.capacity(5, 3) }>(bytes);
    tests.check(
        "postcard artifact, additive",
        read.is_ok_and(|predictor| {
            all_within(additive::VECTORS, additive::TOLERANCE, |actions| {
                predictor.predict(actions)
            })
        }),
    );
    let bytes = include_bytes!("../../models/polynomial.postcard");
    let read = artifact::read::<f32, 5, { Layout::Dense.capacity(5, 3) }>(bytes);
    tests.check(
        "postcard artifact, polynomial",
        read.is_ok_and(|predictor| {
            all_within(polynomial::VECTORS, polynomial::TOLERANCE, |actions| {
                predictor.predict(actions)
            })
        }),
    );
    let damaged = artifact::read::<f32, 5, { Layout::Dense.capacity(5, 3) }>(&bytes[1..]);
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
