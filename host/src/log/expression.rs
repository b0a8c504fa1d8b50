//! Regimes as text: `obs`, `do(x)`, `do(x,y)`.

use joint_effects_kernel::Regime;

/// Words for a regime in which nothing was set; so is a text that is empty.
const OBSERVATIONAL: [&str; 5] = ["obs", "observational", "control", "baseline", "none"];

/// Words before the brackets in which actions are named that were set.
const SET: [&str; 4] = ["do", "set", "treat", "treatment"];

/// A text is not a regime of the actions at hand.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ExpressionError {
    /// Neither a word for nothing, nor `do(…)`, nor an action.
    #[error("expected obs, do(x), do(x,y) or the name of an action, found {0:?}{hint}", hint = hint(.0))]
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
    /// A word for nothing, and an action.
    #[error("{0:?} is an action and a word for none, expected do({0}) or obs")]
    Ambiguous(String),
}

/// Names that no action may have: as sets of actions they mean every action and no action.
pub const RESERVED: [&str; 2] = ["all", "none"];

/// Reads a regime; action k is `actions[k]`.
///
/// Where nothing was set, a text is empty, `do()`, or one of `obs`, `observational`, `control`, `baseline`
/// and `none`. Where something was, it is `do(x,y)`, `set(x,y)`, `treat(x,y)` or `treatment(x,y)`, or what
/// stands between the brackets alone. `x=5` is `x`: the value is in the column of the action.
///
/// Spaces around words do not matter, nor does case, unless two actions differ in nothing else. An
/// action's own name may hold spaces, commas and brackets: where several names fit, the longest is meant.
/// It may stand in quotation marks, those within it doubled.
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
    if is_among(&OBSERVATIONAL, text) {
        return match actions.iter().any(|name| name == text) {
            true => Err(ExpressionError::Ambiguous(text.into())),
            false => Ok(Regime::OBSERVATIONAL),
        };
    }
    let within = bracketed(text);
    let list = within.unwrap_or(text);
    let mut rest = (!list.trim().is_empty()).then_some(list);
    let mut regime = Regime::OBSERVATIONAL;
    while let Some(list) = rest {
        let Some((action, after)) = first_action(list, actions) else {
            if within.is_none() {
                return Err(ExpressionError::Unknown(excerpt(text)));
            }
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

fn is_among(words: &[&str], text: &str) -> bool {
    words.iter().any(|word| word.eq_ignore_ascii_case(text))
}

/// What stands between the brackets of `do(…)`.
fn bracketed(text: &str) -> Option<&str> {
    let (word, list) = text.strip_suffix(')')?.split_once('(')?;
    is_among(&SET, word.trim_end()).then_some(list)
}

/// The action a list begins with, and the list after its comma, where there is one.
fn first_action<'t>(list: &'t str, actions: &[String]) -> Option<(usize, Option<&'t str>)> {
    let list = list.trim_start();
    let exactly = |start: &str, name: &str| start == name;
    longest(list, actions, exactly).or_else(|| {
        longest(list, actions, |start, name| {
            start.eq_ignore_ascii_case(name)
        })
    })
}

/// The action with the longest name that the list begins with, and the list after its comma; `None` where
/// several are as long.
fn longest<'t>(
    list: &'t str,
    actions: &[String],
    same: impl Fn(&str, &str) -> bool,
) -> Option<(usize, Option<&'t str>)> {
    let after = |name: &str| {
        let (start, after) = list.split_at_checked(name.len())?;
        let after = after.trim_start();
        let end = match after.strip_prefix('=') {
            Some(value) => value.trim_start_matches(|letter| letter != ','),
            None => after,
        };
        let rest = end.strip_prefix(',');
        (same(start, name) && (rest.is_some() || end.is_empty())).then_some(rest)
    };
    let fits = |(action, name): (usize, &String)| {
        let quoted = format!("\"{}\"", name.replace('"', "\"\""));
        let rest = after(name).or_else(|| after(&quoted))?;
        Some((action, rest))
    };
    let fitting: Vec<_> = actions.iter().enumerate().filter_map(fits).collect();
    let length = |&(action, _): &(usize, _)| actions[action].len();
    let most = fitting.iter().map(length).max()?;
    let mut fitting = fitting.into_iter().filter(|fit| length(fit) == most);
    let first = fitting.next();
    first.filter(|_| fitting.next().is_none())
}

/// How a word can be told to mean that nothing was set.
fn hint(text: &str) -> String {
    let is_word = !text.is_empty() && text.chars().all(char::is_alphanumeric);
    match is_word {
        true => format!("; if nothing was set there, say so with --observational {text}"),
        false => String::new(),
    }
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
            ("", 0b00000),
            ("do()", 0b00000),
            ("Control", 0b00000),
            ("baseline", 0b00000),
            ("none", 0b00000),
            ("observational", 0b00000),
            ("do(X)", 0b00001),
            ("x", 0b00001),
            ("x, Y", 0b00011),
            ("set(x)", 0b00001),
            ("treatment (y)", 0b00010),
            ("do(x=5)", 0b00001),
            ("do(y = 1.5, x=-2)", 0b00011),
            ("f(x)", 0b10000),
            ("do(\"a,b\",x)", 0b01001),
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
    fn names_that_differ_in_case_alone_are_told_apart() {
        let actions = ["k", "K", "control"].map(String::from);
        let read = |text| parse(text, &actions).map(|regime| regime.bits());
        assert_eq!(read("do(k)"), Ok(0b001));
        assert_eq!(read("K"), Ok(0b010));
        assert_eq!(read("do(control)"), Ok(0b100));
        assert_eq!(
            read("control").unwrap_err().to_string(),
            r#""control" is an action and a word for none, expected do(control) or obs"#
        );
        let twins = ["kK", "Kk"].map(String::from);
        assert!(parse("do(kk)", &twins).is_err());
    }

    #[test]
    fn a_message_says_what_was_expected() {
        let known = r#"the actions are "x", "y", "dark green", "a,b", "f(x)""#;
        let expected = "expected obs, do(x), do(x,y) or the name of an action, found";
        let cases = [
            ("change(x)", format!(r#"{expected} "change(x)""#)),
            ("dö(x)", format!(r#"{expected} "dö(x)""#)),
            ("do(x", format!(r#"{expected} "do(x""#)),
            ("x,", format!(r#"{expected} "x,""#)),
            (
                "0",
                format!(
                    r#"{expected} "0"; if nothing was set there, say so with --observational 0"#
                ),
            ),
            ("do(z)", format!(r#"no action "z"; {known}"#)),
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
