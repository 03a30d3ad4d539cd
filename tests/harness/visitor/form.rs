//! A form as a browser would send it.

use reqwest::Method;
use reqwest::multipart::{self, Part};
use scraper::{ElementRef, Html, Selector};

use super::{Page, Visitor};

/// A form that was found in a page, with everything that stands in it.
#[derive(Clone)]
pub(crate) struct Form {
    /// Where it is sent.
    pub(crate) action: String,
    method: Method,
    is_multipart: bool,
    fields: Vec<Field>,
    files: Vec<(String, String, Vec<u8>)>,
    visitor: Visitor,
}

#[derive(Clone, Debug)]
struct Field {
    name: String,
    value: String,
    /// A box that is not ticked, or a button that is not pressed: there, but not sent.
    is_sent: bool,
}

impl Form {
    /// The forms in `page`, in the order of the page.
    pub(super) fn all(page: &Page, visitor: &Visitor) -> Vec<Self> {
        let document = Html::parse_document(&page.text);
        let forms: Vec<_> = document.select(&selector("form")).collect();
        forms.into_iter().map(|form| Self::of(form, &document, page, visitor)).collect()
    }

    fn of(form: ElementRef<'_>, document: &Html, page: &Page, visitor: &Visitor) -> Self {
        let attribute = |name: &str| form.attr(name).unwrap_or_default();
        let action = Some(attribute("action")).filter(|action| !action.is_empty());
        let method = attribute("method").to_ascii_uppercase();
        let mut fields: Vec<Field> = form.select(&selector(CONTROLS)).flat_map(values).collect();
        if let Some(id) = form.attr("id") {
            let controls = selector(CONTROLS);
            let elsewhere = document.select(&controls).filter(|control| control.attr("form") == Some(id));
            fields.extend(elsewhere.flat_map(values));
        }
        Self {
            action: action.unwrap_or(&page.path).to_owned(),
            method: if method == "POST" { Method::POST } else { Method::GET },
            is_multipart: attribute("enctype") == "multipart/form-data",
            fields,
            files: Vec::new(),
            visitor: visitor.clone(),
        }
    }

    /// What stands in the field of that name; panics where there is none.
    pub(crate) fn value(&self, name: &str) -> &str {
        let field = self.fields.iter().rev().find(|field| field.name == name && field.is_sent);
        &field.unwrap_or_else(|| panic!("no field {name} in {:?}", self.names())).value
    }

    /// Whether there is a field of that name.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.fields.iter().any(|field| field.name == name)
    }

    /// The names of its fields, in their order.
    pub(crate) fn names(&self) -> Vec<&str> {
        self.fields.iter().map(|field| field.name.as_str()).collect()
    }

    /// Types `value` into the field of that name, or chooses it; panics where there is none.
    pub(crate) fn fill(mut self, name: &str, value: &str) -> Self {
        assert!(self.has(name), "no field {name} in {:?}", self.names());
        self.fields.retain(|field| field.name != name);
        self.with(name, value)
    }

    /// Ticks the box of that name and value; panics where there is none.
    pub(crate) fn tick(self, name: &str, value: &str) -> Self {
        self.set_ticked(name, value, true)
    }

    /// Takes the tick out of it.
    pub(crate) fn untick(self, name: &str, value: &str) -> Self {
        self.set_ticked(name, value, false)
    }

    /// Sends it by the button of that name and value.
    pub(crate) fn press(self, name: &str, value: &str) -> Self {
        self.set_ticked(name, value, true)
    }

    fn set_ticked(mut self, name: &str, value: &str, is_sent: bool) -> Self {
        let mut fields = self.fields.iter_mut();
        let field = fields.find(|field| field.name == name && field.value == value);
        match field {
            Some(field) => field.is_sent = is_sent,
            None => panic!("no {name}={value} in {:?}", self.fields),
        }
        self
    }

    /// Chooses a file for the field of that name.
    pub(crate) fn file(mut self, name: &str, file_name: &str, bytes: &[u8]) -> Self {
        self.fields.retain(|field| field.name != name);
        self.files.push((name.to_owned(), file_name.to_owned(), bytes.to_owned()));
        self
    }

    /// Adds a field that no page of ours has in its form.
    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.fields.push(Field { name: name.to_owned(), value: value.to_owned(), is_sent: true });
        self
    }

    /// The pairs that would be sent.
    pub(crate) fn pairs(&self) -> Vec<(&str, &str)> {
        let sent = self.fields.iter().filter(|field| field.is_sent);
        sent.map(|field| (field.name.as_str(), field.value.as_str())).collect()
    }

    /// Sends it; where it leads is for [`Page::follow`].
    pub(crate) async fn send(self) -> Page {
        if self.method == Method::GET {
            return self.visitor.get(&self.address()).await;
        }
        let request = self.visitor.request(self.method.clone(), &self.action);
        // As every browser says for a form of the page's own site.
        let request = request.header("origin", &self.visitor.base).header("sec-fetch-site", "same-origin");
        if !self.is_multipart {
            return self.visitor.send(request.form(&self.pairs())).await;
        }
        let texts = self
            .pairs()
            .into_iter()
            .fold(multipart::Form::new(), |form, (name, value)| form.text(name.to_owned(), value.to_owned()));
        let body = self.files.iter().cloned().fold(texts, |form, (name, file_name, bytes)| {
            form.part(name, Part::bytes(bytes).file_name(file_name))
        });
        self.visitor.send(request.multipart(body)).await
    }
}

impl Form {
    /// Where it leads, with what was typed in the address.
    fn address(&self) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        let path = self.action.split('?').next().unwrap_or_default();
        format!("{path}?{}", query.extend_pairs(self.pairs()).finish())
    }
}

const CONTROLS: &str = "input[name], textarea[name], select[name], button[name]";

/// What a control brings into the form.
fn values(control: ElementRef<'_>) -> Vec<Field> {
    let attribute = |name: &str| control.attr(name).unwrap_or_default().to_owned();
    let is_given = |name: &str| control.attr(name).is_some();
    if is_given("disabled") {
        return Vec::new();
    }
    let field = |value: String, is_sent| Field { name: attribute("name"), value, is_sent };
    match control.value().name() {
        // The first line break in an area is not of its text.
        "textarea" => vec![field(control.text().collect(), true)],
        "select" => vec![field(chosen(control), true)],
        "button" => vec![field(attribute("value"), false)],
        _ => match &*attribute("type") {
            "checkbox" | "radio" => {
                let value = control.attr("value").unwrap_or("on").to_owned();
                vec![field(value, is_given("checked"))]
            }
            "submit" | "image" | "button" | "reset" => vec![field(attribute("value"), false)],
            "file" => vec![field(String::new(), false)],
            _ => vec![field(attribute("value"), true)],
        },
    }
}

fn chosen(select: ElementRef<'_>) -> String {
    let options: Vec<_> = select.select(&selector("option")).collect();
    let option = options.iter().find(|option| option.attr("selected").is_some()).or(options.first());
    option.map_or_else(String::new, |option| {
        option.attr("value").map_or_else(|| option.text().collect(), str::to_owned)
    })
}

fn selector(css: &str) -> Selector {
    Selector::parse(css).unwrap()
}
