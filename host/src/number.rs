//! Numbers for people.

/// A finite number that somebody typed.
pub fn finite(text: &str) -> Option<f64> {
    let number = text.trim().parse().ok();
    number.filter(|number: &f64| number.is_finite())
}

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

/// To three significant digits, without zeros at the end.
pub fn short(value: f64) -> String {
    let text = significant(value);
    match text.parse::<f64>() {
        Ok(rounded) if !text.contains('e') => rounded.to_string(),
        _ => text,
    }
}

/// As many digits as it takes to read it back, but no rows of zeros.
pub fn exact(value: f64) -> String {
    const ZEROS: usize = 6;
    let (plain, power) = (value.to_string(), format!("{value:e}"));
    match plain.len() > power.len() + ZEROS {
        true => power,
        false => plain,
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

/// To two significant digits of its standard error, as `0.0164 ± 0.0011`.
pub fn with_error(value: f64, error: f64) -> String {
    if error <= 0.0 || !error.is_finite() {
        return significant(value);
    }
    let digits = (1 - error.log10().floor() as i32).clamp(0, 12) as usize;
    format!("{value:.digits$} ± {error:.digits$}")
}

/// A count, its thousands set apart.
pub fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `a`, `a and b`, `a, b and c`.
pub fn list<T: AsRef<str>>(items: &[T]) -> String {
    match items {
        [] => String::new(),
        [one] => one.as_ref().into(),
        [most @ .., last] => {
            let most: Vec<&str> = most.iter().map(AsRef::as_ref).collect();
            format!("{} and {}", most.join(", "), last.as_ref())
        }
    }
}
