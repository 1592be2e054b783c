//! The command line. Each group of commands says in its own file what it takes; here is how they are called together.
use crate::api::Globals;
use crate::commands::{
    access, accounts, activity, authority, change, containers, context, deploy, engines, events, exec, extensions,
    hooks, info, keys, logs, moving, node, ops, pools, run, session, shell, templates, top, verbs, webhook_keys,
};
use crate::filter::Filter;
use crate::out::{Out, Output};
use clap::{ArgAction, Args, Parser, Subcommand};
use std::ffi::OsString;

const AFTER: &str = "\
Without a command, on a terminal: the prompt `shipyard cli>`.

Exit codes: 0 done · 1 something failed · 2 wrong use · 3 not signed in · 4 forbidden · 5 not found ·
6 unreachable or not trusted · 7 no engine has room · 130 interrupted

Environment: SHIPYARD_CONTEXT, SHIPYARD_URL, SHIPYARD_TOKEN, SHIPYARD_PASSWORD, NO_COLOR";

/// Manage a fleet of Docker engines.
#[derive(Debug, Parser)]
#[command(name = "shipyard", version, disable_version_flag = true, after_help = AFTER, max_term_width = 110)]
pub struct Cli {
    /// What is said for all commands alike.
    #[command(flatten)]
    pub common: Common,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

impl Cli {
    /// Reads a command line, the program's own name first. `h` is the original's other word for help.
    ///
    /// # Errors
    /// What clap says to it; help and the version among it.
    pub fn read(words: impl IntoIterator<Item = impl Into<OsString>>) -> Result<Self, clap::Error> {
        let mut words: Vec<OsString> = words.into_iter().map(Into::into).collect();
        if let Some(first) = words.get_mut(1).filter(|first| *first == "h") {
            *first = "help".into();
        }
        Self::try_parse_from(words)
    }
}

/// Flags of all commands.
#[derive(Clone, Debug, Default, Args)]
pub struct Common {
    /// How lists are printed
    #[arg(
        short,
        long,
        global = true,
        value_enum,
        value_name = "FORM",
        help_heading = "Common options"
    )]
    pub output: Option<Output>,
    /// The context: which server, and as whom
    #[arg(
        long,
        global = true,
        env = "SHIPYARD_CONTEXT",
        hide_env_values = true,
        value_name = "NAME",
        help_heading = "Common options"
    )]
    pub context: Option<String>,
    /// Accept any certificate, and send credentials in the clear
    #[arg(long, global = true, help_heading = "Common options")]
    pub allow_insecure: bool,
    /// Read passwords and codes from standard input, one a line
    #[arg(long, global = true, help_heading = "Common options")]
    pub password_stdin: bool,
    /// Tell each request, and what a failure came from
    #[arg(long, global = true, help_heading = "Common options")]
    pub verbose: bool,
    /// Print the version
    #[arg(short = 'v', long, action = ArgAction::Version, help_heading = "Common options")]
    pub version: Option<bool>,
}

impl Common {
    /// What the connection needs of them.
    pub fn globals(&self) -> Globals {
        Globals {
            context: self.context.clone().filter(|name| !name.is_empty()),
            allow_insecure: self.allow_insecure,
            verbose: self.verbose,
            password_stdin: self.password_stdin,
        }
    }

    /// Where to write.
    pub fn out(&self) -> Out {
        Out::of(self.output)
    }
}

/// What lists take.
#[derive(Clone, Debug, Default, Args)]
pub struct Listing {
    /// Show only what has this: a column and its value, `state=running`; several of one column are alternatives
    #[arg(short, long, value_name = "KEY=VALUE", value_parser = Filter::parse)]
    pub filter: Vec<Filter>,
    /// Follow: show the list again whenever it changes
    #[arg(short, long)]
    pub watch: bool,
}

/// All commands.
#[derive(Debug, Subcommand)]
#[command(disable_help_subcommand = false)]
pub enum Command {
    /// Sign in to a server, and remember it as a context
    #[command(after_help = session::LOGIN_HELP)]
    Login(session::Login),
    /// Sign out, and forget the session
    Logout,
    /// Change one's own password
    ChangePassword,
    /// Show who one is, and what one may do
    Whoami,
    /// List one's own sessions, or end one
    Sessions(session::Sessions),
    /// List, choose and change contexts: which server, and as whom
    #[command(after_help = context::HELP)]
    Context(context::Contexts),

    /// Show the figures of the fleet
    Info(info::Info),
    /// Watch the fleet on the whole screen: engines, containers, CPU, memory
    #[command(after_help = top::HELP)]
    Top(top::Top),
    /// Show what happened, newest first
    #[command(after_help = events::HELP)]
    Events(events::Events),
    /// Show who did what, from where, and what became of it
    #[command(after_help = activity::HELP)]
    Activity(activity::Activity),

