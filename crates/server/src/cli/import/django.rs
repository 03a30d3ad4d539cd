//! `vestibule import django`.

use std::process::ExitCode;

use clap::Args;
use vestibule_import::django::{DjangoOptions, DjangoSource, ProfileOptions, TextTables};
use vestibule_persistence::foreign::{Identifier, TableName};

use super::fastapi::{Columns, OldDatabase};
use super::{Common, carry_out};
use crate::settings::Settings;
use crate::start_error::StartError;

/// What to take over.
#[derive(Args, Clone, Debug, PartialEq, Eq)]
pub struct DjangoImport {
    #[command(flatten)]
    common: Common,
    #[command(flatten)]
    database: OldDatabase,
    #[arg(
        long,
        value_name = "TABLE",
        help = "The table of accounts, perhaps with its schema [default: auth_user]"
    )]
    user_table: Option<TableName>,
    #[command(flatten)]
    columns: Box<Columns>,
    #[command(flatten)]
    profiles: Box<ProfileArguments>,
    /// Take tokens too, those of Django REST framework or of a table like it: whoever holds one stays signed in
    #[arg(long)]
    tokens: bool,
    #[arg(
        long,
        value_name = "TABLE",
        help = "The table of tokens, which are taken then [default: authtoken_token, or one called like it]"
    )]
    token_table: Option<TableName>,
    #[command(flatten)]
    texts: Box<TextArguments>,
}

/// The table with one row an account.
#[derive(Args, Clone, Debug, PartialEq, Eq)]
struct ProfileArguments {
    /// Leave profiles out
    #[arg(long)]
    no_profiles: bool,
    /// The table of profiles [default: the one with one row an account and a nickname, phone, dob or avatar]
    #[arg(long, value_name = "TABLE", conflicts_with = "no_profiles")]
    profile_table: Option<TableName>,
    #[arg(
        long,
        value_name = "COLUMN",
        conflicts_with = "no_profiles",
        help = "Its column with the account's key [default: user_id]"
    )]
    profile_user_column: Option<Identifier>,
    /// Its column of what friends say [default: nickname]
    #[arg(long, value_name = "COLUMN", conflicts_with = "no_profiles")]
    nickname_column: Option<Identifier>,
    /// Its column of telephone numbers [default: phone]
    #[arg(long, value_name = "COLUMN", conflicts_with = "no_profiles")]
    phone_column: Option<Identifier>,
    /// Its column of days of birth [default: dob]
    #[arg(long, value_name = "COLUMN", conflicts_with = "no_profiles")]
    dob_column: Option<Identifier>,
    /// Its column of pictures' paths below --media-root [default: avatar]
    #[arg(long, value_name = "COLUMN", conflicts_with = "no_profiles")]
    avatar_column: Option<Identifier>,
}

/// The tables of what people wrote.
#[derive(Args, Clone, Debug, PartialEq, Eq)]
struct TextArguments {
    /// Leave out what people wrote
    #[arg(long)]
    no_content: bool,
    #[arg(
        long,
        value_name = "TABLE",
        conflicts_with = "no_content",
        help = "The table of posts [default: one called post or ending in _post]"
    )]
    post_table: Option<TableName>,
    #[arg(
        long,
        value_name = "TABLE",
        conflicts_with = "no_content",
        help = "The table of comments [default: one called comment or ending in _comment]"
    )]
    comment_table: Option<TableName>,
    #[arg(
        long,
        value_name = "TABLE",
        conflicts_with = "no_content",
        help = "The table of messages of the contact form [default: one called contact or ending in _contact]"
    )]
    contact_table: Option<TableName>,
}

impl ProfileArguments {
    fn options(&self) -> Option<ProfileOptions> {
        let named = self.clone();
        (!self.no_profiles).then_some(ProfileOptions {
            table: named.profile_table,
            user_column: named.profile_user_column,
            nickname: named.nickname_column,
            phone: named.phone_column,
            dob: named.dob_column,
            avatar: named.avatar_column,
        })
    }
}

impl TextArguments {
    fn tables(&self) -> Option<TextTables> {
        let named = self.clone();
        (!self.no_content).then_some(TextTables {
            posts: named.post_table,
            comments: named.comment_table,
            contact_messages: named.contact_table,
        })
    }
}

pub(super) fn run(settings: &Settings, import: &DjangoImport) -> Result<ExitCode, StartError> {
    let options = DjangoOptions {
        user_table: import.user_table.clone(),
        columns: import.columns.names(),
        profiles: import.profiles.options(),
        tokens: import.tokens,
        token_table: import.token_table.clone(),
        texts: import.texts.tables(),
        source_name: import.database.source_name.clone(),
    };
    let mut source = DjangoSource::open(&import.database.url(&import.common)?, &options)?;
    carry_out(settings, &import.common, &mut source)
}
