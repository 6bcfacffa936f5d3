//! The one binary: serve, demo, check, clock, law, verify, tend and measure.
//!
//! Here, and only here, are the wall clock, chance, the environment and the file system of a running bureau; all of
//! them are handed on as values. No rule of law is here.
//!
//! INVARIANT: every command answers people in Chinese and programs with `--json`, the same answer; it ends with 0
//! when what was asked holds, 1 when it does not, 2 when the question was not understood.

mod accounts;
mod answer;
mod archive;
mod bench;
mod boot;
mod calendars;
mod check;
mod cli;
mod clock;
mod delivery;
mod demo;
mod edge;
mod erase;
mod import;
mod init;
mod kept;
mod keyfile;
mod keyring;
mod law;
mod lawbook;
mod office_keys;
mod outward;
mod retention;
mod running;
mod scanner;
mod serve;
mod stamp;
mod tend;
mod vault;
mod verify;
mod width;

use clap::Parser;
use cli::{CalendarCommand, Cli, Command, KeysCommand, VerifyCommand};
use std::process::ExitCode;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let said = match &cli.command {
        Command::Demo(asked) => demo::demo(asked, cli.json),
        Command::Init(asked) => init::init(asked),
        Command::Serve(asked) => serve::serve(asked, cli.json),
        Command::Check(asked) => check::check(asked),
        Command::Clock(asked) => clock::clock(asked),
        Command::Law { command } => lawbook::law(command),
        Command::Calendar { command: CalendarCommand::Apply(asked) } => calendars::apply(asked),
        Command::Retention { command } => retention::retention(command),
        Command::Keys { command: KeysCommand::Vault(asked) } => return vault::ends(&asked.file),
        Command::Erase { command } => erase::erase(command),
        Command::Keys { command } => keyring::keys(command),
        Command::Verify { command: VerifyCommand::Receipt(asked) } => verify::receipt(asked),
        Command::Verify { command: VerifyCommand::Ledger(asked) } => verify::ledger(asked),
        Command::Verify { command: VerifyCommand::Paper(asked) } => verify::paper(asked),
        Command::OfficeKeys { command: cli::OfficeKeysCommand::List(asked) } => office_keys::list(asked),
        Command::OfficeKeys { command: cli::OfficeKeysCommand::Rotate(asked) } => office_keys::rotate(asked),
        Command::Stamp(asked) => stamp::stamp(asked),
        Command::Rebuild(asked) => tend::rebuild(asked),
        Command::Backup(asked) => tend::backup(asked),
        Command::Restore(asked) => tend::restore(asked),
        Command::Tick(asked) => tend::tick(asked),
        Command::Accounts { command: cli::AccountsCommand::Add(asked) } => accounts::add(asked),
        Command::Accounts { command: cli::AccountsCommand::Grant(asked) } => accounts::grant(asked),
        Command::Accounts { command: cli::AccountsCommand::End(asked) } => accounts::end(asked),
        Command::Accounts { command: cli::AccountsCommand::FactorOff(asked) } => accounts::factor_off(asked),
        Command::Accounts { command: cli::AccountsCommand::FactorFrom(asked) } => accounts::factor_from(asked),
        Command::Accounts { command: cli::AccountsCommand::Reset(asked) } => accounts::reset(asked),
        Command::Accounts { command: cli::AccountsCommand::Link(asked) } => accounts::link(asked),
        Command::Accounts { command: cli::AccountsCommand::Unlink(asked) } => accounts::unlink(asked),
        Command::Bench(asked) => bench::bench(asked, cli.json),
    };
    answer::say(said, cli.json)
}
