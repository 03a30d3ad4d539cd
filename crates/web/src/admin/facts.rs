//! What only the server knows of itself.

/// What the dashboard tells of the server and what it works with. Nothing of it is secret.
#[derive(Clone, Debug, Default)]
pub struct SystemFacts {
    /// The version that runs.
    pub version: String,
    /// Where pictures lie.
    pub media: String,
    /// How mails leave.
    pub mail: String,
    /// The settings in effect, as they may be shown.
    pub settings: Vec<SettingFact>,
}

/// A setting in effect.
#[derive(Clone, Debug)]
pub struct SettingFact {
    /// Its name.
    pub name: String,
    /// What holds; for a secret only whether it is set.
    pub value: String,
    /// Where that came from.
    pub origin: String,
}
