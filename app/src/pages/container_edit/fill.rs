//! What the form says, without what it says otherwise only because it writes it otherwise: what nobody changed stays exactly
//! as it was.
use shipyard_model::deploy::ContainerSpec;

/// What the container shall be. `before` is what the form made of `base` in the beginning, `now` what it makes of it now.
pub fn changed(base: &ContainerSpec, before: &ContainerSpec, mut now: ContainerSpec) -> ContainerSpec {
    macro_rules! keep {
        ($($field:ident),+) => {
            $(if now.$field == before.$field {
                now.$field.clone_from(&base.$field);
            })+
        };
    }
    now.name.clone_from(&base.name);
    // Fields that are written as text in more than one way, or in parts.
    keep!(
        command,
        env,
        labels,
        restart,
        ports,
        volumes,
        cpus,
        memory,
        memory_swap,
        healthcheck,
        endpoint,
        networks,
        tmpfs,
        ulimits,
        devices,
        device_requests,
        expose,
        logging,
        stop_timeout
    );
    now
}

#[cfg(test)]
mod tests {
    use super::*;
    use shipyard_model::deploy::RestartPolicy;

    #[test]
    fn what_the_form_cannot_say_stays_unless_it_is_changed() {
        let with = |image: &str, restart| ContainerSpec {
            image: image.to_owned(),
            restart,
            ..ContainerSpec::default()
        };
        let base = with("web:1", RestartPolicy::OnFailure(5));
        // The form has no place for the number.
        let before = with("web:1", RestartPolicy::OnFailure(0));
        let now = changed(&base, &before, with("web:2", RestartPolicy::OnFailure(0)));
        assert_eq!(now, with("web:2", RestartPolicy::OnFailure(5)));
        let now = changed(&base, &before, with("web:1", RestartPolicy::Always));
        assert_eq!(now, with("web:1", RestartPolicy::Always));
    }
}
