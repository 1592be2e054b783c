//! `run`: the original's flags, turned into a deploy.
use super::deploy;
use super::engines::{cpus, memory};
use crate::api::Api;
use crate::error::{Exit, Failure, Outcome};
use crate::out::Out;
use crate::spec::{self, place::Place};
use shipyard_model::deploy::{
    Affinity, ContainerSpec, Copies, DeployRequest, PortSpec, PullPolicy, RestartPolicy, Selector, Target, VolumeSpec,
};
use shipyard_model::{Bytes, Constraint, Cpus, EngineName};

mod options;

/// Help of `run`.
pub const HELP: &str = "\
--type says which engines come into question:
  service   those with every --label; of one key each value is an alternative
  unique    those that run no container of this image; at most one copy on each
  multi     both of these
  host      those that are named: --label host:node1

Examples:
  shipyard run --name nginx:1.27 --port tcp/:80:80 --label zone=a --count 3
  shipyard run --name redis --type host --label host:node2 --vol data:/data --restart always
  shipyard run --name nginx --count 3 --strategy spread:zone --without db
  shipyard run --name agent --daemon --constraint '!windows'
  shipyard run --name nginx --count 3 --plan        where they would go, and why";

/// `run`.
#[derive(Debug, clap::Args)]
pub struct Run {
    /// Image
    #[arg(long, value_name = "IMAGE")]
    name: String,
    /// Name of the container; with several, -1, -2, … are added
    #[arg(long, value_name = "NAME")]
    container_name: Option<String>,
    /// CPUs to reserve for each
    #[arg(long, default_value = "0.1", value_parser = cpus)]
    cpus: Cpus,
    /// CPUs of the engine that it may run on, by number: 0-2,5
    #[arg(long)]
    cpuset: Option<String>,
    /// Memory to reserve for each, in MB or with a unit: 1.5g
    #[arg(long, default_value = "256", value_parser = memory)]
    memory: Bytes,
    /// Which engines come into question
    #[arg(long = "type", value_enum, default_value_t = Kind::Service)]
    kind: Kind,
    /// Host name in the container
    #[arg(long)]
    hostname: Option<String>,
    /// Domain of that name
    #[arg(long)]
    domain: Option<String>,
    /// Network to join
    #[arg(long, default_value = "bridge")]
    network: String,
    /// Environment variable
    #[arg(long, value_name = "KEY=VALUE", value_parser = spec::pair)]
    env: Vec<(String, String)>,
    /// Link to another container of the same engine; in a network each finds the other without: --network
    #[arg(long, value_name = "CONTAINER:NAME", value_parser = spec::link)]
    link: Vec<(String, String)>,
    /// Argument of the command
    #[arg(long, allow_hyphen_values = true)]
    arg: Vec<String>,
    /// Volume: /host:/container, name:/container or /container, with :ro at its end
    #[arg(long, value_name = "VOLUME", value_parser = spec::volume)]
    vol: Vec<VolumeSpec>,
    /// Label that the engine must have: zone=a, ssd; see --type
    #[arg(long)]
    label: Vec<String>,
    /// Port: proto/host-ip:host-port:container-port, all but the last may be empty: tcp/::8080
    #[arg(long, value_name = "PORT", value_parser = spec::port)]
    port: Vec<PortSpec>,
    /// Publish all ports that the image exposes, each on any free one
    #[arg(long)]
    publish: bool,
    /// Pull the image, even if it is there [default: only where it is missing]
    #[arg(long)]
    pull: bool,
    /// How many
    #[arg(long, default_value_t = 1, conflicts_with = "daemon")]
    count: u16,
    /// What happens when it ends: no, always, unless-stopped, on-failure, on-failure:5
    #[arg(long, default_value = "no", value_parser = spec::restart)]
    restart: RestartPolicy,

    /// One on each engine that comes into question
    #[arg(long, conflicts_with_all = ["count", "daemon"])]
    each_engine: bool,
    /// Label of the container
    #[arg(long, value_name = "KEY=VALUE", value_parser = spec::pair)]
    container_label: Vec<(String, String)>,
    /// User in the container: name or uid, with :group
    #[arg(long)]
    user: Option<String>,
    /// When one fails, remove the others that were made
    #[arg(long)]
    undo_on_failure: bool,
    #[command(flatten)]
    place: Place,
    #[command(flatten)]
    how: deploy::How,
    #[command(flatten)]
    options: options::Options,
}

/// The original's schedulers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Kind {
    /// By labels
    Service,
    /// One an engine
    Unique,
    /// By labels, one an engine
    Multi,
    /// By name
    Host,
}

impl Kind {
    /// Whether there is at most one of an image on an engine.
    fn is_alone(self) -> bool {
        matches!(self, Self::Unique | Self::Multi)
    }
}

