//! Every step at every size: `cargo bench --package joint-effects-benches -- moments/K5`.

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use joint_effects_benches::cases;
use joint_effects_benches::steps::Step;
use std::env;
use std::time::Duration;

fn steps(criterion: &mut Criterion) {
    let trial = env::args().any(|argument| argument == "--test");
    for step in Step::ALL {
        let mut group = criterion.benchmark_group(step.name());
        group
            .sample_size(10)
            .measurement_time(Duration::from_secs(1));
        for case in cases::of(step, trial) {
            let mut work = None;
            group.bench_function(BenchmarkId::from_parameter(case), |bencher| {
                // Made only for a benchmark that was chosen, and once.
                let work = work.get_or_insert_with(|| step.work(case, cases::ROWS));
                match work {
                    Ok(work) => bencher.iter(|| work.call()),
                    Err(_) => bencher.iter(|| ()),
                }
            });
        }
        group.finish();
    }
}

criterion_group!(benches, steps);
criterion_main!(benches);
