//! Templates of deploys, by name. They are sealed: what is deployed often has a password in its environment.
use crate::error::StoreError;
use crate::open::Store;
use crate::{record, seal};
use shipyard_model::template::TemplateRow;
use zeroize::Zeroizing;

const KIND: &str = "template";

impl Store {
    /// All templates, by name. One that cannot be read is left out and named in the log: the others are of use without it.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn templates(&self) -> Result<Vec<TemplateRow>, StoreError> {
        self.read(|inner| {
            let mut all = Vec::new();
            for entry in &inner.templates {
                let (name, sealed) = entry?;
                let name = String::from_utf8_lossy(&name).into_owned();
                let read = seal::open(&inner.key, KIND, &name, &sealed).and_then(|plain| record::read(KIND, &plain));
                match read {
                    Ok(row) => all.push(row),
                    Err(error) => tracing::error!(template = name, %error, "a template is left out"),
                }
            }
            Ok(all)
        })
        .await
    }

    /// Keeps a template, new or changed.
    ///
    /// # Errors
    /// When the disk refuses.
    pub async fn put_template(&self, row: &TemplateRow) -> Result<(), StoreError> {
        let name = row.template.name.clone();
        let written = Zeroizing::new(record::write(row)?);
        // Room for the tag that sealing appends, so that growing leaves no copy behind.
        let mut plain = Zeroizing::new(Vec::with_capacity(written.len() + 64));
        plain.extend_from_slice(&written);
        let sealed = seal::seal(&self.inner.key, KIND, &name, plain)?;
        self.write(move |inner| {
            inner.templates.insert(name, sealed)?;
            Ok(())
        })
        .await
    }

    /// Removes a template; whether there was one.
    ///
    /// # Errors
    /// When the disk refuses.
    pub async fn remove_template(&self, name: &str) -> Result<bool, StoreError> {
        let name = name.to_owned();
        self.write(move |inner| Ok(inner.templates.remove(name)?.is_some()))
            .await
    }
}
