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
        full_name_key -> Nullable<Text>,
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
        token_epoch -> BigInt,
        avatar -> Nullable<Text>,
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
        refresh_expires_at -> Timestamp,
        ip -> Nullable<Text>,
        user_agent -> Nullable<Text>,
        format -> Text,
        last_seen_at -> Timestamp,
        token_expires_at -> Timestamp,
        ends_at -> Timestamp,
        refreshed_from -> Nullable<Binary>,
    }
}

diesel::table! {
    refresh_tokens (digest) {
        digest -> Binary,
        session_id -> Text,
        spent_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    known_clients (user_id, address, user_agent) {
        user_id -> BigInt,
        address -> Text,
        user_agent -> Text,
        first_seen_at -> Timestamp,
        last_seen_at -> Timestamp,
    }
}

diesel::table! {
    mail_tokens (user_id, purpose) {
        user_id -> BigInt,
        purpose -> Text,
        digest -> Binary,
        epoch -> BigInt,
        email -> Text,
        expires_at -> Timestamp,
    }
}

diesel::table! {
    email_ways_back (digest) {
        digest -> Binary,
        user_id -> BigInt,
        old_email -> Text,
        old_verified_at -> Nullable<Timestamp>,
        created_at -> Timestamp,
        expires_at -> Timestamp,
    }
}

diesel::table! {
    outbox (id) {
        id -> BigInt,
        kind -> Text,
        user_id -> Nullable<BigInt>,
        payload -> Text,
        created_at -> Timestamp,
        due_at -> Timestamp,
        attempts -> BigInt,
        last_error -> Nullable<Text>,
        dead_at -> Nullable<Timestamp>,
        leased_until -> Nullable<Timestamp>,
        lease_id -> Nullable<Text>,
    }
}

diesel::table! {
    audit_events (id) {
        id -> BigInt,
        at -> Timestamp,
        event -> Text,
        outcome -> Text,
        actor_id -> Nullable<BigInt>,
        subject_id -> Nullable<BigInt>,
        ip -> Nullable<Text>,
        request_id -> Nullable<Text>,
        detail -> Nullable<Text>,
    }
}

diesel::table! {
    signing_keys (kid) {
        kid -> Text,
        public_key -> Binary,
        sealed_seed -> Binary,
        created_at -> Timestamp,
        retired_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    jobs (name) {
        name -> Text,
        leased_until -> Nullable<Timestamp>,
        lease_id -> Nullable<Text>,
        started_at -> Nullable<Timestamp>,
        succeeded_at -> Nullable<Timestamp>,
        last_error -> Nullable<Text>,
    }
}

diesel::table! {
    media_files (name) {
        name -> Text,
        created_at -> Timestamp,
    }
}

diesel::table! {
    imports (source) {
        source -> Text,
        step -> Text,
        last_key -> Nullable<Text>,
        tally -> Text,
        started_at -> Timestamp,
        finished_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    imported_rows (source, kind, source_key) {
        source -> Text,
        kind -> Text,
        source_key -> Text,
        target_id -> BigInt,
        digest -> Binary,
        kept_digest -> Nullable<Binary>,
        imported_at -> Timestamp,
    }
}

diesel::table! {
    posts (id) {
        id -> BigInt,
        author_id -> Nullable<BigInt>,
        title -> Text,
        slug -> Text,
        content -> Text,
        version -> BigInt,
        created_at -> Timestamp,
        updated_at -> Timestamp,
        published_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    comments (id) {
        id -> BigInt,
        post_id -> BigInt,
        author_id -> Nullable<BigInt>,
        content -> Text,
        created_at -> Timestamp,
        updated_at -> Timestamp,
        version -> BigInt,
    }
}

diesel::table! {
    contact_messages (id) {
        id -> BigInt,
        user_id -> Nullable<BigInt>,
        name -> Text,
        email -> Text,
        subject -> Text,
        message -> Text,
        created_at -> Timestamp,
        handled_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    states (code) {
        code -> Text,
        slug -> Text,
        name -> Text,
        kind -> Text,
        capital -> Text,
        region -> Text,
        languages -> Text,
        population_2011 -> BigInt,
        area_km2 -> BigInt,
        formed_on -> Date,
        summary -> Text,
        highlights -> Text,
        version -> BigInt,
        updated_at -> Timestamp,
        edited_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    submissions (digest) {
        digest -> Text,
        body_digest -> Text,
        made_id -> BigInt,
        created_at -> Timestamp,
    }
}

diesel::joinable!(user_roles -> users (user_id));
diesel::joinable!(user_roles -> roles (role));
diesel::joinable!(sessions -> users (user_id));
diesel::joinable!(refresh_tokens -> sessions (session_id));
diesel::allow_tables_to_appear_in_same_query!(users, roles, user_roles, sessions, refresh_tokens);
diesel::allow_tables_to_appear_in_same_query!(users, media_files);
diesel::joinable!(posts -> users (author_id));
diesel::joinable!(comments -> users (author_id));
diesel::joinable!(comments -> posts (post_id));
diesel::allow_tables_to_appear_in_same_query!(posts, comments, users);

// diesel's own book of the migrations that ran
diesel::table! {
    __diesel_schema_migrations (version) {
        version -> Text,
    }
}
