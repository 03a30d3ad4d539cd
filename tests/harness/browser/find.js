// Finds what is to be pressed, brings it into view, and says where it is and whether it leads to another document.
(what) => {
    const words = (element) =>
        (element.getAttribute("aria-label") ?? (element.value && element.matches("input") ? element.value : element.textContent))
            .replace(/\s+/g, " ")
            .trim();
    const rank = (element) => (element.closest("main") ? 0 : 2) + (element.matches("button, input") ? 0 : 1);
    const pressable = "button, a[href], summary, input[type=submit], input[type=button]";
    let found = [...document.querySelectorAll(pressable)]
        .filter((element) => words(element) === what && element.checkVisibility())
        .sort((one, other) => rank(one) - rank(other));
    if (found.length === 0) {
        try {
            found = [...document.querySelectorAll(what)].filter((element) => element.checkVisibility());
        } catch {
            // It was no selector.
        }
    }
    const element = found[0];
    if (!element) return { refusal: "there is nothing to press" };
    if (element.disabled) return { refusal: "it is disabled" };
    element.scrollIntoView({ block: "center", inline: "center", behavior: "instant" });
    const box = element.getClientRects()[0];
    const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
    const top = document.elementFromPoint(x, y);
    const covered = !element.contains(top) && !top?.closest("label")?.contains(element);
    if (covered) return { refusal: `something lies upon it (${top?.outerHTML.slice(0, 200)})` };

    const link = element.closest("a[href]");
    const form = element.closest("button, input") && (element.type === "submit" || element.type === "image") ? element.form : null;
    let leads = false;
    if (link) {
        const [target, here] = [new URL(link.href), new URL(location.href)];
        const same = target.hash && target.href.split("#")[0] === here.href.split("#")[0];
        leads = !same && link.target !== "_blank" && /^https?:$/.test(target.protocol);
    } else if (form) {
        leads = form.noValidate || element.formNoValidate || form.checkValidity();
    }
    // Whether a script of the page keeps the browser from going there.
    globalThis.pressHeld = false;
    for (const kind of ["click", "submit"]) {
        window.addEventListener(kind, (event) => (globalThis.pressHeld ||= event.defaultPrevented), { once: true });
    }
    return { x, y, leads };
}
