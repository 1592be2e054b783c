//! Shapes that Compose's values have. A text knows where it stands.
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_saphyr::Spanned;
use std::fmt;
use std::marker::PhantomData;

/// A line and a column; zero when they are not known.
pub(super) type Place = (u64, u64);

fn place<T>(spanned: &Spanned<T>) -> Place {
    (spanned.referenced.line(), spanned.referenced.column())
}

/// A text, number or truth, as it is written.
#[derive(Clone, Debug, Default)]
pub(super) struct Text {
    pub(super) text: String,
    pub(super) at: Place,
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let spanned = Spanned::<String>::deserialize(deserializer)?;
        Ok(Self {
            at: place(&spanned),
            text: spanned.value,
        })
    }
}

/// A map in its order.
#[derive(Debug)]
pub(super) struct Entries<V>(pub(super) Vec<(Text, V)>);

impl<'de, V: Deserialize<'de>> Deserialize<'de> for Entries<V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Map<V>(PhantomData<V>);
        impl<'de, V: Deserialize<'de>> Visitor<'de> for Map<V> {
            type Value = Entries<V>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a map")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut all = Vec::new();
                while let Some(key) = map.next_key()? {
                    all.push((key, map.next_value()?));
                }
                Ok(Entries(all))
            }
        }
        deserializer.deserialize_map(Map(PhantomData))
    }
}

/// Nothing that can be there.
#[derive(Debug)]
pub(super) enum Never {}

impl<'de> Deserialize<'de> for Never {
    fn deserialize<D: Deserializer<'de>>(_: D) -> Result<Self, D::Error> {
        Err(Error::custom("a value of another kind is expected here"))
    }
}

/// A scalar, a list or a map: most of Compose's values may be two of these.
#[derive(Debug)]
pub(super) enum Any<L, M> {
    Nothing,
    Scalar(String),
    List(Vec<L>),
    Map(M),
}

impl<'de, L: Deserialize<'de>, M: Deserialize<'de>> Deserialize<'de> for Any<L, M> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either<L, M>(PhantomData<(L, M)>);
        impl<'de, L: Deserialize<'de>, M: Deserialize<'de>> Visitor<'de> for Either<L, M> {
            type Value = Any<L, M>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a value, a list or a map")
            }

            fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
                Ok(Any::Nothing)
            }

            fn visit_none<E: Error>(self) -> Result<Self::Value, E> {
                Ok(Any::Nothing)
            }

            fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
                Any::deserialize(deserializer)
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Any::Scalar(text.to_owned()))
            }

            fn visit_bool<E: Error>(self, value: bool) -> Result<Self::Value, E> {
                Ok(Any::Scalar(value.to_string()))
            }

            fn visit_i64<E: Error>(self, value: i64) -> Result<Self::Value, E> {
                Ok(Any::Scalar(value.to_string()))
            }

            fn visit_u64<E: Error>(self, value: u64) -> Result<Self::Value, E> {
                Ok(Any::Scalar(value.to_string()))
            }

            fn visit_f64<E: Error>(self, value: f64) -> Result<Self::Value, E> {
                Ok(Any::Scalar(value.to_string()))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
                let mut all = Vec::new();
                while let Some(one) = list.next_element()? {
                    all.push(one);
                }
                Ok(Any::List(all))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
                M::deserialize(MapAccessDeserializer::new(map)).map(Any::Map)
            }
        }
        deserializer.deserialize_any(Either(PhantomData))
    }
}

/// A value with its place.
#[derive(Debug)]
pub(super) struct At<T> {
    pub(super) value: T,
    pub(super) at: Place,
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for At<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let spanned = Spanned::<T>::deserialize(deserializer)?;
        Ok(Self {
            at: place(&spanned),
            value: spanned.value,
        })
    }
}

/// One text or a list of them.
pub(super) type Many = At<Any<Text, Never>>;
/// `- name=value`, or `name: value`.
pub(super) type Pairs = At<Any<Text, Entries<Option<Text>>>>;

/// `published:target`, or each by its name.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Port {
    pub(super) target: Option<Text>,
    pub(super) published: Option<Text>,
    pub(super) host_ip: Option<Text>,
    pub(super) protocol: Option<Text>,
    pub(super) mode: Option<Text>,
    pub(super) name: Option<Text>,
    pub(super) app_protocol: Option<Text>,
}

/// A volume in the long way.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Volume {
    pub(super) r#type: Option<Text>,
    pub(super) source: Option<Text>,
    pub(super) target: Option<Text>,
    pub(super) read_only: Option<Text>,
    pub(super) consistency: Option<Text>,
    pub(super) bind: Bind,
    pub(super) volume: VolumeOptions,
    pub(super) tmpfs: TmpfsOptions,
}

