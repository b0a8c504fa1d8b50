//! The page of a report.

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
            ul { @for part in sections { li { a href={ "#" (part.name) } { (part.heading) } } } }
        }
    }
}

fn section(part: &Section) -> Markup {
    html! {
        section id=(part.name) {
            h2 { (part.heading) }
            @for text in &part.paragraphs { p { (text) } }
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
