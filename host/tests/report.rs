//! Reports: the pages in a headless browser, what their captions say, and the files of their plots.

#![cfg(feature = "app")]

use crate::browser::{Browser, View, url};
use crate::program::succeed;
use joint_effects::app::lab::summary::Summary;
use joint_effects::app::plot::Drawing;
use joint_effects::app::report::Report;
use joint_effects::app::report::experiment::section;
use joint_effects::decide::choose::{Aim, Question, choose};
use joint_effects::model::{Predictor, model_file};
use joint_effects_kernel::Regime;
use serde_json::{Value, json};
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// What is looked at on a page. Marks are within the view box where their boxes are within the
/// picture's; a pixel is left for the width of strokes.
const LOOK: &str = r"(() => {
    const all = (root, selector) => [...root.querySelectorAll(selector)];
    const inside = (mark, frame) => {
        const [a, b] = [mark.getBoundingClientRect(), frame.getBoundingClientRect()];
        return a.left >= b.left - 1 && a.right <= b.right + 1 && a.top >= b.top - 1 && a.bottom <= b.bottom + 1;
    };
    const ids = all(document, '[id]').map(element => element.id);
    const style = (element, name) => getComputedStyle(element)[name];
    return {
        tables: all(document, 'table').map(table => ({
            rows: table.tBodies[0].rows.length,
            caption: table.caption.textContent,
            scoped: all(table, 'th').every(cell => cell.scope),
            labelled: [...table.tBodies[0].rows].every(row => row.querySelector('th')),
        })),
        figures: all(document, 'figure').map(figure => {
            const picture = figure.querySelector('svg');
            const texts = all(picture, 'text').filter(text => text.textContent);
            const marks = [...all(picture, 'circle, path, line, rect'), ...texts];
            const names = picture.getAttribute('aria-labelledby').split(' ');
            return {
                title: document.getElementById(names[0]).textContent,
                description: document.getElementById(names[1]).textContent,
                caption: figure.querySelector('figcaption').textContent,
                marks: marks.length,
                drawn: all(picture, 'circle, path').length,
                outside: marks.filter(mark => !inside(mark, picture)).map(mark => mark.outerHTML),
                width: picture.getBoundingClientRect().width,
                letters: Math.min(...texts.map(text => text.getBoundingClientRect().height)),
                broken: /NaN|inf/.test(all(picture, 'circle, path, line').map(mark => mark.outerHTML).join()),
            };
        }),
        overflow: document.documentElement.scrollWidth - document.documentElement.clientWidth,
        repeated: ids.filter((id, index) => ids.indexOf(id) !== index),
        dead: all(document, 'a[href^=\x22#\x22]').filter(link => !document.getElementById(link.hash.slice(1))).length,
        scripts: document.scripts.length,
        colours: [
            style(document.body, 'backgroundColor'),
            style(document.body, 'color'),
            style(document.querySelector('figure text'), 'fill'),
            all(document.querySelector('figure svg'), 'circle, path')
                .map(mark => style(mark, 'fill') + style(mark, 'stroke')).join(),
        ],
        text: document.body.innerText,
    };
})()";

/// Scripts of a page that answers by hand: the effect, and what computes with it.
const WHAT_IF: usize = 2;

const VIEWS: [View; 4] = [
    View {
        width: 1280,
        scheme: "light",
    },
    View {
        width: 1280,
        scheme: "dark",
    },
    View {
        width: 360,
        scheme: "light",
    },
    View {
        width: 360,
        scheme: "dark",
    },
];