#[derive(Debug, Default, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Bind {
    pub(super) propagation: Option<Text>,
    pub(super) create_host_path: Option<Text>,
    pub(super) selinux: Option<Text>,
    pub(super) recursive: Option<Text>,
}

#[derive(Debug, Default, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct VolumeOptions {
    pub(super) nocopy: Option<Text>,
    pub(super) subpath: Option<Text>,
    pub(super) labels: Option<Pairs>,
}

#[derive(Debug, Default, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct TmpfsOptions {
    pub(super) size: Option<Text>,
    pub(super) mode: Option<Text>,
}

#[derive(Debug, Default, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Healthcheck {
    pub(super) test: Option<Many>,
    pub(super) interval: Option<Text>,
    pub(super) timeout: Option<Text>,
    pub(super) start_period: Option<Text>,
    pub(super) start_interval: Option<Text>,
    pub(super) retries: Option<Text>,
    pub(super) disable: Option<Text>,
}

#[derive(Debug, Default, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Limit {
    pub(super) soft: Option<Text>,
    pub(super) hard: Option<Text>,
}

#[derive(Debug, Default, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Logging {
    pub(super) driver: Option<Text>,
    pub(super) options: Option<Pairs>,
}

#[derive(Debug, Default, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Endpoint {
    pub(super) aliases: Vec<Text>,
    pub(super) ipv4_address: Option<Text>,
    pub(super) ipv6_address: Option<Text>,
    pub(super) link_local_ips: Vec<Text>,
    pub(super) mac_address: Option<Text>,
    pub(super) driver_opts: Option<Pairs>,
    pub(super) gw_priority: Option<Text>,
    pub(super) priority: Option<Text>,
    pub(super) interface_name: Option<Text>,
}

#[derive(Debug, Default, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Blkio {
    pub(super) weight: Option<Text>,
    pub(super) weight_device: Vec<Disk>,
    pub(super) device_read_bps: Vec<Disk>,
    pub(super) device_write_bps: Vec<Disk>,
    pub(super) device_read_iops: Vec<Disk>,
    pub(super) device_write_iops: Vec<Disk>,
}

#[derive(Debug, Default, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Disk {
    pub(super) path: Text,
    pub(super) rate: Option<Text>,
    pub(super) weight: Option<Text>,
}

#[derive(Debug, Default, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Deploy {
    pub(super) mode: Option<Text>,
    pub(super) replicas: Option<Text>,
    pub(super) placement: Placement,
    pub(super) resources: Resources,
    pub(super) restart_policy: RestartPolicy,
    pub(super) labels: Option<serde::de::IgnoredAny>,
    pub(super) update_config: Option<serde::de::IgnoredAny>,
    pub(super) rollback_config: Option<serde::de::IgnoredAny>,
    pub(super) endpoint_mode: Option<serde::de::IgnoredAny>,
}

#[derive(Debug, Default, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Placement {
    pub(super) constraints: Vec<Text>,
    pub(super) preferences: Vec<Preference>,
    pub(super) max_replicas_per_node: Option<Text>,
}

#[derive(Debug, Default, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Preference {
    pub(super) spread: Text,
}

#[derive(Debug, Default, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Resources {
    pub(super) limits: Amounts,
    pub(super) reservations: Amounts,
}

#[derive(Debug, Default, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Amounts {
    pub(super) cpus: Option<Text>,
    pub(super) memory: Option<Text>,
    pub(super) pids: Option<Text>,
    pub(super) devices: Vec<Chosen>,
    pub(super) generic_resources: Option<serde::de::IgnoredAny>,
}

/// Devices that a driver chooses.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Chosen {
    pub(super) driver: Option<Text>,
    pub(super) count: Option<Text>,
    pub(super) device_ids: Vec<Text>,
    pub(super) capabilities: Vec<Text>,
    pub(super) options: Option<Pairs>,
}

#[derive(Debug, Default, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct RestartPolicy {
    pub(super) condition: Option<Text>,
    pub(super) max_attempts: Option<Text>,
    pub(super) delay: Option<Text>,
    pub(super) window: Option<Text>,
}

/// A volume or network that the file defines.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Defined {
    pub(super) name: Option<Text>,
    pub(super) external: Option<serde::de::IgnoredAny>,
    pub(super) driver: Option<Text>,
    pub(super) driver_opts: Option<Pairs>,
    pub(super) labels: Option<Pairs>,
    pub(super) ipam: Option<serde::de::IgnoredAny>,
    pub(super) internal: Option<serde::de::IgnoredAny>,
    pub(super) attachable: Option<serde::de::IgnoredAny>,
    pub(super) enable_ipv4: Option<serde::de::IgnoredAny>,
    pub(super) enable_ipv6: Option<serde::de::IgnoredAny>,
}
