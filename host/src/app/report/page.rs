//! The page of a report.

use super::what_if::{Action, Effect};
use super::{Report, Section, Table};
use crate::app::plot::Figure;
use crate::app::plot::colour::{self, Medium};
use maud::{DOCTYPE, Markup, PreEscaped, html};

/// Rows beyond which a table is folded away.
const MANY_ROWS: usize = 24;

pub(super) fn page(report: &Report) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="generator" content={ "joint-effects " (env!("JOINT_EFFECTS_VERSION")) };
                // Browsers ask for an icon where none is given.
                link rel="icon" href="data:,";
                title { (report.title) }
                style { (PreEscaped(colour::style())) (PreEscaped(include_str!("style.css"))) }
            }
            body {
                main {
                    h1 { (report.title) }
                    @if report.sections.len() > 1 { (contents(&report.sections)) }
                    @for part in &report.sections { (section(part)) }
                    section #reproduce {
                        h2 { "How to get this again" }
                        p { "With joint-effects " (env!("JOINT_EFFECTS_VERSION")) ":" }
                        pre tabindex="0" { code { (report.command) } }
                        p {
                            "The same seed gives the same numbers, whatever the number of threads."
                            @if let Some(plots) = &report.plots {
                                " The pictures are in " code { (plots) }
                                " beside this page, as SVG and as PNG."
                            }
                        }
                    }
                }
            }
        }
    }
}

fn contents(sections: &[Section]) -> Markup {
    html! {
        nav aria-label="Contents" {
            ul { @for part in sections { li hidden[part.what_if.is_some()] data-script[part.what_if.is_some()] { a href={ "#" (part.name) } { (part.heading) } } } }
        }
    }
}

fn section(part: &Section) -> Markup {
    html! {
        section id=(part.name) hidden[part.what_if.is_some()] data-script[part.what_if.is_some()] {
            h2 { (part.heading) }
            @for text in &part.paragraphs { p { (text) } }
            @if let Some(effect) = &part.what_if { (what_if(effect)) }
            @if !part.findings.is_empty() {
                ul { @for finding in &part.findings { li { (finding) } } }
            }
            @if !part.settings.is_empty() {
                dl { @for (name, value) in &part.settings { div { dt { (name) } dd { (value) } } } }
            }
            @if !part.figures.is_empty() {
                div.figures { @for picture in &part.figures { (figure(picture)) } }
            }
            @for numbers in &part.tables {
                @if numbers.rows.len() > MANY_ROWS {
                    details {
                        summary { (numbers.caption) ": " (numbers.rows.len()) " rows" }
                        (table(numbers))
                    }
                } @else { (table(numbers)) }
            }
        }
    }
}

/// A setting for every action, and what is expected there, which the script keeps up to date.
fn what_if(effect: &Effect) -> Markup {
    html! {
        div.what-if {
            @for (place, action) in (1..).zip(&effect.actions) { (setting(place, action)) }
        }
        @if effect.best.is_some() {
            p {
                button type="button" data-best="0" { "Most " (effect.outcome) } " "
                button type="button" data-best="1" { "Least " (effect.outcome) }
            }
        }
        dl aria-live="polite" aria-atomic="true" {
            div { dt { "expected " (effect.outcome) } dd { data #what-if-expected {} } }
            @if effect.has_interval() {
                div { dt { "95 % interval" } dd { data #what-if-lower {} " to " data #what-if-upper {} } }
            }
            div { dt { "support" } dd #what-if-support {} }
        }
        script #what-if-effect type="application/json" { (PreEscaped(effect.json())) }
        script { (PreEscaped(include_str!("what_if.js"))) }
    }
}

/// A list of levels, or a slider with the number beside it.
fn setting(place: usize, action: &Action) -> Markup {
    let (id, value) = (format!("setting-{place}"), format!("value-{place}"));
    html! {
        label for=(id) { (action.name) }
        @if let Some(levels) = &action.levels {
            select id=(id) autocomplete="off" {
                @for (level, name) in levels.iter().enumerate() { option value=(level) { (name) } }
            }
        } @else {
            input id=(id) type="range" min=(action.range.min) max=(action.range.max) step="any"
                value=(action.start) autocomplete="off";
            input id=(value) type="number" step="any" autocomplete="off" aria-label=(action.name);
        }
    }
}

fn figure(picture: &Figure) -> Markup {
    html! {
        figure {
            (PreEscaped(picture.svg(Medium::Page)))
            figcaption { (picture.caption) }
        }
    }
}

/// A wide table scrolls in a box of its own, which the keyboard reaches.
fn table(numbers: &Table) -> Markup {
    let labels = numbers.labels;
    html! {
        div.table tabindex="0" role="region" aria-label=(numbers.caption) {
            table {
                caption { (numbers.caption) }
                thead { tr {
                    @for (column, name) in numbers.header.iter().enumerate() {
                        th scope="col" class=[(column < labels).then_some("label")] { (name) }
                    }
                } }
                tbody { @for row in &numbers.rows { tr {
                    @for (column, cell) in row.iter().enumerate() {
                        @if column < labels { th scope="row" class="label" { (cell) } }
                        @else { td { (cell) } }
                    }
                } } }
            }
        }
    }
}
