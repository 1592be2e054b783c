//! The commands, a file for each group.
pub mod access;
pub mod accounts;
pub mod activity;
pub mod authority;
pub mod change;
pub mod containers;
pub mod context;
pub mod deploy;
pub mod engines;
pub mod events;
pub mod exec;
pub mod extensions;
pub mod hooks;
pub mod info;
pub mod keys;
pub mod logs;
pub mod moving;
pub mod node;
pub mod ops;
pub mod pools;
pub mod prompt;
pub mod run;
pub mod session;
pub mod shell;
pub mod templates;
pub mod top;
pub mod verbs;
pub mod webhook_keys;

use crate::api::Api;
use crate::args::{Cli, Command};
use crate::error::{Exit, Failure, Outcome};
use crate::out;
use shipyard_model::ContainerVerb;
use std::process::ExitCode;

/// Does a command, tells what failed, and gives its exit code.
pub fn run_to_end(cli: &Cli) -> ExitCode {
    let done = runtime().and_then(|runtime| runtime.block_on(interruptible(cli)));
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            out::tell(&failure, cli.common.verbose);
            ExitCode::from(failure.exit.code())
        }
    }
}

/// What commands run on: one thread, because they wait for one server.
///
/// # Errors
/// When the system has no resources for it.
pub fn runtime() -> Outcome<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|e| Failure::failed("The command cannot be started.").because(&e))
}

/// Does a command until it is done or a person interrupts it.
///
/// # Errors
/// What became of it.
pub async fn interruptible(cli: &Cli) -> Outcome {
    tokio::select! {
        done = dispatch(cli) => done,
        signal = tokio::signal::ctrl_c() => match signal {
            Ok(()) => Err(Failure::new(Exit::Interrupted, "")),
            Err(error) => Err(Failure::failed("The keyboard cannot be listened to.").because(&error)),
        },
    }
}

