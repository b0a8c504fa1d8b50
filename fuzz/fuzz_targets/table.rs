#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| joint_effects_tests::fuzz::run("table", bytes));
