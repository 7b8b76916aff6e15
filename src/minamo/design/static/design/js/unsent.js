// On every page of the staff: what waits on this device is sent when its writer is signed in; before signing out it is sent first, and when
// that cannot be, she is told before she goes. What another left here stays locked and is not shown.
// A room offers its line: {words(count), counted(account), send(pass), said(), forget()}; `send` gets {token, account, keys}.
const PASS = "/account/waiting/";
const TRIES = 5, PAUSE = 2500; // on the first page after a sign-in the proof of the device may not be there yet
const UNKNOWN = "記録（何件かは確かめられません）が"; // what cannot be counted may wait: nobody leaves it without a word
const form = document.querySelector("[data-signout][data-account]");
const lines = [];

// Nothing while there is no line or nobody is signed in.
const passport = async () => {
  try {
    const answer = await fetch(PASS, { headers: { Accept: "application/json", "X-Requested-With": "fetch" }, cache: "no-store" });
    return answer.ok && !answer.redirected ? await answer.json() : null;
  } catch { return null; }
};

// → how many of this line still wait
const flush = async (line) => {
  if (!(await line.counted(form.dataset.account))) return 0;
  const pass = await passport();
  if (pass?.account === form.dataset.account) await line.send(pass);
  return line.counted(form.dataset.account);
};

const again = async (line, tries = TRIES) => {
  if (await flush(line).catch(() => 1) && tries > 1) setTimeout(() => again(line, tries - 1), PAUSE);
};

const made = (tag, text, kind = "") => Object.assign(document.createElement(tag), { textContent: text, className: kind });

const ask = (waiting) => new Promise((resolve) => {
  const dialog = document.createElement("dialog");
  const title = Object.assign(made("h2", `まだ送れていない${waiting.join("、")}あります`), { id: "unsent-title" });
  dialog.setAttribute("aria-labelledby", title.id);
  const head = made("div", "", "dialog-head"), body = made("div", "", "stack"), row = made("div", "", "row");
  const stay = made("button", "サインアウトをやめる", "btn primary"), go = made("button", "残してサインアウト", "btn");
  head.append(title);
  row.append(stay, go);
  body.append(made("p", "いまサインアウトすると、この端末に鍵をかけて残り、次にあなたがこの端末でサインインしたときに送ります。ほかの人には読めません。"), row);
  dialog.append(head, body);
  document.body.append(dialog);
  dialog.addEventListener("close", () => { dialog.remove(); resolve(dialog.returnValue === "go"); });
  stay.addEventListener("click", () => dialog.close("stay"));
  go.addEventListener("click", () => dialog.close("go"));
  dialog.showModal();
});

const leaving = async () => {
  const left = [];
  for (const line of lines) {
    const count = await flush(line).catch(() => line.counted(form.dataset.account)).catch(() => UNKNOWN);
    if (count) left.push(count === UNKNOWN ? UNKNOWN : line.words(count));
  }
  return !left.length || ask(left);
};

self.MinamoUnsent = {
  passport,
  offer(line) {
    if (!form || !("indexedDB" in self)) return;
    lines.push(line);
    again(line);
  },
};

document.addEventListener("submit", async (event) => {
  if (!form || event.target !== form || form.dataset.cleared || !lines.length) return;
  event.preventDefault();
  if (!(await leaving())) return;
  for (const line of lines) line.forget?.();
  form.dataset.cleared = "yes";
  form.submit();
});
