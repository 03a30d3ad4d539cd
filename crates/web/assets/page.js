// What makes pages a little better where scripts run. Everything works without it.
"use strict";

(() => {
    const words = document.currentScript.dataset;

    // A password may be looked at by whoever types it.
    for (const field of document.querySelectorAll("input[type=password]")) {
        const button = document.createElement("button");
        button.type = "button";
        button.className = "peek";
        button.setAttribute("aria-controls", field.id);
        const label = document.querySelector(`label[for="${CSS.escape(field.id)}"]`)?.textContent.trim() ?? "";
        const show = (visible) => {
            field.type = visible ? "text" : "password";
            button.textContent = visible ? words.hidePassword : words.showPassword;
            button.setAttribute("aria-label", `${button.textContent}: ${label}`);
        };
        button.addEventListener("click", () => show(field.type === "password"));
        // What is sent is hidden again, so that browsers offer to keep it.
        field.form?.addEventListener("submit", () => show(false));
        const frame = document.createElement("span");
        frame.className = "with-peek";
        field.replaceWith(frame);
        frame.append(field, button);
        show(false);
    }

    // How much still fits, said once the end is near, in characters as the server counts them. Nothing is cut off.
    for (const left of document.querySelectorAll("[data-limit]")) {
        const [field, limit] = [document.getElementById(left.dataset.of), Number(left.dataset.limit)];
        const count = () => {
            const rest = limit - [...(field.localName === "input" ? field.value.trim() : field.value)].length;
            left.classList.toggle("fault", rest < 0);
            left.textContent = rest > limit / 5 ? "" : rest < 0 ? `${words.over} ${-rest}` : `${words.left} ${rest}`;
        };
        field.addEventListener("input", count);
        count();
    }

    // What scrolls sideways is reached by the keyboard, too.
    const reach = () => {
        for (const wide of document.querySelectorAll(".table-wrap, .prose pre, .prose table")) {
            if (wide.scrollWidth > wide.clientWidth) wide.tabIndex = 0;
        }
    };
    addEventListener("resize", reach);
    reach();

    // A form that is on its way is not sent again by a second press.
    const underWay = new WeakSet();
    addEventListener("submit", (event) => {
        if (event.defaultPrevented) return;
        if (underWay.has(event.target)) event.preventDefault();
        else underWay.add(event.target);
        setTimeout(() => underWay.delete(event.target), 5000);
    });

    // A personal page that the browser kept whole is asked for anew: its reader may have signed out since.
    addEventListener("pageshow", (event) => {
        if (event.persisted && document.querySelector("form[action='/logout']")) location.reload();
    });

    // What was done is said once, not at each reload.
    const address = new URL(location.href);
    if (address.searchParams.has("done")) {
        address.searchParams.delete("done");
        history.replaceState(history.state, "", address);
    }

    // A preview comes into the page it is of. Where that fails, the button does what it does without scripts.
    for (const form of document.querySelectorAll("form[data-preview]")) {
        const place = document.getElementById("preview");
        const button = form.querySelector("button[value=preview]");
        button?.addEventListener("click", async (event) => {
            event.preventDefault();
            try {
                const answer = await fetch(form.dataset.preview, { method: "POST", body: new URLSearchParams(new FormData(form)) });
                // Whoever is signed out meanwhile is led to the sign-in page, which is no preview: what was typed stays here.
                if (answer.redirected || !answer.ok) {
                    place.replaceChildren(form.dataset.previewFailed ?? "");
                    return;
                }
                // Read as a page of its own, in which nothing runs.
                const page = new DOMParser().parseFromString(await answer.text(), "text/html");
                place.replaceChildren(...page.body.childNodes);
                place.scrollIntoView({ block: "nearest" });
            } catch {
                form.requestSubmit(button);
            }
        });
    }
})();
