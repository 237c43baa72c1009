//! `quantx completions` and `quantx man`: what a shell and `man` want to know of the command line.

use std::fs;

use anyhow::{Context, Result};
use clap::CommandFactory;
use quantx::operations::Effects;

use super::Ended;
use crate::args::{Cli, CompletionsArgs, GlobalArgs, ManArgs};
use crate::console;

/// The program's name, and that of its pages.
const PROGRAM: &str = "quantx";

pub(super) fn completions(args: &CompletionsArgs) -> Result<Ended> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), PROGRAM, &mut script);
    console::print(&String::from_utf8_lossy(&script))?;
    Ok(Ended::Done)
}

pub(super) fn man(global: &GlobalArgs, args: &ManArgs) -> Result<Ended> {
    let mut command = Cli::command();
    // Gives each command its full name and the flags of all.
    command.build();
    let Some(folder) = &args.out else {
        console::print(&String::from_utf8_lossy(&page(&command)?))?;
        return Ok(Ended::Done);
    };
    let mut pages = Vec::new();
    collect(&command, PROGRAM, &mut pages)?;
    if global.effects() == Effects::ReadOnly {
        for (name, _) in pages {
            console::print(&format!("{}\n", folder.join(name).display()))?;
        }
        return Ok(Ended::Done);
    }
    fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    for (name, text) in pages {
        let file = folder.join(name);
        fs::write(&file, text).with_context(|| format!("cannot write {}", file.display()))?;
    }
    Ok(Ended::Done)
}

/// The page of a command and those of the commands below it, by the names of their files.
fn collect(command: &clap::Command, name: &str, pages: &mut Vec<(String, Vec<u8>)>) -> Result<()> {
    pages.push((
        format!("{name}.1"),
        page(&command.clone().display_name(name.to_owned()))?,
    ));
    let below = command.get_subcommands();
    for command in below.filter(|it| !it.is_hide_set() && it.get_name() != "help") {
        collect(command, &format!("{name}-{}", command.get_name()), pages)?;
    }
    Ok(())
}

fn page(command: &clap::Command) -> Result<Vec<u8>> {
    let mut text = Vec::new();
    let page = clap_mangen::Man::new(command.clone()).render(&mut text);
    page.context("cannot make the page")?;
    Ok(text)
}