/// Labels as what engines must have.
fn constraints(labels: &[String]) -> Outcome<Target> {
    if labels.is_empty() {
        return Ok(Target::All);
    }
    let all: Result<Vec<_>, _> = labels.iter().map(|label| Constraint::parse(label)).collect();
    all.map(Target::Labels).map_err(|bad| Failure::usage(format!("{bad}.")))
}

/// The engines of labels such as `host:node1`.
fn hosts(labels: &[String]) -> Outcome<Target> {
    let name = |label: &String| {
        let name = label
            .strip_prefix("host:")
            .and_then(|name| EngineName::parse(name).ok());
        name.ok_or_else(|| {
            Failure::usage(format!(
                "“{label}” names no engine: with --type host, write --label host:NAME."
            ))
        })
    };
    let names: Vec<EngineName> = labels.iter().map(name).collect::<Outcome<_>>()?;
    Ok(if names.is_empty() {
        Target::All
    } else {
        Target::Named(names)
    })
}

impl Run {
    /// The deploy that the flags describe.
    fn request(&self) -> Outcome<DeployRequest> {
        let mut spec = ContainerSpec {
            image: self.name.clone(),
            name: self.container_name.clone().unwrap_or_default(),
            command: self.arg.clone(),
            env: self.env.clone(),
            user: self.user.clone().unwrap_or_default(),
            hostname: self.hostname.clone().unwrap_or_default(),
            domainname: self.domain.clone().unwrap_or_default(),
            cpuset_cpus: self.cpuset.clone().unwrap_or_default(),
            links: self.link.clone(),
            publish_all: self.publish,
            restart: self.restart,
            ports: self.port.clone(),
            network: self.network.clone(),
            volumes: self.vol.clone(),
            cpus: self.cpus,
            memory: self.memory,
            labels: self.container_label.clone(),
            ..ContainerSpec::default()
        };
        self.options.apply(&mut spec);
        let target = match self.kind {
            Kind::Service | Kind::Multi => constraints(&self.label)?,
            Kind::Unique => Target::All,
            Kind::Host => hosts(&self.label)?,
        };
        let mut request = DeployRequest {
            spec,
            copies: if self.each_engine {
                Copies::EachEngine
            } else {
                Copies::Total(self.count)
            },
            target,
            pull: if self.pull {
                PullPolicy::Always
            } else {
                PullPolicy::Missing
            },
            undo_on_failure: self.undo_on_failure,
            ..DeployRequest::default()
        };
        if self.kind.is_alone() {
            request.affinity.push(Affinity {
                with: false,
                containers: Selector::Image(tagged(&request.spec.image)),
            });
        }
        self.place.apply(&mut request)?;
        Ok(request)
    }
}

/// An image with its tag, as the original compares them.
fn tagged(image: &str) -> String {
    let name = image.rsplit('/').next().unwrap_or(image);
    if name.contains([':', '@']) {
        image.to_owned()
    } else {
        format!("{image}:latest")
    }
}

/// Runs containers.
///
/// # Errors
/// When there is no place, or something failed.
pub async fn run(api: &Api, out: &Out, args: &Run) -> Outcome {
    let request = args.request()?;
    let done = deploy::carry_out(api, out, &request, &args.how).await;
    done.map_err(|failure| {
        if args.kind.is_alone() {
            no_engine(failure)
        } else {
            failure
        }
    })
}