/// Looks at a page as everybody might see it, and returns what there is to see on a desktop.
fn look(browser: &mut Browser, page: &Path, scripts: usize) -> Value {
    let mut seen = Vec::new();
    for view in &VIEWS {
        browser.open(page, view);
        let look = browser.evaluate(LOOK);
        let what = format!(
            "{} at {} in the {}",
            page.display(),
            view.width,
            view.scheme
        );
        assert_eq!(browser.requests(), [url(page)], "{what}");
        assert_eq!(browser.complaints(), [&Value::Null; 0], "{what}");
        assert_eq!(look["overflow"], 0, "{what}: scrolls sideways");
        assert_eq!(look["repeated"], json!([]), "{what}");
        assert_eq!(look["dead"], 0, "{what}");
        assert_eq!(look["scripts"], scripts, "{what}");
        for table in look["tables"].as_array().unwrap() {
            assert!(table["rows"].as_u64() > Some(0), "{what}: {table}");
            assert_eq!(table["scoped"], true, "{what}: {table}");
            assert_eq!(table["labelled"], true, "{what}: {table}");
            assert_ne!(table["caption"], "", "{what}: {table}");
        }
        for figure in look["figures"].as_array().unwrap() {
            assert!(figure["drawn"].as_u64() > Some(0), "{what}: {figure}");
            assert_eq!(figure["outside"], json!([]), "{what}: {figure}");
            assert_eq!(figure["broken"], false, "{what}: {figure}");
            assert_eq!(figure["description"], figure["caption"], "{what}");
            assert_ne!(figure["title"], "", "{what}: {figure}");
            assert_ne!(figure["caption"], "", "{what}: {figure}");
            assert!(figure["letters"].as_f64() > Some(9.0), "{what}: {figure}");
        }
        seen.push(look);
    }
    for [light, dark] in [[0, 1], [2, 3]] {
        let colours = [light, dark].map(|view| seen[view]["colours"].as_array().unwrap());
        for (light, dark) in colours[0].iter().zip(colours[1]) {
            assert_ne!(light, dark, "{}", page.display());
        }
    }
    seen.swap_remove(0)
}

fn count(look: &Value, what: &str) -> usize {
    look[what].as_array().unwrap().len()
}

/// A browser, or a line that says what is not tested.
fn browser() -> Option<Browser> {
    let browser = Browser::start();
    if browser.is_none() {
        println!("skipped: reports NOT tested in a browser: no chromium; CHROMIUM may name one");
    }
    browser
}

#[test]
fn every_experiment_has_a_page() {
    let Some(mut browser) = browser() else { return };
    let directory = TempDir::new().unwrap();
    let expected = [
        ("compare --rows 300", 2, 1),
        ("ratio --rows 300 --ratios 0.5,1,2", 2, 1),
        ("convergence --totals 1000,3000", 2, 2),
        ("interaction --rows 300 --strengths 0,0.5", 2, 1),
        ("confounding --rows 300 --correlations 0,0.5", 2, 1),
    ];
    for (command, figures, tables) in expected {
        let name = command.split(' ').next().unwrap();
        let flags = format!("{command} --runs 2 --seed 3 -o {name}");
        succeed(directory.path(), &flags);
        let page = directory.path().join(name).join("report.html");
        let look = look(&mut browser, &page, 0);
        assert_eq!(count(&look, "figures"), figures, "{command}");
        assert_eq!(count(&look, "tables"), tables, "{command}");
        let text = look["text"].as_str().unwrap();
        assert!(text.contains(&format!("joint-effects {flags}")), "{text}");
        assert!(text.contains(env!("CARGO_PKG_VERSION")), "{text}");
    }
}

#[test]
fn a_suite_has_one_page() {
    let Some(mut browser) = browser() else { return };
    let directory = TempDir::new().unwrap();
    let flags = "suite --runs 1 --degree 1 --estimators structured,joint --output out";
    succeed(directory.path(), flags);
    let look = look(&mut browser, &directory.path().join("out/report.html"), 0);
    // Two pictures an experiment, and one for each number of actions of the allocation.
    assert_eq!(count(&look, "figures"), 5 * 2 + 4);
    assert_eq!(count(&look, "tables"), 6 + 2);
}

/// Names that a page must show as they are.
const NAMES: [&str; 3] = ["<script>alert(1)</script>", "a & \"b\"", "$x$ </svg> \u{1}"];

