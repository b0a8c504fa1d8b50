//! Names for the levels of categories in code.

use joint_effects_kernel::digest::Digest;

/// A level as code has it.
pub(super) struct Constant<'a> {
    /// A name of capitals, digits and underscores, of no other level: that of the action, then its own.
    pub name: String,
    /// What predictions take.
    pub value: f64,
    /// What the action is called.
    pub action: &'a str,
    /// What the level is called.
    pub level: &'a str,
}

/// The levels of all categories.
///
/// Where nothing of a level's name can stand in code, or several levels would be called the same, the digest of
/// their names tells them apart: it does not depend on the order in which they came, as a number would.
pub(super) fn constants<'a>(actions: &'a [String], levels: &'a [Vec<String>]) -> Vec<Constant<'a>> {
    let actions = actions.iter().zip(levels);
    let all = actions.flat_map(|(action, levels)| {
        (0_u32..).zip(levels).map(|(value, level)| Constant {
            name: name(action, level),
            value: value.into(),
            action,
            level,
        })
    });
    let mut constants: Vec<Constant<'_>> = all.collect();
    let names: Vec<String> = constants.iter().map(|own| own.name.clone()).collect();
    for constant in &mut constants {
        let same = names.iter().filter(|other| **other == constant.name);
        if same.count() > 1 || !constant.level.contains(|c: char| c.is_ascii_alphanumeric()) {
            let digest = Digest::new().bytes(constant.action.as_bytes()).bytes(&[0]);
            let digest = digest.bytes(constant.level.as_bytes()).value() as u32;
            constant.name += &format!("_{digest:08X}");
        }
    }
    constants
}

/// The letters and digits of ASCII, and `_` for everything else.
fn name(action: &str, level: &str) -> String {
    let valid = |c: char| match c.is_ascii_alphanumeric() {
        true => c.to_ascii_uppercase(),
        false => '_',
    };
    let name: String = format!("{action}_{level}").chars().map(valid).collect();
    match name.starts_with(|c: char| c.is_ascii_digit()) {
        true => format!("_{name}"),
        false => name,
    }
}
