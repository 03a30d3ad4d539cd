//! The words of the page that says how the server is.

use super::words;

words! {
    /// The words.
    SystemTexts {
        title = "System";
        lead = "How this server and what it works with are, at this moment. Nothing can be changed here.";
        parts = "Parts";
        part = "Part";
        health = "Health";
        words = "What was seen";
        ok = "fine";
        look = "look at it";
        bad = "broken";
        version = "Version";
        database = "Database";
        migrations = "Database schema";
        current = "as this version wants it";
        behind: fn(usize) -> String = |steps| format!("{steps} steps behind");
        ahead: fn(&str) -> String = |step| format!("ahead of this version: it has {step}");
        no_answer = "does not answer; the log says why";
        search = "Search index";
        indexed = "parts of names are found through an index";
        not_indexed = "each account is looked at for a part of a name; the doctor on the command line says how to make the index";
        pool = "Database connections";
        pooled: fn(u32, u32, u32) -> String = |open, idle, most| format!("{open} open, {idle} idle, at most {most}");
        redis = "Redis";
        answers = "answers";
        not_used = "not used";
        redis_away = "does not answer; limits are counted on each node by itself";
        media = "Pictures";
        mail = "Mail";
        queues = "Threads";
        queues_caption = "How busy the threads are";
        queue = "Queue";
        waiting = "Waiting";
        running = "Running";
        jobs = "Jobs";
        jobs_caption = "Jobs that run by themselves, once among all nodes";
        job = "Job";
        started = "Last begun";
        succeeded = "Last done";
        failed = "Failed since";
        never = "never";
        well = "no";
        no_jobs = "No job has run yet.";
        settings = "Settings in effect";
        settings_lead = "Secrets are not shown.";
        setting = "Setting";
        value = "Value";
        origin = "From";
    }
}