/// A log of actions with these names: an outcome of 2 a₁ − a₂ + a₃² and a little more, where a₁ moves a₂.
fn log(directory: &Path, names: [&str; 3]) -> PathBuf {
    let quoted = |name: &str| format!("\"{}\"", name.replace('"', "\"\""));
    let mut text = format!("regime,{},y<b>\n", names.map(quoted).join(","));
    for regime in 0..4 {
        for row in 0..300_u32 {
            let draw = |step: u32| f64::from((row * step + 17 * regime) % 101) / 100.0 - 0.5;
            let mut actions = [draw(37), draw(53), draw(71)];
            if regime != 2 {
                actions[1] += 2.0 * actions[0];
            }
            let [a, b, c] = actions;
            let outcome = 2.0 * a - b + c * c + 0.1 * draw(29);
            let regime = match regime {
                0 => "obs".to_string(),
                set => format!("do({})", names[set as usize - 1]),
            };
            writeln!(text, "{},{a},{b},{c},{outcome}", quoted(&regime)).unwrap();
        }
    }
    let path = directory.join("log.csv");
    fs::write(&path, text).unwrap();
    path
}

#[test]
fn a_fit_has_a_page_that_shows_any_name_as_it_is() {
    let Some(mut browser) = browser() else { return };
    let directory = TempDir::new().unwrap();
    log(directory.path(), NAMES);
    succeed(directory.path(), "fit log.csv --outcome y<b> -o model.json");
    let look = look(&mut browser, &directory.path().join("model.html"), WHAT_IF);
    // Residuals, a response for each action, the graph, the support.
    assert_eq!(count(&look, "figures"), 3 + 3);
    assert_eq!(count(&look, "tables"), 4);
    let text = look["text"].as_str().unwrap();
    for name in &NAMES[..2] {
        assert!(text.contains(name), "{name}: {text}");
    }
    assert!(text.contains("$x$ </svg>"), "{text}");
    let moved = format!("{} moves {}", NAMES[0], NAMES[1]);
    let graph = look["figures"][4]["caption"].as_str().unwrap();
    assert!(graph.contains(&moved), "{graph}");
}

/// A log of two numbers and a category, in which each is set once, for an outcome that `outcome` makes of
/// them and of a little noise.
fn trial(directory: &Path, outcome: impl Fn([f64; 2], usize, f64) -> f64) {
    let mut text = "regime,dose,time,place,y\n".to_string();
    for (regime, name) in ["obs", "do(dose)", "do(time)", "do(place)"]
        .iter()
        .enumerate()
    {
        for row in 0..400 {
            let draw = |step: usize| ((row * step + 17 * regime) % 101) as f64 / 100.0 - 0.5;
            let (dose, time, place) = (3.0 + draw(37), 40.0 * draw(53), (row * 7 + row / 3) % 3);
            let y = outcome([dose, time], place, 0.1 * draw(29));
            let place = ["north", "south", "<west>"][place];
            writeln!(text, "{name},{dose},{time},{place},{y}").unwrap();
        }
    }
    fs::write(directory.join("log.csv"), text).unwrap();
}

/// Settings of [`trial`]'s actions: within their ranges, at the ends, and beyond.
fn settings() -> Vec<[f64; 3]> {
    let setting = |index: u32| {
        let draw = |step: u32| f64::from(index * step % 23) / 22.0;
        [
            2.3 + 1.3 * draw(5),
            -22.0 + 43.0 * draw(7),
            f64::from(index % 3),
        ]
    };
    (0..20).map(setting).collect()
}

/// Sets the inputs of the panel as a hand would, and reads what it says.
fn ask(browser: &mut Browser, setting: &[f64; 3]) -> Value {
    browser.evaluate(&format!(
        "(() => {{
            {setting:?}.forEach((value, action) => {{
                const typed = document.getElementById(`value-${{action + 1}}`);
                const input = typed ?? document.getElementById(`setting-${{action + 1}}`);
                input.value = value;
                input.dispatchEvent(new Event('input', {{bubbles: true}}));
            }});
            const shown = name => document.getElementById(`what-if-${{name}}`);
            return {{
                numbers: ['expected', 'lower', 'upper'].map(name => Number(shown(name).value)),
                support: shown('support').textContent,
            }};
        }})()"
    ))
}

