//! Outputs: nothing that is read is written over, nothing is written twice, and nothing is left behind.

use super::{command, listing, refused, run, small, succeed};
use std::fs::{self, File, Permissions};
use std::io::Read;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

const FIT: &str = "fit log.csv --outcome y --degree 1";

/// The contents of all files of a directory.
fn contents(directory: &Path) -> Vec<(String, Vec<u8>)> {
    let read = |name: String| {
        let bytes = fs::read(directory.join(&name)).unwrap();
        (name, bytes)
    };
    listing(directory).into_iter().map(read).collect()
}

#[test]
fn what_is_read_is_not_written_over() {
    let Some(directory) = small() else { return };
    let here = directory.path();
    symlink("log.csv", here.join("link.csv")).unwrap();
    fs::hard_link(here.join("log.csv"), here.join("hard.csv")).unwrap();
    succeed(here, "moments log.csv --outcome y --degree 1 -o a.moments");
    let before = contents(here);
    let read = "the same command reads it; expected another file";
    let twice = "the same command writes something else there; expected another file";
    for (arguments, path, why) in [
        (&*format!("{FIT} -o log.csv"), "log.csv", read),
        (&format!("{FIT} -o ./log.csv"), "./log.csv", read),
        (&format!("{FIT} -o link.csv"), "link.csv", read),
        (&format!("{FIT} -o hard.csv"), "hard.csv", read),
        (&format!("{FIT} --report log.csv"), "log.csv", read),
        (&format!("{FIT} -o x.json --report x.json"), "x.json", twice),
        (&format!("{FIT} -o x.html"), "x.html", twice),
        ("moments a.moments -o a.moments", "a.moments", read),
        (
            "moments log.csv --like a.moments -o a.moments",
            "a.moments",
            read,
        ),
        ("predict m.json log.csv -o m.json", "m.json", read),
        ("predict m.json log.csv -o log.csv", "log.csv", read),
        ("predict m.json --grid a -o m.json", "m.json", read),
        ("export m.json --format c -o m.json", "m.json", read),
    ] {
        let expected = format!("error: {path}: cannot be written: {why}\n");
        assert_eq!(refused(here, arguments), expected, "{arguments}");
        assert!(contents(here) == before, "{arguments}");
    }

    let arguments = "predict m.json log.csv";
    let log = File::options().append(true).open(here.join("log.csv"));
    let output = command(here, arguments)
        .stdout(log.unwrap())
        .output()
        .unwrap();
    let expected = "error: standard output: cannot be written: the same command reads the file it \
                    goes to; expected another file\n";
    assert_eq!(String::from_utf8(output.stderr).unwrap(), expected);
    assert!(contents(here) == before);
}

#[test]
fn a_simulated_log_and_its_test_are_two_files() {
    let Some(directory) = small() else { return };
    let here = directory.path();
    fs::create_dir(here.join("out")).unwrap();
    symlink("data.csv", here.join("out/test.csv")).unwrap();
    let said = refused(here, "simulate -o out");
    assert!(
        said.starts_with("error: out/test.csv: cannot be written: the same"),
        "{said}"
    );
    assert_eq!(listing(&here.join("out")), ["test.csv"]);
}

#[test]
fn two_fits_in_one_directory_share_nothing() {
    let Some(directory) = small() else { return };
    let here = directory.path();
    fs::create_dir(here.join("out")).unwrap();
    succeed(here, &format!("{FIT} -o out/one.json"));
    let before = fs::read(here.join("out/one.html")).unwrap();
    succeed(here, &format!("{FIT} -o out/two.json"));
    let names = [
        "one-plots",
        "one.html",
        "one.json",
        "two-plots",
        "two.html",
        "two.json",
    ];
    assert_eq!(listing(&here.join("out")), names);
    assert_eq!(
        listing(&here.join("out/one-plots")),
        listing(&here.join("out/two-plots"))
    );
    assert!(fs::read(here.join("out/one.html")).unwrap() == before);
    succeed(here, &format!("{FIT} -o out/three.json --no-report"));
    assert_eq!(listing(&here.join("out")).len(), names.len() + 1);
}

