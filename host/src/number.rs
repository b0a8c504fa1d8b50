//! Numbers for people.

/// To three significant digits.
pub fn significant(value: f64) -> String {
    let digits = 2 - value.abs().max(f64::MIN_POSITIVE).log10().floor() as i32;
    match digits {
        _ if value == 0.0 => "0".into(),
        0..=6 => format!("{value:.*}", digits as usize),
        _ if digits < 0 && digits > -6 => format!("{value:.0}"),
        _ => format!("{value:.2e}"),
    }
}

/// A p-value with its sign of equality.
pub fn p_value(p: f64) -> String {
    match p {
        0.0 => "p < 1e-300".into(),
        p if p < 0.001 => format!("p = {p:.0e}"),
        p => format!("p = {}", significant(p)),
    }
}
