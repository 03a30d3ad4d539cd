//! The tables, as both databases have them. A test compares this page with each of them.

diesel::table! {
    installation (id) {
        id -> SmallInt,
        first_account_at -> Nullable<Timestamp>,
        admin_claimed_at -> Nullable<Timestamp>,
        secret_key_check -> Nullable<Binary>,
    }
}

diesel::table! {
    users (id) {
        id -> BigInt,
        username -> Nullable<Text>,
        username_key -> Nullable<Text>,
        email -> Nullable<Text>,
        email_key -> Nullable<Text>,
        email_verified_at -> Nullable<Timestamp>,
        full_name -> Nullable<Text>,
        password_hash -> Text,
        suspended_at -> Nullable<Timestamp>,
        created_at -> Timestamp,
        updated_at -> Timestamp,
        last_login_at -> Nullable<Timestamp>,
        nickname -> Nullable<Text>,
        phone -> Nullable<Text>,
        dob -> Nullable<Date>,
        metadata -> Text,
        profile_updated_at -> Timestamp,
    }
}

diesel::table! {
    roles (name) {
        name -> Text,
        description -> Text,
        permissions -> Text,
        built_in -> Bool,
    }
}

diesel::table! {
    user_roles (user_id, role) {
        user_id -> BigInt,
        role -> Text,
    }
}

diesel::table! {
    sessions (id) {
        id -> Text,
        user_id -> BigInt,
        token_digest -> Binary,
        created_at -> Timestamp,
        expires_at -> Timestamp,
        ip -> Nullable<Text>,
        user_agent -> Nullable<Text>,
    }
}

diesel::joinable!(user_roles -> users (user_id));
diesel::joinable!(user_roles -> roles (role));
diesel::joinable!(sessions -> users (user_id));
diesel::allow_tables_to_appear_in_same_query!(users, roles, user_roles, sessions);

// diesel's own book of the migrations that ran
diesel::table! {
    __diesel_schema_migrations (version) {
        version -> Text,
    }
}
