//! Settings: small texts by name.
use crate::error::StoreError;
use crate::open::Store;

impl Store {
    /// The setting of that name.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn setting(&self, name: &str) -> Result<Option<String>, StoreError> {
        let name = name.to_owned();
        self.read(move |inner| {
            let bytes = inner.settings.get(name)?;
            Ok(bytes.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()))
        })
        .await
    }

    /// Keeps a setting.
    ///
    /// # Errors
    /// When the disk refuses.
    pub async fn put_setting(&self, name: &str, value: &str) -> Result<(), StoreError> {
        let (name, value) = (name.to_owned(), value.to_owned());
        self.write(move |inner| {
            inner.settings.insert(name, value.as_bytes())?;
            Ok(())
        })
        .await
    }
}