/// Tables go to standard error where the file itself goes to standard output.
#[test]
fn standard_output_gets_the_file_alone() {
    let Some(directory) = small() else { return };
    let here = directory.path();
    let model = fs::read_to_string(here.join("m.json")).unwrap();
    let before = listing(here);
    let output = run(here, &format!("{FIT} -o /dev/stdout"));
    assert!(output.status.success());
    assert_eq!(String::from_utf8(output.stdout).unwrap(), model);
    assert!(
        String::from_utf8(output.stderr)
            .unwrap()
            .contains("outcome spread")
    );
    assert_eq!(listing(here), before);

    let header = succeed(here, "export m.json --format c -o /dev/stdout");
    assert!(
        header.contains("stdout_predict(") && header.ends_with("#endif\n"),
        "{header}"
    );

    // Under its own name, too.
    let path = here.join("new.json");
    let mut fit = command(here, &format!("{FIT} -o new.json"));
    assert!(
        fit.stdout(File::create(&path).unwrap())
            .stderr(Stdio::null())
            .status()
            .unwrap()
            .success()
    );
    assert_eq!(fs::read_to_string(path).unwrap(), model);
    let two = refused(here, &format!("{FIT} -o /dev/stdout --report /dev/stdout"));
    assert!(two.contains("writes something else there"), "{two}");
}

#[test]
fn the_mode_is_kept_and_links_are_followed() {
    let Some(directory) = small() else { return };
    let here = directory.path();
    let private = here.join("private.csv");
    fs::write(&private, "x").unwrap();
    fs::set_permissions(&private, Permissions::from_mode(0o600)).unwrap();
    succeed(here, "predict m.json log.csv -o private.csv");
    let mode = |name: &str| fs::metadata(here.join(name)).unwrap().mode() & 0o7777;
    assert_eq!(mode("private.csv"), 0o600);
    assert!(fs::metadata(private).unwrap().len() > 1);

    // One that is new gets what the mask of the process leaves.
    fs::write(here.join("plain"), "").unwrap();
    succeed(here, "predict m.json log.csv -o new.csv");
    assert_eq!(mode("new.csv"), mode("plain"));

    symlink("nowhere.csv", here.join("dangling.csv")).unwrap();
    succeed(here, "predict m.json log.csv -o dangling.csv");
    assert!(
        fs::symlink_metadata(here.join("dangling.csv"))
            .unwrap()
            .is_symlink()
    );
    assert!(
        fs::symlink_metadata(here.join("nowhere.csv"))
            .unwrap()
            .is_file()
    );

    symlink("around.csv", here.join("around.csv")).unwrap();
    let said = refused(here, "predict m.json log.csv -o around.csv");
    let expected =
        "error: around.csv: cannot be written: Too many levels of symbolic links (os error 40)\n";
    assert_eq!(said, expected);
}

#[test]
fn a_file_that_may_not_be_written_to_stays() {
    let Some(directory) = small() else { return };
    let here = directory.path();
    let path = here.join("kept.csv");
    fs::write(&path, "kept").unwrap();
    fs::set_permissions(&path, Permissions::from_mode(0o400)).unwrap();
    if File::options().append(true).open(&path).is_ok() {
        println!("skipped: the superuser may write to any file");
        return;
    }
    let said = refused(here, "predict m.json log.csv -o kept.csv");
    let expected = "error: kept.csv: cannot be written: Permission denied (os error 13)\n";
    assert_eq!(said, expected);
    assert_eq!(fs::read_to_string(path).unwrap(), "kept");
}