fn answers_by_hand(flags: &str, interact: bool, outcome: impl Fn([f64; 2], usize, f64) -> f64) {
    let Some(mut browser) = browser() else { return };
    let directory = TempDir::new().unwrap();
    trial(directory.path(), outcome);
    let flags = format!("fit log.csv --outcome y -o model.json --categorical place {flags}");
    succeed(directory.path(), &flags);
    let model = model_file::read(directory.path().join("model.json")).unwrap();
    let learned = model.structured.as_ref().unwrap();
    let found = learned.interactions.iter().any(|pair| pair.found);
    assert_eq!(found, interact);
    let mut predictor = Predictor::new(&model, Regime::joint(3)).unwrap();
    let page = directory.path().join("model.html");
    look(&mut browser, &page, WHAT_IF);
    let mut supports = Vec::new();
    for setting in settings() {
        let shown = ask(&mut browser, &setting);
        let prediction = predictor.predict(&setting).unwrap();
        let interval = prediction.interval.unwrap();
        let numbers = [prediction.effect, interval.lower, interval.upper];
        for (number, shown) in numbers.iter().zip(shown["numbers"].as_array().unwrap()) {
            let off = (number - shown.as_f64().unwrap()).abs();
            assert!(
                off <= 1e-12 * number.abs(),
                "{setting:?}: {shown}, not {number}"
            );
        }
        let support = prediction.support.display(&model.actions).to_string();
        assert_eq!(shown["support"], support, "{setting:?}");
        supports.push(support);
    }
    for some in ["inside", "outside: dose", "outside: time"] {
        assert!(
            supports.iter().any(|support| support == some),
            "{some}: {supports:?}"
        );
    }
    assert_eq!(browser.complaints(), [&Value::Null; 0]);
}

#[test]
fn a_page_predicts_what_the_library_does_where_effects_add_up() {
    answers_by_hand("", false, |[dose, time], _, noise| {
        2.0 * dose - 0.1 * time + 0.003 * time * time + noise
    });
}

#[test]
fn a_page_predicts_what_the_library_does_where_actions_interact() {
    answers_by_hand("", true, |[dose, time], _, noise| {
        dose + 0.2 * (dose - 3.0) * time + noise
    });
}

#[test]
fn a_page_predicts_what_the_library_does_by_levels() {
    answers_by_hand("", false, |[dose, _], place, noise| {
        dose + [0.0, 2.0, -1.0][place] + noise
    });
}

#[test]
fn a_page_predicts_what_the_library_does_on_the_scale_of_logarithms() {
    answers_by_hand("--scale log", false, |[dose, time], _, noise| {
        (dose + 0.05 * time + noise).exp()
    });
}

#[test]
fn a_page_predicts_shares_as_the_library_does() {
    answers_by_hand("--scale logit", false, |[dose, time], _, noise| {
        1.0 / (1.0 + (3.0 - dose - 0.05 * time - noise).exp())
    });
}

#[test]
fn a_page_tells_where_rows_are_sparse() {
    let Some(mut browser) = browser() else { return };
    let directory = TempDir::new().unwrap();
    trial(directory.path(), |[dose, _], _, noise| dose + noise);
    let log = directory.path().join("log.csv");
    let far = fs::read_to_string(&log).unwrap() + "do(dose),60,0,north,60\n";
    fs::write(&log, far).unwrap();
    let flags = "fit log.csv --outcome y -o model.json --categorical place";
    succeed(directory.path(), flags);
    browser.open(&directory.path().join("model.html"), &VIEWS[0]);
    let shown = ask(&mut browser, &[58.0, 0.0, 1.0]);
    assert_eq!(shown["support"], "sparse: dose");
}

#[test]
fn a_page_of_many_coefficients_says_what_it_leaves_out() {
    let directory = TempDir::new().unwrap();
    let mut text = "regime,a,b,c,d,e,y\n".to_string();
    for regime in ["obs", "do(a)", "do(b)", "do(c)", "do(d)", "do(e)"] {
        for row in 0..400_u32 {
            let draw = |step: u32| f64::from(row * step % 401) / 200.0 - 1.0;
            let actions = [37, 53, 71, 89, 113].map(draw);
            let sum: f64 = actions.iter().sum();
            let list = actions.map(|action| action.to_string()).join(",");
            writeln!(text, "{regime},{list},{}", sum * sum + 0.1 * draw(29)).unwrap();
        }
    }
    fs::write(directory.path().join("log.csv"), text).unwrap();
    let flags = "fit log.csv --outcome y -o model.json --degree 7";
    succeed(directory.path(), flags);
    let page = fs::read_to_string(directory.path().join("model.html")).unwrap();
    let model = model_file::read(directory.path().join("model.json")).unwrap();
    let learned = model.structured.as_ref().unwrap();
    let effect = learned.effect(Regime::joint(5)).unwrap().unwrap();
    assert!(effect.monomials.len() > 200, "{}", effect.monomials.len());
    assert!(page.contains("Intervals are left out"));
    assert!(page.contains("Support is by ranges alone"));
    assert!(!page.contains("id=\"what-if-lower\""));
    assert!(page.len() < 1 << 19, "{}", page.len());
}

