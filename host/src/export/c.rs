//! A C99 header that needs no library.

use super::levels;
use super::uncertainty::{Root, Uncertainty};
use super::{Body, Export, Language, Scalar};
use crate::moments::Range;
use joint_effects_kernel::digest::Digest;
use std::io::{self, Write};

/// What the names in the header of this file stem begin with.
pub fn prefix(stem: &str) -> String {
    let valid = |c: char| if c.is_ascii_alphanumeric() { c } else { '_' };
    let name: String = stem.chars().map(valid).collect();
    match name.chars().next() {
        Some(first) if first.is_ascii_alphabetic() => name,
        _ => format!("model_{name}"),
    }
}

/// Writes the header: `PREFIX_predict`, `PREFIX_support` and `PREFIX_predict_checked`, and, where
/// `PREFIX_TEST` is defined (in capitals), `PREFIX_test`, which counts the test vectors missed. Where the
/// model knows its standard errors, `PREFIX_variance` and `PREFIX_T_QUANTILE` too.
///
/// Another header of the same prefix is noticed by the compiler.
pub fn write(export: &Export, prefix: &str, out: &mut impl Write) -> io::Result<()> {
    let header = Header {
        export,
        prefix,
        upper: prefix.to_ascii_uppercase(),
    };
    let mut body = Vec::new();
    header.write_body(&mut body)?;
    let mut test = Vec::new();
    header.write_test(&mut test)?;
    let content = Digest::new().bytes(&body).bytes(&test).value();
    let upper = &header.upper;
    writeln!(
        out,
        "\
// {title}; exported by joint-effects {version}.
// {size}.

// What was included under this name.
#if defined({upper}_H) && {upper}_H != 0x{content:016x}ULL
#error \"two models are named {upper}: export one of them with another --name\"
#endif

#ifndef {upper}_H
#define {upper}_H 0x{content:016x}ULL
",
        title = escaped(&export.title),
        version = env!("CARGO_PKG_VERSION"),
        size = export.size(),
    )?;
    out.write_all(&body)?;
    writeln!(
        out,
        "
#endif

#if defined({upper}_TEST) && !defined({upper}_TESTED)
#define {upper}_TESTED
"
    )?;
    out.write_all(&test)?;
    writeln!(out, "\n#endif")
}

struct Header<'a> {
    export: &'a Export,
    prefix: &'a str,
    /// The prefix in capitals.
    upper: String,
}

impl Language for Header<'_> {
    fn declare(&self, changes: bool) -> String {
        let constant = if changes { "" } else { "const " };
        format!("{constant}{} ", self.float())
    }

    fn literal(&self, value: f64) -> String {
        let suffix = match self.export.scalar {
            Scalar::F32 => "f",
            Scalar::F64 => "",
        };
        format!("{}{suffix}", self.export.scalar.decimal(value))
    }

    fn bounded(&self, variable: &str) -> String {
        let [least, greatest] = [-1.0, 1.0].map(|end| self.literal(end));
        format!(
            "{variable} > {greatest} ? {greatest} : {variable} < {least} ? {least} : {variable}"
        )
    }
}

