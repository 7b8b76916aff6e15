// <m-ended account ask login>: the sign-in has ended, or this screen is refused by now. What is on the screen is covered, not thrown
// away: what was typed stays where it is, what waits to be sent waits. After the sign-in of the same person in another window the
// screen comes back with what was being typed; without anything typed it is simply opened anew. For another person it is gone.
const WORDS = {
  ended: ["サインインが切れました", "画面の情報は隠しました。まだ送っていない記録があれば、この端末に残っていて、サインインし直すと送ります。"],
  refused: ["この画面は、いまは見られません", "画面の情報は隠しました。開き直すと、理由と、できることが出ます。"],
};
const TYPING = "書きかけの入力は、この画面に残っています。新しく開く画面でサインインしたら、ここに戻ってください。";
const made = (tag, text, kind = "") => Object.assign(document.createElement(tag), { textContent: text, className: kind });
const changed = (field) => field.checkVisibility() && (["checkbox", "radio"].includes(field.type) ? field.checked !== field.defaultChecked
  : field.tagName === "SELECT" ? [...field.options].some((one) => one.selected !== one.defaultSelected) && field.selectedIndex > 0
    : field.value !== (field.defaultValue ?? ""));
const asked = self.fetch.bind(self);

class Ended extends HTMLElement {
  connectedCallback() {
    this.back = () => document.visibilityState === "visible" && this.kind === "ended" && this.resume();
    document.addEventListener("visibilitychange", this.back);
    window.addEventListener("focus", this.back);
    this.onhtmx = (event) => event.detail.xhr.status === 401 && this.cover("ended");
    document.addEventListener("htmx:responseError", this.onhtmx);
  }

  disconnectedCallback() {
    document.removeEventListener("visibilitychange", this.back);
    window.removeEventListener("focus", this.back);
    document.removeEventListener("htmx:responseError", this.onhtmx);
  }

  cover(kind) {
    if (this.kind) return;
    this.kind = kind;
    this.typing = [...document.querySelectorAll("#main :is(input, textarea, select)")].some(changed);
    const here = location.pathname + location.search;
    const link = made("a", kind === "ended" ? "サインインする" : "開き直す", "btn primary big");
    link.href = kind === "ended" ? `${this.getAttribute("login")}?${new URLSearchParams({ next: here, ended: "yes" })}` : here;
    if (kind === "ended" && this.typing) link.target = "_blank";
    const [title, text] = WORDS[kind];
    const words = [made("h2", title), made("p", text)];
    if (link.target) words.push(made("p", TYPING));
    const dialog = made("dialog", "", "stack");
    words[0].id = "ended-title";
    dialog.setAttribute("aria-labelledby", "ended-title");
    dialog.append(...words, link);
    dialog.addEventListener("close", () => this.kind && dialog.showModal()); // Escape uncovers nothing
    this.replaceChildren(dialog);
    this.title = document.title;
    document.title = title; // it may name a child
    document.body.dataset.ended = kind;
    dialog.showModal();
    link.focus();
  }

  async resume() {
    const answer = await asked(this.getAttribute("ask"), { headers: { "X-Requested-With": "fetch" } }).catch(() => null);
    if (!answer?.ok || !this.kind) return;
    const { account, token } = await answer.json();
    if (account !== this.getAttribute("account")) return location.replace("/");
    if (!this.typing) return location.reload();
    for (const field of document.querySelectorAll("[name=csrfmiddlewaretoken]")) field.value = token; // each sign-in has its own
    document.body.setAttribute("hx-headers", JSON.stringify({ "X-CSRFToken": token }));
    this.kind = undefined;
    document.title = this.title;
    delete document.body.dataset.ended;
    this.replaceChildren();
    window.dispatchEvent(new Event("online")); // what waits goes out
  }
}
customElements.define("m-ended", Ended);

// Whatever a page asks in the background: the answer that nobody is signed in covers the screen.
self.fetch = async (...request) => {
  const answer = await asked(...request);
  if (answer.status === 401) document.querySelector("m-ended")?.cover("ended");
  return answer;
};
