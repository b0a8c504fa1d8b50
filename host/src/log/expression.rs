//! Regimes as text: `obs`, `do(x)`, `do(x,y)`.

use joint_effects_kernel::Regime;

/// A text is not a regime of the actions at hand.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ExpressionError {
    /// Neither `obs` nor `do(…)`.
    #[error("expected obs, do(x) or do(x,y), found {0:?}")]
    Unknown(String),
    /// Something is set that is not an action.
    #[error("no action {action:?}; the actions are {}", listed(actions))]
    UnknownAction {
        /// What is set.
        action: String,
        /// The names of the actions.
        actions: Vec<String>,
    },
    /// An action is named twice.
    #[error("{:?} is set twice", excerpt(.0))]
    Repeated(String),
}

/// Names that no action may have: as sets of actions they mean every action and no action.
pub const RESERVED: [&str; 2] = ["all", "none"];

/// Reads a regime; action k is `actions[k]`.
///
/// Spaces around words do not matter, nor does the case of `obs` and `do`. An action's own name may
/// hold spaces, commas and brackets: where several names fit, the longest is meant.
///
/// ```
/// use joint_effects::log::expression;
/// let actions = ["red".to_string(), "dark green".to_string()];
/// let regime = expression::parse("do(dark green, red)", &actions)?;
/// assert_eq!(regime.bits(), 0b11);
/// # Ok::<(), expression::ExpressionError>(())
/// ```
pub fn parse(text: &str, actions: &[String]) -> Result<Regime, ExpressionError> {
    let text = text.trim();
    let mut regime = Regime::OBSERVATIONAL;
    if text.eq_ignore_ascii_case("obs") {
        return Ok(regime);
    }
    let mut rest = set(text);
    if rest.is_none() {
        return Err(ExpressionError::Unknown(excerpt(text)));
    }
    while let Some(list) = rest {
        let Some((action, after)) = first_action(list, actions) else {
            let name = list.split(',').next().unwrap_or_default();
            return Err(ExpressionError::UnknownAction {
                action: excerpt(name.trim()),
                actions: actions.to_vec(),
            });
        };
        if regime.sets(action) {
            return Err(ExpressionError::Repeated(actions[action].clone()));
        }
        regime = regime.with(action);
        rest = after;
    }
    Ok(regime)
}

/// A regime as [`parse`] reads it.
pub fn write(regime: Regime, actions: &[String]) -> String {
    if regime == Regime::OBSERVATIONAL {
        return "obs".into();
    }
    let names: Vec<_> = regime
        .actions()
        .map(|action| actions[action].as_str())
        .collect();
    format!("do({})", names.join(","))
}

/// What stands between the brackets of `do(…)`, where anything does.
fn set(text: &str) -> Option<&str> {
    let (keyword, list) = text.split_at_checked(2)?;
    let list = list.trim_start().strip_prefix('(')?.strip_suffix(')')?;
    (keyword.eq_ignore_ascii_case("do") && !list.trim().is_empty()).then_some(list)
}

/// The action a list begins with, and the list after its comma, where there is one.
fn first_action<'t>(list: &'t str, actions: &[String]) -> Option<(usize, Option<&'t str>)> {
    let follows = |name: &String| {
        let after = list.trim_start().strip_prefix(name.as_str())?.trim_start();
        let rest = after.strip_prefix(',');
        (rest.is_some() || after.is_empty()).then_some(rest)
    };
    let fitting = actions.iter().enumerate();
    fitting
        .filter_map(|(action, name)| Some((action, follows(name)?)))
        .max_by_key(|&(action, _)| actions[action].len())
}

/// Names for a message, each in quotation marks.
pub fn quoted(names: &[String]) -> String {
    let quoted: Vec<_> = names.iter().map(|name| format!("{name:?}")).collect();
    quoted.join(", ")
}

/// As many names as a message has room for, each in quotation marks.
pub(crate) fn listed(names: &[String]) -> String {
    const ROOM: usize = 40;
    let shown = names.iter().take(ROOM);
    let shown: Vec<_> = shown.map(|name| format!("{:?}", excerpt(name))).collect();
    let mut list = shown.join(", ");
    if names.len() > ROOM {
        list += &format!(" and {} more", names.len() - ROOM);
    }
    list
}

/// As much of a text as a message has room for.
pub(crate) fn excerpt(text: &str) -> String {
    const ROOM: usize = 40;
    match text.char_indices().nth(ROOM) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::parse;

    fn actions() -> Vec<String> {
        ["x", "y", "dark green", "a,b", "f(x)"]
            .map(String::from)
            .to_vec()
    }

    #[test]
    fn spaces_and_case_do_not_matter() {
        let cases = [
            ("obs", 0b00000),
            (" OBS\t", 0b00000),
            ("do(x)", 0b00001),
            ("Do ( x , y ) ", 0b00011),
            ("do(y,x)", 0b00011),
            ("DO(dark green)", 0b00100),
            ("do(a,b)", 0b01000),
            ("do(x, a,b ,y)", 0b01011),
            ("do(f(x),x)", 0b10001),
        ];
        for (text, bits) in cases {
            assert_eq!(
                parse(text, &actions()).map(|r| r.bits()),
                Ok(bits),
                "{text}"
            );
        }
    }

    #[test]
    fn a_message_says_what_was_expected() {
        let known = r#"the actions are "x", "y", "dark green", "a,b", "f(x)""#;
        let cases = [
            (
                "",
                r#"expected obs, do(x) or do(x,y), found """#.to_string(),
            ),
            (
                "do()",
                r#"expected obs, do(x) or do(x,y), found "do()""#.to_string(),
            ),
            (
                "set(x)",
                r#"expected obs, do(x) or do(x,y), found "set(x)""#.to_string(),
            ),
            (
                "dö(x)",
                r#"expected obs, do(x) or do(x,y), found "dö(x)""#.to_string(),
            ),
            (
                "do(x",
                r#"expected obs, do(x) or do(x,y), found "do(x""#.to_string(),
            ),
            ("do(X)", format!(r#"no action "X"; {known}"#)),
            ("do(x,)", format!(r#"no action ""; {known}"#)),
            ("do(x y)", format!(r#"no action "x y"; {known}"#)),
            ("do(x,x)", r#""x" is set twice"#.to_string()),
        ];
        for (text, message) in cases {
            let error = parse(text, &actions()).unwrap_err();
            assert_eq!(error.to_string(), message);
        }
    }
}