/// That there is no place, in the original's words before ours.
fn no_engine(failure: Failure) -> Failure {
    if failure.exit != Exit::NoPlace {
        return failure;
    }
    Failure {
        hint: format!("{} {}", failure.sentence, failure.hint),
        sentence: "no eligible engines to run image".to_owned(),
        ..failure
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;
    use shipyard_model::deploy::{Strategy, Swap};

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        run: Run,
    }

    fn request(words: &str) -> Outcome<DeployRequest> {
        Line::try_parse_from(std::iter::once("run").chain(words.split(' ')))
            .unwrap()
            .run
            .request()
    }

    #[test]
    fn the_originals_defaults_hold() {
        let request = request("--name nginx").unwrap();
        assert_eq!(request.spec.cpus, Cpus::from_nanos(100_000_000));
        assert_eq!(request.spec.memory, Bytes::mib(256));
        assert_eq!(
            (request.spec.network.as_str(), request.spec.restart),
            ("bridge", RestartPolicy::No)
        );
        assert_eq!((request.copies, request.target), (Copies::Total(1), Target::All));
        assert_eq!(request.pull, PullPolicy::Missing);
    }

    #[test]
    fn types_say_which_engines_come_into_question() {
        let target = |words: &str| request(&format!("--name a {words}")).map(|request| request.target);
        let labels = Target::Labels(vec![
            Constraint::parse("zone=a").unwrap(),
            Constraint::parse("ssd").unwrap(),
        ]);
        assert_eq!(target("--label zone=a --label ssd").unwrap(), labels);
        assert_eq!(target("--type multi --label zone=a --label ssd").unwrap(), labels);
        assert_eq!(target("--type unique --label zone=a").unwrap(), Target::All);
        let named = Target::Named(vec![EngineName::parse("node1").unwrap()]);
        assert_eq!(target("--type host --label host:node1").unwrap(), named);
        assert_eq!(target("--type host --label node1").unwrap_err().exit, Exit::Usage);
    }

    #[test]
    fn flags_say_where_it_goes() {
        let words = "--name a --label zone=a --constraint zone!=b --constraint !gpu --strategy spread:zone --most-per-engine 2 \
            --with db --without image=redis --without label=app=web";
        let request = request(words).unwrap();
        let all = ["zone=a", "zone!=b", "!gpu"].map(|text| Constraint::parse(text).unwrap());
        assert_eq!(request.target, Target::Labels(all.to_vec()));
        assert_eq!(request.strategy, Strategy::SpreadOver("zone".to_owned()));
        assert_eq!(request.most_per_engine, Some(2));
        let written: Vec<_> = request
            .affinity
            .iter()
            .map(|one| (one.with, one.containers.written()))
            .collect();
        let want = [(true, "db"), (false, "image=redis"), (false, "label=app=web")];
        assert_eq!(written, want.map(|(with, text)| (with, text.to_owned())));
    }

    #[test]
    fn types_and_constraints_both_hold() {
        let target = |words: &str| request(&format!("--name a {words}")).map(|request| request.target);
        let all = ["engine=node1", "engine=node2", "ssd"].map(|text| Constraint::parse(text).unwrap());
        let hosts = target("--type host --label host:node1 --label host:node2 --constraint ssd").unwrap();
        assert_eq!(hosts, Target::Labels(all.to_vec()));
        assert_eq!(target("--constraint a<b").unwrap_err().exit, Exit::Usage);
        let alone = request("--name a/web --type multi --label ssd --daemon").unwrap();
        assert_eq!(alone.copies, Copies::Daemon);
        assert_eq!(alone.affinity[0].containers, Selector::Image("a/web:latest".to_owned()));
        for bad in [
            "--daemon --count 2",
            "--daemon --each-engine",
            "--most-per-engine 0",
            "--strategy random",
        ] {
            let words = format!("run --name a {bad}");
            assert!(Line::try_parse_from(words.split(' ')).is_err(), "{bad}");
        }
    }

    #[test]
    fn flags_become_the_spec() {
        let words = "--name a --arg -c --arg x=1 --env A=b=c --hostname h --domain d --vol /a:/b:ro --count 3 --cpuset 0-1 \
            --link db:data --link web --publish";
        let request = request(words).unwrap();
        assert_eq!(request.spec.command, ["-c", "x=1"]);
        assert_eq!(request.spec.env, [("A".to_owned(), "b=c".to_owned())]);
        assert_eq!([request.spec.hostname, request.spec.domainname], ["h", "d"]);
        assert_eq!(
            (request.spec.cpuset_cpus.as_str(), request.spec.publish_all),
            ("0-1", true)
        );
        let links = [("db", "data"), ("web", "")].map(|(of, name)| (of.to_owned(), name.to_owned()));
        assert_eq!(request.spec.links, links);
        assert!(request.spec.volumes[0].read_only);
        assert_eq!(request.copies, Copies::Total(3));
    }

    #[test]
    fn dockers_flags_become_the_spec() {
        let words = "--name a --network front --network-alias db --ip 10.0.0.5 --join name=back,alias=db --rm --gpus all \
            --memory-swap -1 --oom-score-adj -5 --tmpfs /t:size=1m --cpu-shares 512 --ulimit nofile=1:2 --health-cmd true";
        let spec = request(words).unwrap().spec;
        assert_eq!(
            (spec.network.as_str(), spec.endpoint.ipv4.as_str()),
            ("front", "10.0.0.5")
        );
        assert_eq!(spec.networks[0].name, "back");
        assert_eq!((spec.auto_remove, spec.device_requests[0].count), (true, -1));
        assert_eq!((spec.memory_swap, spec.oom_score_adj), (Swap::Unlimited, -5));
        assert_eq!((spec.tmpfs[0].size, spec.cpu_shares), (Bytes::mib(1), 512));
        assert_eq!(spec.healthcheck.unwrap().test, ["CMD-SHELL", "true"]);
    }

    #[test]
    fn images_are_compared_with_their_tags() {
        assert_eq!(tagged("nginx"), tagged("nginx:latest"));
        assert_eq!(tagged("host:5000/a"), "host:5000/a:latest");
        assert_eq!(tagged("a@sha256:00"), "a@sha256:00");
    }
}