/// Presses a button of the panel by the keyboard.
fn press(browser: &mut Browser, place: usize) -> Value {
    let name = browser.evaluate(&format!(
        "(() => {{ const button = document.querySelectorAll('[data-best]')[{place}]; button.focus(); \
         return button.textContent; }})()"
    ));
    browser.press(" ", 32);
    name
}

#[test]
fn buttons_set_what_is_chosen() {
    let Some(mut browser) = browser() else { return };
    let directory = TempDir::new().unwrap();
    trial(directory.path(), |[dose, time], place, noise| {
        6.0 * dose - dose * dose - 0.1 * time + [0.0, 2.0, -1.0][place] + noise
    });
    let flags = "fit log.csv --outcome y -o model.json --categorical place";
    succeed(directory.path(), flags);
    let model = model_file::read(directory.path().join("model.json")).unwrap();
    browser.open(&directory.path().join("model.html"), &VIEWS[0]);
    for (place, aim) in [Aim::Maximise, Aim::Minimise].into_iter().enumerate() {
        let choice = choose(&model, &Question::new(aim)).unwrap();
        assert_eq!(press(&mut browser, place), ["Most y", "Least y"][place]);
        let shown = browser.evaluate(
            "['value-1', 'value-2', 'setting-3', 'what-if-expected', 'what-if-lower', 'what-if-upper']\
             .map(id => Number(document.getElementById(id).value))",
        );
        let interval = choice.prediction.interval.unwrap();
        let numbers = [choice.prediction.effect, interval.lower, interval.upper];
        let expected = choice.setting.iter().chain(&numbers);
        for (expected, shown) in expected.zip(shown.as_array().unwrap()) {
            let off = (expected - shown.as_f64().unwrap()).abs();
            assert!(off <= 1e-12 * expected.abs(), "{shown}, not {expected}");
        }
        let slider = browser.evaluate("Number(document.getElementById('setting-1').value)");
        assert!((slider.as_f64().unwrap() - choice.setting[0]).abs() < 1e-9);
    }
    assert_eq!(browser.complaints(), [&Value::Null; 0]);
}

#[test]
fn sliders_move_by_keys_and_without_scripts_there_are_none() {
    let Some(mut browser) = browser() else { return };
    let directory = TempDir::new().unwrap();
    log(directory.path(), NAMES);
    succeed(directory.path(), "fit log.csv --outcome y<b> -o model.json");
    let page = directory.path().join("model.html");
    browser.open(&page, &VIEWS[0]);
    let value = "Number(document.getElementById('what-if-expected').value)";
    let before = browser.evaluate(value);
    let label = browser.evaluate(
        "(() => { const slider = document.getElementById('setting-1'); slider.focus(); \
         return slider.labels[0].textContent; })()",
    );
    assert_eq!(label, NAMES[0]);
    browser.press("ArrowRight", 39);
    let after = browser.evaluate(value);
    assert!(after.as_f64() > before.as_f64(), "{before} {after}");
    let seen = "[document.getElementById('what-if').checkVisibility(), \
                 document.querySelector('nav [href$=what-if]').checkVisibility()]";
    assert_eq!(browser.evaluate(seen), json!([true, true]));
    browser.without_scripts();
    browser.open(&page, &VIEWS[0]);
    assert_eq!(browser.evaluate(seen), json!([false, false]));
}

