//! Which Docker an engine says it is.
use crate::answer::Refusal;

/// An API version, `1.NN`, and the Docker that has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version(u16);

/// The newest Docker of each API.
const RELEASES: [(u16, &str); 17] = [
    (24, "1.12.6"),
    (25, "1.13.1"),
    (26, "17.03.2-ce"),
    (30, "17.06.2-ce"),
    (35, "17.12.1-ce"),
    (38, "18.06.3-ce"),
    (39, "18.09.9"),
    (40, "19.03.15"),
    (41, "20.10.24+dfsg1"),
    (42, "23.0.6"),
    (43, "24.0.9"),
    (44, "25.0.6"),
    (45, "26.1.4"),
    (46, "27.1.2"),
    (47, "27.5.1"),
    (48, "28.0.4"),
    (51, "28.5.2"),
];

impl Version {
    /// What the lab's engines have.
    pub const LAB: Self = Self(41);

    /// From `1.41`.
    pub fn parse(text: &str) -> Option<Self> {
        text.strip_prefix("1.")?.parse().ok().map(Self)
    }

    /// `1.41`.
    pub fn text(self) -> String {
        format!("1.{}", self.0)
    }

    pub(crate) fn at_least(self, minor: u16) -> bool {
        self.0 >= minor
    }

    /// Docker's own version.
    pub fn release(self) -> &'static str {
        let fits = RELEASES.iter().rev().find(|(api, _)| *api <= self.0);
        fits.map_or("1.11.2", |(_, release)| release)
    }

    /// The oldest API that it takes.
    pub(crate) fn oldest(self) -> Self {
        Self(if self.0 >= 44 { 24 } else { 12 })
    }

    /// Whether a request of an API is answered.
    pub(crate) fn check(self, asked: &str) -> Result<(), Refusal> {
        let Some(version) = Self::parse(asked) else {
            return Err(Refusal::new(404, "page not found"));
        };
        let (ours, oldest) = (self.text(), self.oldest());
        if version > self {
            let message = format!("client version {asked} is too new. Maximum supported API version is {ours}");
            return Err(Refusal::new(400, message));
        }
        if version < oldest {
            let message = format!(
                "client version {asked} is too old. Minimum supported API version is {}, please upgrade your client to \
                 a newer version",
                oldest.text()
            );
            return Err(Refusal::new(400, message));
        }
        Ok(())
    }

    /// What it calls itself in the header `Server`.
    pub(crate) fn server(self) -> String {
        format!("Docker/{} (linux)", self.release())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_by_number() {
        let of = |text| Version::parse(text).unwrap();
        assert_eq!(Version::LAB.release(), "20.10.24+dfsg1");
        assert_eq!(of("1.49").release(), "28.0.4");
        assert!(of("1.9") < of("1.41"));
        assert!(of("1.41").check("1.41").is_ok() && of("1.41").check("1.12").is_ok());
        assert!(of("1.41").check("1.42").unwrap_err().message.contains("too new"));
        assert!(
            of("1.44")
                .check("1.23")
                .unwrap_err()
                .message
                .contains("Minimum supported API version is 1.24")
        );
        assert_eq!(of("1.41").check("x").unwrap_err().status, 404);
    }
}
