// Forms without their own token (sign-out in the frame) get it from the page's htmx header.
const headers = document.body?.getAttribute("hx-headers");
if (headers) {
  const token = JSON.parse(headers)["X-CSRFToken"];
  for (const form of document.querySelectorAll("form[method='post']:not(:has([name='csrfmiddlewaretoken']))")) {
    const input = document.createElement("input");
    Object.assign(input, { type: "hidden", name: "csrfmiddlewaretoken", value: token });
    form.append(input);
  }
}