    /// List containers of all engines
    #[command(visible_alias = "ps", after_help = containers::HELP)]
    Containers(containers::Containers),
    /// Show a container as Docker describes it
    Inspect(containers::Inspect),
    /// Run containers where there is room for them
    #[command(after_help = run::HELP)]
    Run(Box<run::Run>),
    /// Run what a file describes
    #[command(after_help = deploy::HELP)]
    Deploy(deploy::Deploy),
    /// Write a deploy as something else: a docker run line, a Compose file, a link
    #[command(after_help = templates::CONVERT_HELP)]
    Convert(templates::Convert),
    /// List, show, save, use and remove templates of deploys
    #[command(after_help = templates::HELP)]
    Templates(templates::Templates),
    /// Start containers
    Start(verbs::Targets),
    /// Stop containers
    Stop(verbs::Targets),
    /// Restart containers
    Restart(verbs::Targets),
    /// Freeze containers
    Pause(verbs::Targets),
    /// Let frozen containers go on
    Unpause(verbs::Targets),
    /// End containers at once (SIGKILL)
    Kill(verbs::Targets),
    /// Remove containers, running or not
    #[command(visible_alias = "rm")]
    Destroy(verbs::Targets),
    /// Bring the copies of a container to a number
    #[command(after_help = verbs::SCALE_HELP)]
    Scale(verbs::Scale),
    /// Change what a container is, in place where that can be
    #[command(after_help = change::EDIT_HELP)]
    Edit(Box<change::Edit>),
    /// Bring a container to a newer image
    #[command(after_help = change::UPDATE_HELP)]
    Update(change::Update),
    /// Make a container anew as it is
    Recreate(change::Recreate),
    /// Show what a container was at its last changes
    History(change::History),
    /// Make a container what it was, or all that an operation changed
    #[command(after_help = change::ROLLBACK_HELP)]
    Rollback(change::Rollback),
    /// Show the logs of containers, of several in one time line
    #[command(after_help = logs::HELP)]
    Logs(logs::Logs),
    /// Run a command inside a container
    #[command(after_help = exec::HELP)]
    Exec(exec::Exec),
    /// List deploys that the server looks after: daemons, and those that are moved when their engine is away
    Deploys(moving::Deploys),
    /// Look after deploys no more; their containers stay
    ForgetDeploy(moving::Forget),
    /// List operations, follow or cancel one
    #[command(after_help = ops::HELP)]
    Ops(ops::Ops),

    /// List engines
    Engines(engines::List),
    /// Add an engine
    #[command(after_help = engines::ADD_HELP)]
    AddEngine(engines::Add),
    /// Change an engine's name, address, labels, capacity or certificates
    EditEngine(engines::Edit),
    /// Show an engine
    InspectEngine(engines::Inspect),
    /// Try an engine that is down again, now
    RetryEngine(engines::Names),
    /// Remove engines; what runs on them goes on
    RemoveEngine(engines::Names),
    /// Empty an engine: what Shipyard deployed to it goes elsewhere, and nothing new comes
    #[command(after_help = moving::DRAIN_HELP)]
    Drain(moving::Drain),
    /// Let engines take new containers again
    Undrain(moving::Undrain),
    /// Make hosts engines over ssh: certificates, firewall, labels
    #[command(subcommand, after_help = node::HELP)]
    Node(node::Node),
    /// Show Shipyard's own certificate authority, or make a new one
    #[command(after_help = authority::HELP)]
    Authority(authority::Authority),
    /// Say what is wrong or weak on this installation and its engines, and how to mend it
    Doctor(node::Doctor),

    /// List accounts
    Accounts(accounts::List),
    /// Add an account, and print the link that opens it
    #[command(after_help = accounts::ADD_HELP)]
    AddAccount(accounts::Add),
    /// Make a new link for an account whose password was lost
    LinkAccount(accounts::Names),
    /// Let accounts sign in no more
    DisableAccount(accounts::Names),
    /// Let accounts sign in again
    EnableAccount(accounts::Names),
    /// Delete accounts
    DeleteAccount(accounts::Names),
    /// List, show, make and remove roles
    #[command(after_help = access::ROLES_HELP)]
    Roles(access::Roles),
    /// List, show, make and remove pools of engines
    #[command(after_help = pools::HELP)]
    Pools(pools::Pools),
    /// Show and change what accounts were given
    #[command(after_help = access::GRANTS_HELP)]
    Grants(access::Grants),

    /// List, make and revoke tokens for machines
    #[command(after_help = keys::TOKENS_HELP)]
    Tokens(keys::Tokens),
    /// List service keys (one's own tokens)
    ServiceKeys(keys::ServiceKeys),
    /// Make a service key (a token)
    AddServiceKey(keys::NewKey),
    /// Revoke service keys
    RemoveServiceKey(keys::Keys),
    /// List webhook keys
    WebhookKeys(webhook_keys::WebhookKeys),
    /// Make a webhook key: whoever calls its address has the image pulled and rolled out
    #[command(after_help = webhook_keys::ADD_HELP)]
    AddWebhookKey(webhook_keys::AddWebhookKey),
    /// Revoke webhook keys
    RemoveWebhookKey(keys::Keys),
    /// List extensions: containers that serve the fleet itself
    Extensions(extensions::Extensions),
    /// Run an extension that a file describes
    #[command(after_help = extensions::ADD_HELP)]
    AddExtension(extensions::AddExtension),
    /// Remove extensions with their containers
    RemoveExtension(extensions::RemoveExtension),

    /// List hooks: activity that is sent to other programs
    Hooks(hooks::Hooks),
    /// Add a hook, and show once the secret that it signs with
    #[command(after_help = hooks::ADD_HELP)]
    AddHook(hooks::Add),
    /// Change a hook's name, address, actions or engines
    EditHook(hooks::Edit),
    /// Turn hooks on; what happened meanwhile is not sent
    EnableHook(hooks::Names),
    /// Turn hooks off
    DisableHook(hooks::Names),
    /// Give a hook another secret; for a day it signs with the old one too
    RotateHook(hooks::Name),
    /// Remove hooks with their deliveries
    RemoveHook(hooks::Names),
    /// Send a hook's receiver a test
    TestHook(hooks::Name),
    /// List what a hook sent, and what became of it
    HookDeliveries(hooks::Deliveries),
    /// Send again what a hook sent
    RedeliverHook(hooks::Again),

    /// Print completions for a shell
    #[command(after_help = shell::HELP)]
    Completion(shell::Completion),
    /// Write the manual's pages into a folder
    Man(shell::Man),
}