#[test]
fn plots_are_files_too_and_the_same_each_time() {
    let directory = TempDir::new().unwrap();
    log(directory.path(), NAMES);
    for report in ["one/report.html", "two/report.html"] {
        fs::create_dir(directory.path().join(report).parent().unwrap()).unwrap();
        let flags = format!("fit log.csv --outcome y<b> -o model.json --report {report}");
        succeed(directory.path(), &flags);
    }
    let files = |of: &str| {
        let files = fs::read_dir(directory.path().join(of).join("report-plots")).unwrap();
        let mut files: Vec<_> = files
            .map(|file| file.unwrap().path())
            .map(|path| {
                (
                    path.file_name().unwrap().to_owned(),
                    fs::read(path).unwrap(),
                )
            })
            .collect();
        files.sort();
        files
    };
    let plots = files("one");
    assert_eq!(plots.len(), 2 * 6);
    assert_eq!(plots, files("two"));
    for (name, bytes) in plots {
        if name.to_string_lossy().ends_with(".png") {
            assert!(bytes.starts_with(b"\x89PNG\r\n\x1a\n"), "{name:?}");
        } else {
            let text = String::from_utf8(bytes).unwrap();
            assert!(text.starts_with("<svg "), "{name:?}");
            assert!(
                !text.contains("var(") && !text.contains("<script>"),
                "{name:?}: {text}"
            );
        }
    }
}

#[test]
fn a_page_is_drawn_again_from_the_summary() {
    let directory = TempDir::new().unwrap();
    let flags = "convergence --totals 1000,3000 --runs 2 -o out";
    succeed(directory.path(), flags);
    let read = |name: &str| fs::read_to_string(directory.path().join("out").join(name)).unwrap();
    let report = Report {
        title: "joint-effects convergence".into(),
        sections: vec![section(
            &serde_json::from_str(&read("summary.json")).unwrap(),
        )],
        command: format!("joint-effects {flags}"),
        plots: Some("plots".into()),
    };
    assert_eq!(report.html(), read("report.html"));
}

/// A summary of `compare` in which these estimators have these errors against the true effect.
fn summary(excess: &[(&str, f64)]) -> Summary {
    let row = |(name, excess): &(&str, f64)| {
        let row = json!({
            "estimator": name, "runs": 10, "rmse_mean": 0.3 + excess, "rmse_sem": 0.01,
            "excess_mean": excess, "excess_sem": 0.001, "excess_median": excess,
        });
        serde_json::from_value(row).unwrap()
    };
    Summary {
        experiment: "compare".into(),
        settings: json!({"runs": 10, "actions": 5, "scm": "polynomial", "rows": 1000}),
        rows: excess.iter().map(row).collect(),
        equivalents: Vec::new(),
        best_ratios: Vec::new(),
    }
}

#[test]
fn captions_follow_from_the_numbers() {
    let caption = |excess: &[(&str, f64)]| {
        let section = section(&summary(excess));
        let [rmse, excess] = section.figures.as_slice() else {
            panic!("{section:?}");
        };
        (rmse.caption.clone(), excess.caption.clone())
    };
    let (rmse, excess) = caption(&[
        ("truth", 0.0),
        ("constant", 0.05),
        ("structured", 0.016),
        ("joint", 0.032),
    ]);
    assert_eq!(
        rmse,
        "The noise of the outcomes alone makes 0.300 (truth). Above that, structured adds 0.0160 and \
         constant adds 0.0500."
    );
    assert_eq!(
        excess,
        "structured is at 0.0160 ± 0.0010, 0.500 times joint’s 0.0320 and 0.320 times constant’s 0.0500. No \
         estimator is worse than the constant prediction."
    );
    let (_, excess) = caption(&[("constant", 0.05), ("structured", 0.2), ("joint", 0.1)]);
    assert_eq!(
        excess,
        "structured is at 0.2000 ± 0.0010, 2.00 times joint’s 0.100 and 4.00 times constant’s 0.0500. Worse \
         than the constant prediction: structured and joint."
    );
}

#[test]
fn a_truth_without_error_is_no_mark_on_a_logarithmic_axis() {
    let section = section(&summary(&[
        ("truth", 0.0),
        ("structured", 0.01),
        ("joint", 0.1),
    ]));
    let Drawing::Chart(chart) = &section.figures[1].drawing else {
        panic!("{:?}", section.figures[1]);
    };
    assert_eq!(chart.series.len(), 2);
}