#[test]
fn a_pipe_stays_a_pipe() {
    let Some(directory) = small() else { return };
    let here = directory.path();
    assert!(
        Command::new("mkfifo")
            .arg(here.join("pipe"))
            .status()
            .unwrap()
            .success()
    );
    let mut predict = command(here, "predict m.json log.csv -o pipe")
        .stderr(Stdio::null())
        .spawn();
    let mut read = String::new();
    File::open(here.join("pipe"))
        .unwrap()
        .read_to_string(&mut read)
        .unwrap();
    assert!(predict.as_mut().unwrap().wait().unwrap().success());
    assert_eq!(read, succeed(here, "predict m.json log.csv"));
    assert_eq!(listing(here), ["log.csv", "m.json", "pipe"]);
}

/// A name as long as a name can be leaves no room for anything around it.
#[test]
fn the_longest_name() {
    let Some(directory) = small() else { return };
    let here = directory.path();
    let name = "é".repeat(127);
    succeed(here, &format!("predict m.json log.csv -o {name}"));
    assert_eq!(listing(here), ["log.csv", "m.json", &name]);
    let said = refused(here, &format!("predict m.json log.csv -o {name}-more"));
    assert!(
        said.ends_with(": cannot be written: File name too long (os error 36)\n"),
        "{said}"
    );
}

/// What nobody writes to any more is removed by the next; what somebody does is not, and neither is
/// what only looks like it.
#[test]
fn leftovers_are_swept() {
    let Some(directory) = small() else { return };
    let here = directory.path();
    fs::write(here.join("precious"), "precious").unwrap();
    for name in [
        ".joint-effects.old.partial",
        ".joint-effects.busy.partial",
        "joint-effects.x.partial",
    ] {
        fs::write(here.join(name), "half").unwrap();
    }
    symlink("precious", here.join(".joint-effects.link.partial")).unwrap();
    let busy = File::open(here.join(".joint-effects.busy.partial")).unwrap();
    busy.lock().unwrap();
    succeed(here, "predict m.json log.csv -o p.csv");
    let left = [
        ".joint-effects.busy.partial",
        ".joint-effects.link.partial",
        "joint-effects.x.partial",
        "log.csv",
        "m.json",
        "p.csv",
        "precious",
    ];
    assert_eq!(listing(here), left);
    assert_eq!(
        fs::read_to_string(here.join("precious")).unwrap(),
        "precious"
    );
}

/// Whatever the signal; the one that cannot be caught leaves something that has another name and is
/// swept.
#[test]
fn signals_leave_nothing() {
    let Some(directory) = small() else { return };
    let here = directory.path();
    for (signal, code) in [
        ("INT", 130),
        ("TERM", 143),
        ("HUP", 129),
        ("QUIT", 131),
        ("KILL", -1),
    ] {
        if signal == "HUP" && ignores_hangups() {
            println!("skipped: hangups are ignored here, and so by the program, as under nohup");
            continue;
        }
        let mut child = command(here, "simulate --rows 1000000000 -o out")
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let out = here.join("out");
        let begun = |names: Vec<String>| names.iter().any(|name| name.ends_with(".partial"));
        while !(out.is_dir() && begun(listing(&out))) {
            assert!(child.try_wait().unwrap().is_none(), "it ended too soon");
            thread::sleep(Duration::from_millis(2));
        }
        let kill = format!("kill -{signal} {}", child.id());
        assert!(
            Command::new("sh")
                .args(["-c", &kill])
                .status()
                .unwrap()
                .success()
        );
        let status = child.wait().unwrap();
        assert_eq!(status.code().unwrap_or(-1), code, "{signal}");
        let left = listing(&out);
        assert_eq!(left.is_empty(), signal != "KILL", "{signal}");
        assert!(
            left.iter().all(|name| name.starts_with(".joint-effects.")),
            "{left:?}"
        );
    }
    succeed(here, "simulate --rows 10 -o out");
    assert_eq!(listing(&here.join("out")), ["data.csv", "test.csv"]);
}

/// Whether this process ignores SIGHUP, the first of the signals, which the programs that it starts inherit.
fn ignores_hangups() -> bool {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    ignored.is_some_and(|bits| u64::from_str_radix(bits.trim(), 16).is_ok_and(|bits| bits & 1 == 1))
}
