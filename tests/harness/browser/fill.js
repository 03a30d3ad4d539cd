// Readies the field of that name for `value`: "type" asks for typing, "file" for a file, "set" says it is done.
(name, value) => {
    const fields = [...document.getElementsByName(name)].filter((field) => field.type !== "hidden" && field.checkVisibility());
    if (fields.length === 0) return "there is no such field to be seen";
    const change = (field, act) => {
        act(field);
        field.dispatchEvent(new Event("input", { bubbles: true }));
        field.dispatchEvent(new Event("change", { bubbles: true }));
        return "set";
    };
    const boxes = fields.filter((field) => field.type === "radio" || field.type === "checkbox");
    const box = boxes.find((field) => field.value === value && !["on", "off"].includes(value)) ?? boxes[0];
    if (box) {
        if (box.type === "radio" && box.value !== value) return `there is no ${value} among them`;
        return change(box, (field) => (field.checked = value !== "off"));
    }
    const field = fields[0];
    if (field.disabled || field.readOnly) return "the field takes nothing";
    if (field.type === "file") return "file";
    if (field instanceof HTMLSelectElement) {
        const option = [...field.options].find((option) => option.value === value || option.text.trim() === value);
        return option ? change(field, () => (field.value = option.value)) : `there is no ${value} to choose`;
    }
    if (/^(date|time|month|week|datetime-local|color|range)$/.test(field.type)) {
        return change(field, () => (field.value = value));
    }
    field.focus();
    field.select();
    return "type";
}
