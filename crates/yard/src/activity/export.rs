//! The time line as a file: JSON lines or CSV, page by page, so that a year of it needs no memory.
use super::csv;
use crate::{Actor, Yard};
use futures_util::stream::{self, Stream};
use shipyard_model::Problem;
use shipyard_model::activity::{ActivityPage, ActivityQuery};

/// Records that are in memory at once.
const AT_ONCE: u32 = 1000;

/// How an export is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExportFormat {
    /// A JSON object for each record, each on its line: all there is, for programs.
    JsonLines,
    /// CSV with a header, for spreadsheets.
    Csv,
}

impl ExportFormat {
    /// The format of that name: `jsonl` or `csv`.
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "jsonl" => Some(Self::JsonLines),
            "csv" => Some(Self::Csv),
            _ => None,
        }
    }

    fn head(self) -> &'static str {
        match self {
            Self::JsonLines => "",
            Self::Csv => csv::HEADER,
        }
    }

    fn write(self, page: &ActivityPage) -> Result<String, Problem> {
        let mut out = String::new();
        for record in &page.records {
            match self {
                Self::JsonLines => {
                    out.push_str(&serde_json::to_string(record).map_err(|_| Problem::internal())?);
                    out.push('\n');
                }
                Self::Csv => csv::line(&mut out, record),
            }
        }
        Ok(out)
    }
}

impl Yard {
    /// All that a query asks for, newest first, in pieces of text. Its `before` and `limit` do not count.
    ///
    /// # Errors
    /// As [`Yard::activity`]; later pieces too.
    pub async fn activity_export(
        &self,
        actor: &Actor,
        query: ActivityQuery,
        format: ExportFormat,
    ) -> Result<impl Stream<Item = Result<String, Problem>> + Send + use<>, Problem> {
        let query = ActivityQuery {
            before: None,
            limit: AT_ONCE,
            ..query
        };
        let (yard, actor) = (self.clone(), actor.clone());
        // The first page is read before anything is sent, so that who may not is told so.
        let first = yard.activity(&actor, query.clone()).await?;
        let head = format!("{}{}", format.head(), format.write(&first)?);
        let rest = stream::try_unfold((first.next, query), move |(next, mut query)| {
            let (yard, actor) = (yard.clone(), actor.clone());
            async move {
                if next.is_none() {
                    return Ok(None);
                }
                query.before = next;
                let page = yard.activity(&actor, query.clone()).await?;
                Ok(Some((format.write(&page)?, (page.next, query))))
            }
        });
        use futures_util::StreamExt;
        Ok(stream::once(async move { Ok(head) }).chain(rest))
    }
}
