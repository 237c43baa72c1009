//! The only places where xtask touches the terminal, the environment, the clock and children.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

/// Prints one line (or several) for the person or the log.
#[expect(clippy::print_stdout, reason = "printing is what this tool is for")]
pub(crate) fn say(text: &str) {
    println!("{text}");
}

/// An environment variable; an empty one counts as unset.
#[expect(
    clippy::disallowed_methods,
    reason = "the one place of xtask that reads the environment"
)]
pub(crate) fn variable(name: &str) -> Option<OsString> {
    std::env::var_os(name).filter(|value| !value.is_empty())
}

/// How long `work` took, and what it gave.
#[expect(
    clippy::disallowed_methods,
    reason = "the one place of xtask that asks for the time"
)]
pub(crate) fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let start = Instant::now();
    let result = work();
    (result, start.elapsed())
}

/// The top of the checkout that the current directory is in.
///
/// Looked up at run time: one cached binary may serve several checkouts.
pub(crate) fn checkout() -> Result<PathBuf> {
    let here = std::env::current_dir().context("the current directory is gone")?;
    here.ancestors()
        .find(|folder| folder.join("xtask/Cargo.toml").is_file())
        .map(Path::to_path_buf)
        .with_context(|| format!("{} is not inside a checkout of quantx", here.display()))
}

/// Whether `cargo <name>` is installed: whether cargo lists it. Asked itself, not every command knows `--version`.
pub(crate) fn has_cargo_command(name: &str) -> bool {
    output(Path::new("."), &["cargo", "--list"])
        .is_ok_and(|list| lists(&String::from_utf8_lossy(&list), name))
}

/// Whether the output of `cargo --list` has a command: a line for each, its name first.
fn lists(text: &str, name: &str) -> bool {
    text.lines()
        .any(|line| line.starts_with(' ') && line.split_whitespace().next() == Some(name))
}

/// Whether a program is there: whether it tells its version.
pub(crate) fn starts(program: &str) -> bool {
    Command::new(program)
        .arg("--version")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// Prints one line to the error output.
#[expect(clippy::print_stderr, reason = "where cargo reads the other output")]
pub(crate) fn complain(text: &str) {
    eprintln!("{text}");
}

/// The words of the command line, without the program.
pub(crate) fn words() -> Vec<OsString> {
    std::env::args_os().skip(1).collect()
}

/// The file of this program.
pub(crate) fn own_program() -> Result<PathBuf> {
    std::env::current_exe().context("this program cannot find itself")
}

/// Runs a child to its end with its output in a file; its exit code, which may be any.
pub(crate) fn logged(folder: &Path, words: &[OsString], log: &Path) -> Result<Option<i32>> {
    let (program, arguments) = words.split_first().context("no program to run")?;
    let file = std::fs::File::create(log).with_context(|| log.display().to_string())?;
    let status = Command::new(program)
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(file.try_clone()?)
        .stderr(file)
        .status()
        .with_context(|| format!("cannot start {}", program.display()))?;
    Ok(status.code())
}

/// Runs a child as [`run`], and gives its exit code, which may be any.
pub(crate) fn exit_code(folder: &Path, words: &[&str]) -> Result<i32> {
    let (program, arguments) = words.split_first().context("no program to run")?;
    let status = Command::new(program)
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::null())
        .status()
        .with_context(|| format!("cannot start `{program}`"))?;
    status
        .code()
        .with_context(|| format!("`{}` was ended by a signal", words.join(" ")))
}

/// Runs a child to its end with our terminal and no input.
pub(crate) fn run(folder: &Path, words: &[&str], variables: &[(&str, OsString)]) -> Result<()> {
    let (program, arguments) = words.split_first().context("no program to run")?;
    let status = Command::new(program)
        .args(arguments)
        .envs(variables.iter().map(|(name, value)| (name, value)))
        .current_dir(folder)
        .stdin(Stdio::null())
        .status()
        .with_context(|| format!("cannot start `{program}`"))?;
    if !status.success() {
        bail!("`{}` failed: {status}", words.join(" "));
    }
    Ok(())
}

/// Becomes another program, which then gets the signals of the terminal; where that is not possible,
/// runs it to its end.
pub(crate) fn hand_over(folder: &Path, words: &[&str]) -> Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::process::CommandExt;
        let (program, arguments) = words.split_first().context("no program to run")?;
        let error = Command::new(program)
            .args(arguments)
            .current_dir(folder)
            .exec();
        Err(error).with_context(|| format!("cannot start `{program}`"))
    }
    #[cfg(not(unix))]
    run(folder, words, &[])
}

/// The output of a child that must succeed.
pub(crate) fn output(folder: &Path, words: &[&str]) -> Result<Vec<u8>> {
    let (program, arguments) = words.split_first().context("no program to run")?;
    let result = Command::new(program)
        .args(arguments)
        .current_dir(folder)
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("cannot start `{program}`"))?;
    if !result.status.success() {
        let complaint = String::from_utf8_lossy(&result.stderr);
        bail!("`{}` failed: {}", words.join(" "), complaint.trim());
    }
    Ok(result.stdout)
}

/// Processor, cores, memory and kernel of this machine, as far as Linux tells.
pub(crate) fn machine() -> String {
    let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
    let entry = |path: &str, name: &str| {
        let text = read(path);
        let line = text.lines().find(|line| line.starts_with(name));
        let value = line.and_then(|line| line.split_once(':'));
        value.map_or_else(|| "?".to_owned(), |(_, value)| value.trim().to_owned())
    };
    let cores = std::thread::available_parallelism().map_or(0, std::num::NonZero::get);
    let memory: f64 = entry("/proc/meminfo", "MemTotal")
        .trim_end_matches(" kB")
        .parse()
        .unwrap_or_default();
    format!(
        "{} × {}, {:.0} GB, Linux {}",
        cores,
        entry("/proc/cpuinfo", "model name"),
        memory / 1e6,
        read("/proc/sys/kernel/osrelease").trim()
    )
}

/// The load of the last minute.
pub(crate) fn load_average() -> String {
    let text = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ').next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_is_there_when_it_tells_its_version() {
        assert!(starts("cargo"));
        assert!(!starts("no-such-program-of-quantx"));
    }

    #[test]
    fn a_command_is_installed_when_cargo_lists_it_whatever_it_says_of_itself() {
        let text = "Installed Commands:\n    build    Compile zig\n    clippy\n    zigbuild\n";
        assert!(lists(text, "zigbuild") && lists(text, "build"));
        assert!(!lists(text, "zig") && !lists(text, "Installed"));
        assert!(has_cargo_command("build") && !has_cargo_command("no-such-command"));
    }
}