async fn dispatch(cli: &Cli) -> Outcome {
    let globals = cli.common.globals();
    let out = cli.common.out();
    // What needs no server.
    match &cli.command {
        Command::Login(args) => return session::login(&globals, args).await,
        Command::Context(args) => return context::run(&globals, &out, args).await,
        Command::Completion(args) => return shell::completion(args),
        Command::Man(args) => return shell::man(args),
        Command::Convert(args) => return templates::convert(&out, args),
        _ => {}
    }
    let api = Api::open(&globals)?;
    match &cli.command {
        Command::Logout => session::logout(&api).await,
        Command::ChangePassword => session::change_password(&api).await,
        Command::Whoami => session::whoami(&api, &out).await,
        Command::Sessions(args) => session::sessions(&api, &out, args).await,
        Command::Info(args) => info::run(&api, &out, args).await,
        Command::Top(args) => top::run(&api, args).await,
        Command::Events(args) => events::run(&api, &out, args).await,
        Command::Activity(args) => activity::run(&api, &out, args).await,
        Command::Containers(args) => containers::list(&api, &out, args).await,
        Command::Inspect(args) => containers::inspect(&api, &out, args).await,
        Command::Run(args) => run::run(&api, &out, args).await,
        Command::Deploy(args) => deploy::run(&api, &out, args).await,
        Command::Templates(args) => templates::run(&api, &out, args).await,
        Command::Start(args) => verbs::run(&api, &out, ContainerVerb::Start, args).await,
        Command::Stop(args) => verbs::run(&api, &out, ContainerVerb::Stop, args).await,
        Command::Restart(args) => verbs::run(&api, &out, ContainerVerb::Restart, args).await,
        Command::Pause(args) => verbs::run(&api, &out, ContainerVerb::Pause, args).await,
        Command::Unpause(args) => verbs::run(&api, &out, ContainerVerb::Unpause, args).await,
        Command::Kill(args) => verbs::run(&api, &out, ContainerVerb::Kill, args).await,
        Command::Destroy(args) => verbs::run(&api, &out, ContainerVerb::Remove, args).await,
        Command::Scale(args) => verbs::scale(&api, &out, args).await,
        Command::Edit(args) => change::edit(&api, &out, args).await,
        Command::Update(args) => change::update(&api, &out, args).await,
        Command::Recreate(args) => change::recreate(&api, &out, args).await,
        Command::History(args) => change::history(&api, &out, args).await,
        Command::Rollback(args) => change::rollback(&api, &out, args).await,
        Command::Logs(args) => logs::run(&api, &out, args).await,
        Command::Exec(args) => exec::run(&api, args).await,
        Command::Deploys(args) => moving::deploys(&api, &out, args).await,
        Command::ForgetDeploy(args) => moving::forget(&api, args).await,
        Command::Ops(args) => ops::run(&api, &out, args).await,
        Command::Engines(args) => engines::list(&api, &out, args).await,
        Command::AddEngine(args) => engines::add(&api, &out, args).await,
        Command::EditEngine(args) => engines::edit(&api, args).await,
        Command::InspectEngine(args) => engines::inspect(&api, &out, args).await,
        Command::RetryEngine(args) => engines::retry(&api, args).await,
        Command::RemoveEngine(args) => engines::remove(&api, args).await,
        Command::Drain(args) => moving::drain(&api, &out, args).await,
        Command::Undrain(args) => moving::undrain(&api, args).await,
        Command::Node(args) => node::run(&api, &out, args).await,
        Command::Authority(args) => authority::run(&api, &out, args).await,
        Command::Doctor(args) => node::doctor(&api, &out, args).await,
        Command::Accounts(args) => accounts::list(&api, &out, args).await,
        Command::AddAccount(args) => accounts::add(&api, &out, args).await,
        Command::LinkAccount(args) => accounts::link(&api, &out, args).await,
        Command::DisableAccount(args) => accounts::disable(&api, args, true).await,
        Command::EnableAccount(args) => accounts::disable(&api, args, false).await,
        Command::DeleteAccount(args) => accounts::delete(&api, args).await,
        Command::Roles(args) => access::roles(&api, &out, args).await,
        Command::Pools(args) => pools::pools(&api, &out, args).await,
        Command::Grants(args) => access::grants(&api, &out, args).await,
        Command::Tokens(args) => keys::tokens(&api, &out, args).await,
        Command::ServiceKeys(args) => keys::service_keys(&api, &out, args).await,
        Command::AddServiceKey(args) => keys::add_service_key(&api, &out, args).await,
        Command::RemoveServiceKey(args) => keys::remove_service_key(&api, args).await,
        Command::WebhookKeys(args) => webhook_keys::list(&api, &out, args).await,
        Command::AddWebhookKey(args) => webhook_keys::add(&api, &out, args).await,
        Command::RemoveWebhookKey(args) => webhook_keys::remove(&api, args).await,
        Command::Extensions(args) => extensions::list(&api, &out, args).await,
        Command::AddExtension(args) => extensions::add(&api, &out, args).await,
        Command::RemoveExtension(args) => extensions::remove(&api, args).await,
        Command::Hooks(args) => hooks::hooks(&api, &out, args).await,
        Command::AddHook(args) => hooks::add(&api, &out, args).await,
        Command::EditHook(args) => hooks::edit(&api, &out, args).await,
        Command::EnableHook(args) => hooks::enable(&api, args, true).await,
        Command::DisableHook(args) => hooks::enable(&api, args, false).await,
        Command::RotateHook(args) => hooks::rotate(&api, &out, args).await,
        Command::RemoveHook(args) => hooks::remove(&api, args).await,
        Command::TestHook(args) => hooks::test(&api, &out, args).await,
        Command::HookDeliveries(args) => hooks::deliveries(&api, &out, args).await,
        Command::RedeliverHook(args) => hooks::again(&api, &out, args).await,
        // They were done above.
        Command::Login(_) | Command::Context(_) | Command::Completion(_) | Command::Man(_) | Command::Convert(_) => {
            Ok(())
        }
    }
}