impl Header<'_> {
    fn float(&self) -> &'static str {
        match self.export.scalar {
            Scalar::F32 => "float",
            Scalar::F64 => "double",
        }
    }

    fn bits(&self) -> &'static str {
        match self.export.scalar {
            Scalar::F32 => "uint32_t",
            Scalar::F64 => "uint64_t",
        }
    }

    fn write_body(&self, out: &mut impl Write) -> io::Result<()> {
        let Self {
            export,
            prefix,
            upper,
        } = self;
        let float = self.float();
        let literal = |value| self.literal(value);
        let list = |end: fn(&Range) -> f64| -> String {
            let ends: Vec<_> = export
                .ranges
                .iter()
                .map(|range| literal(end(range)))
                .collect();
            ends.join(", ")
        };
        let names: Vec<_> = export.actions.iter().map(|name| quoted(name)).collect();
        writeln!(
            out,
            "\
#include <stdint.h>

// What tells this model from others, and the data that it was fitted to from others.
#define {upper}_ID 0x{id:016x}ULL
#define {upper}_DATA 0x{data:016x}ULL

#define {upper}_ACTIONS {actions}
#define {upper}_DEGREE {degree}
#define {upper}_ACTION_NAMES {{{names}}}
#define {upper}_OUTCOME {outcome}
#define {upper}_COEFFICIENTS {coefficients}

// Where the data support each action.
#define {upper}_MIN {{{min}}}
#define {upper}_MAX {{{max}}}",
            id = export.id,
            data = export.data,
            actions = export.actions.len(),
            degree = export.degree(),
            names = names.join(", "),
            outcome = quoted(&export.outcome),
            coefficients = export.monomials.len(),
            min = list(|range| range.min),
            max = list(|range| range.max),
        )?;
        if export.has_categories() {
            self.write_levels(out)?;
        }
        if export.scalar == Scalar::F64 {
            writeln!(
                out,
                "
// This model needs a double of 8 bytes: export it with --scalar f32 where there is none.
typedef char {prefix}_double_has_8_bytes[sizeof(double) == 8 ? 1 : -1];"
            )?;
        }
        writeln!(
            out,
            "
// The expected outcome at these values of the actions.
static inline {float} {prefix}_predict(const {float} *actions) {{"
        )?;
        let body = export.straight_line(self);
        write_body(&body, float, out)?;
        if let Some(uncertainty) = &export.uncertainty {
            self.write_uncertainty(uncertainty, out)?;
        }
        writeln!(
            out,
            "
// Whether the data support values of the actions.
typedef enum {{ {upper}_INSIDE, {upper}_OUTSIDE, {upper}_NOT_A_NUMBER }} {prefix}_scope;

static inline {prefix}_scope {prefix}_support(const {float} *actions) {{"
        )?;
        for (action, range) in export.ranges.iter().enumerate() {
            writeln!(
                out,
                "    const {float} min{action} = {}, max{action} = {};",
                literal(range.min),
                literal(range.max),
            )?;
        }
        let each = |joined: &str, test: &dyn Fn(usize) -> String| {
            let tests: Vec<_> = (0..export.ranges.len()).map(test).collect();
            tests.join(&format!("\n        {joined} "))
        };
        let inside = each("&&", &|k| {
            let range = format!("actions[{k}] >= min{k} && actions[{k}] <= max{k}");
            // Between two levels there is none.
            let between = (1..export.levels[k].len() as u8).map(|level| {
                let [below, above] = [level - 1, level].map(|level| literal(level.into()));
                format!("\n        && !(actions[{k}] > {below} && actions[{k}] < {above})")
            });
            range + &between.collect::<String>()
        });
        let not_a_number = each("||", &|k| {
            format!("(!(actions[{k}] >= min{k}) && !(actions[{k}] <= max{k}))")
        });
        writeln!(
            out,
            "    if ({inside}) {{
        return {upper}_INSIDE;
    }}
    if ({not_a_number}) {{
        return {upper}_NOT_A_NUMBER;
    }}
    return {upper}_OUTSIDE;
}}"
        )?;
        let (member, value) = match export.uncertainty {
            Some(_) => (
                format!("\n    {float} standard_error;"),
                format!(
                    "\n    checked.standard_error = {prefix}_root({prefix}_variance(actions));"
                ),
            ),
            None => Default::default(),
        };
        writeln!(
            out,
            "
// A prediction, and what it rests on.
typedef struct {{
    {float} effect;{member}
    {prefix}_scope support;
}} {prefix}_checked;

// Where the data do not support the actions, the prediction means little.
static inline {prefix}_checked {prefix}_predict_checked(const {float} *actions) {{
    {prefix}_checked checked;
    checked.effect = {prefix}_predict(actions);{value}
    checked.support = {prefix}_support(actions);
    return checked;
}}"
        )
    }

    fn write_levels(&self, out: &mut impl Write) -> io::Result<()> {
        let Self { export, upper, .. } = self;
        let numbers = export.levels.iter().map(|levels| levels.len().to_string());
        writeln!(
            out,
            "
// How many levels each action has, 0 where its values are numbers, and the value of each level.
#define {upper}_LEVELS {{{}}}",
            numbers.collect::<Vec<_>>().join(", "),
        )?;
        for constant in levels::constants(&export.actions, &export.levels) {
            let (value, name) = (self.literal(constant.value), constant.name);
            let (level, action) = (quoted(constant.level), quoted(constant.action));
            writeln!(
                out,
                "#define {upper}_LEVEL_{name} {value} // {level} of {action}"
            )?;
        }
        Ok(())
    }

    fn write_uncertainty(&self, uncertainty: &Uncertainty, out: &mut impl Write) -> io::Result<()> {
        let Self {
            export,
            prefix,
            upper,
        } = self;
        let (float, bits) = (self.float(), self.bits());
        let literal = |value| self.literal(value);
        writeln!(
            out,
            "
// The expected outcome lies, with 95 % confidence, within this times the standard error of
// {prefix}_predict.
#define {upper}_T_QUANTILE {}

// The squared standard error of {prefix}_predict at these values of the actions; never negative.
static inline {float} {prefix}_variance(const {float} *actions) {{",
            literal(uncertainty.quantile),
        )?;
        let body = export.variance_straight_line(uncertainty, self);
        write_body(&body, float, out)?;
        let half = literal(0.5);
        let root = Root::of(export.scalar);
        let suffix = match export.scalar {
            Scalar::F32 => "UL",
            Scalar::F64 => "ULL",
        };
        writeln!(
            out,
            "
// The square root by Newton's method, for which no library is needed.
static inline {float} {prefix}_root({float} x) {{
    union {{
        {bits} bits;
        {float} value;
    }} root;
    if (!(x > {zero})) {{
        return x;
    }}
    root.value = x;
    root.bits = (root.bits >> 1) + 0x{magic:x}{suffix};",
            zero = literal(0.0),
            magic = root.magic,
        )?;
        for _ in 0..root.steps {
            writeln!(
                out,
                "    root.value = {half} * (root.value + x / root.value);"
            )?;
        }
        writeln!(out, "    return root.value;\n}}")
    }

    fn write_test(&self, out: &mut impl Write) -> io::Result<()> {
        let Self {
            export,
            prefix,
            upper,
        } = self;
        let (float, bits) = (self.float(), self.bits());
        let scalar = export.scalar;
        writeln!(
            out,
            "\
// On AVR a constant is in RAM, unless it is asked to stay in flash.
#ifdef __AVR__
#include <avr/pgmspace.h>
#define {upper}_FLASH PROGMEM
#define {upper}_COPY(target, source) memcpy_P(&(target), &(source), sizeof (target))
#else
#define {upper}_FLASH
#define {upper}_COPY(target, source) ((target) = (source))
#endif

#define {upper}_VECTORS {count}

// By how much a prediction may differ from the vectors where operations are fused.
#define {upper}_TOLERANCE {tolerance}

// Bit patterns of the actions, then of the outcome where nothing is fused.
static const {bits} {prefix}_vectors[{upper}_VECTORS][{upper}_ACTIONS + 1] {upper}_FLASH = {{",
            count = export.vectors.len(),
            tolerance = self.literal(export.tolerance),
        )?;
        for (actions, expected) in &export.vectors {
            let numbers = actions.iter().chain([expected]);
            let numbers: Vec<_> = numbers.map(|&value| scalar.bits(value)).collect();
            writeln!(out, "    {{{}}},", numbers.join(", "))?;
        }
        writeln!(out, "}};")?;
        let mut variance_test = String::new();
        if let Some(uncertainty) = &export.uncertainty {
            writeln!(
                out,
                "
// By how much a variance may differ where operations are fused.
#define {upper}_VARIANCE_TOLERANCE {}

// Bit patterns of the variances at the vectors' actions where nothing is fused.
static const {bits} {prefix}_variances[{upper}_VECTORS] {upper}_FLASH = {{",
                self.literal(uncertainty.tolerance),
            )?;
            for &variance in &uncertainty.variances {
                writeln!(out, "    {},", scalar.bits(variance))?;
            }
            writeln!(out, "}};")?;
            variance_test = format!(
                "        {upper}_COPY(number.bits, {prefix}_variances[i]);
        const {float} excess = {prefix}_variance(actions) - number.value;
        if (!(excess <= {upper}_VARIANCE_TOLERANCE && excess >= -{upper}_VARIANCE_TOLERANCE)) {{
            missed++;
        }}
"
            );
        }
        writeln!(
            out,
            "
// The number of vectors missed.
static inline int {prefix}_test(void) {{
    int missed = 0;
    for (int i = 0; i < {upper}_VECTORS; i++) {{
        union {{
            {bits} bits;
            {float} value;
        }} number;
        {float} actions[{upper}_ACTIONS];
        for (int j = 0; j < {upper}_ACTIONS; j++) {{
            {upper}_COPY(number.bits, {prefix}_vectors[i][j]);
            actions[j] = number.value;
        }}
        {upper}_COPY(number.bits, {prefix}_vectors[i][{upper}_ACTIONS]);
        const {float} difference = {prefix}_predict(actions) - number.value;
        if (!(difference <= {upper}_TOLERANCE && difference >= -{upper}_TOLERANCE)) {{
            missed++;
        }}
        if ({prefix}_support(actions) != {upper}_INSIDE) {{
            missed++;
        }}
{variance_test}    }}
    return missed;
}}"
        )
    }
}

/// The rest of a function of the actions.
fn write_body(body: &Body, float: &str, out: &mut impl Write) -> io::Result<()> {
    if !body.uses.contains(&true) {
        writeln!(out, "    (void)actions;")?;
    }
    for (action, _) in body.uses.iter().enumerate().filter(|&(_, &used)| used) {
        writeln!(out, "    const {float} a{action} = actions[{action}];")?;
    }
    for statement in &body.statements {
        writeln!(out, "    {statement}")?;
    }
    writeln!(out, "    return {};\n}}", body.result)
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", escaped(text))
}

/// Plain ASCII, with the rest as octal escapes, and nothing that could be a trigraph.
fn escaped(text: &str) -> String {
    let bytes = text.bytes().map(|byte| match byte {
        b'"' | b'\\' | b'?' => format!("\\{}", char::from(byte)),
        b' '..=b'~' => char::from(byte).to_string(),
        _ => format!("\\{byte:03o}"),
    });
    bytes.collect()
}
