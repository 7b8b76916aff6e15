// <m-upload>: files in parts of a few megabytes, each named by its SHA-256. The server is asked which parts are missing, so a
// lost line (or a page that was closed) goes on where it was when the same file is chosen again. Without this script, or
// where the browser has no SHA-256, the form goes as it is.
const TRIES = 6;
const LONGEST_WAIT = 120; // seconds the page waits by itself when the server asks it to
const PICTURE = /\.(jpe?g|png|heic|heif)$/i;
const wait = (ms) => new Promise((done) => setTimeout(done, ms));
const hex = (buffer) => [...new Uint8Array(buffer)].map((byte) => byte.toString(16).padStart(2, "0")).join("");

class Refused extends Error {}

class Upload extends HTMLElement {
  connectedCallback() {
    this.form = this.querySelector("form");
    this.files = []; // in the order in which they will be sent
    this.input = this.querySelector("#files");
    this.list = this.querySelector(".chosen");
    if (!window.crypto?.subtle) return;
    this.fromAddress();
    this.querySelector(".camera").hidden = !matchMedia("(pointer: coarse)").matches;
    this.input.addEventListener("change", () => this.add([...this.input.files]));
    this.input.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || this.files.length) return;
      event.preventDefault(); // Enter would send the form without a file
      this.input.click();
    });
    this.querySelector("#camera").addEventListener("change", (event) => this.photo(event.target));
    this.form.addEventListener("submit", (event) => this.submit(event));
    this.list.addEventListener("click", (event) => this.pressed(event));
    this.list.addEventListener("change", (event) => this.retake(event.target));
    const drop = this.querySelector(".drop");
    for (const name of ["dragenter", "dragover"]) drop.addEventListener(name, (event) => { event.preventDefault(); drop.classList.add("over"); });
    drop.addEventListener("dragleave", () => drop.classList.remove("over"));
    drop.addEventListener("drop", (event) => {
      event.preventDefault();
      drop.classList.remove("over");
      this.add([...event.dataTransfer.files]);
    });
  }

  // The secret part of a link stands behind #, which browsers never send; it goes into a field, and out of sight.
  fromAddress() {
    const field = this.form.elements.token;
    if (!field) return;
    const kept = location.hash.slice(1) || sessionStorage.getItem("minamo-send") || "";
    if (!kept) return;
    field.value = kept;
    field.closest(".field").hidden = true;
    sessionStorage.setItem("minamo-send", kept);
    if (location.hash) history.replaceState(null, "", location.pathname + location.search);
  }

  get token() { return this.form.elements.token?.value ?? ""; }
  get headers() { return { "X-CSRFToken": this.form.elements.csrfmiddlewaretoken.value, "X-Requested-With": "fetch", ...(this.token ? { "X-Token": this.token } : {}) }; }

  add(files, camera = false) {
    for (const file of files) this.files.push({ file, camera });
    this.input.value = "";
    this.input.required = !this.files.length;
    this.draw();
    if (!camera && files.length) this.form.querySelector("button.primary").focus();
  }

  photo(input) {
    this.add([...input.files], true);
    input.value = "";
  }

  retake(input) {
    const at = [...this.list.children].indexOf(input.closest("li"));
    if (input.type !== "file" || !input.files.length) return;
    this.files[at] = { file: input.files[0], camera: true };
    this.draw();
  }

  pressed(event) {
    const button = event.target.closest("button[data-do]");
    if (!button) return;
    const at = [...this.list.children].indexOf(button.closest("li"));
    const [entry] = this.files.splice(at, 1);
    if (button.dataset.do === "up") this.files.splice(Math.max(0, at - 1), 0, entry);
    this.input.required = !this.files.length;
    this.draw();
    (this.list.children[Math.max(0, at - 1)]?.querySelector("button") ?? this.input).focus();
  }

  draw() {
    this.list.hidden = !this.files.length;
    this.list.replaceChildren(...this.files.map((entry, at) => this.line(entry, at)));
  }

  line({ file, camera }, at) {
    const line = document.createElement("li");
    const name = document.createElement("span");
    name.textContent = `${at + 1}　${camera ? "写真" : file.name}`;
    const size = document.createElement("small");
    size.className = "sub";
    size.textContent = `　${(file.size / 2 ** 20).toFixed(1)} MB`;
    name.append(size);
    const acts = document.createElement("span");
    acts.className = "acts";
    if (at > 0) acts.append(this.button("↑", "up", `${at + 1}つ目を前へ`));
    if (camera) acts.append(this.again(at));
    acts.append(this.button("除く", "drop", `${at + 1}つ目を除く`));
    line.append(this.thumb(file), name, acts);
    return line;
  }

  button(text, what, label) {
    const button = document.createElement("button");
    Object.assign(button, { type: "button", className: "btn small ghost", textContent: text });
    button.dataset.do = what;
    button.setAttribute("aria-label", label);
    return button;
  }

  again(at) {
    const label = document.createElement("label");
    label.className = "btn small ghost";
    label.textContent = "とり直す";
    const input = document.createElement("input");
    Object.assign(input, { type: "file", accept: "image/*", className: "visually-hidden" });
    input.setAttribute("capture", "environment");
    input.setAttribute("aria-label", `${at + 1}つ目をとり直す`);
    label.append(input);
    return label;
  }

  thumb(file) {
    if (!file.type.startsWith("image/") || !window.createImageBitmap) {
      const kind = document.createElement("span");
      kind.className = "kind";
      kind.textContent = file.name.split(".").pop().toUpperCase().slice(0, 4);
      return kind;
    }
    const canvas = document.createElement("canvas");
    Object.assign(canvas, { width: 96, height: 120 });
    createImageBitmap(file, { resizeHeight: 120 }).then((picture) => canvas.getContext("2d").drawImage(picture, 0, 0, 96, 120), () => {});
    return canvas;
  }

  async submit(event) {
    if (!this.files.length) return;
    event.preventDefault();
    const button = this.form.querySelector("button.primary");
    button.disabled = true;
    try {
      const listed = [];
      const whole = this.files.reduce((sum, { file }) => sum + file.size, 0);
      let before = 0;
      for (const { file, camera } of this.files) {
        const parts = await this.send(file, before, whole);
        const plain = camera && !PICTURE.test(file.name) ? `写真.${file.type.split("/").pop()}` : file.name;
        listed.push({ name: plain, parts });
        before += file.size;
      }
      const camera = this.files.every((entry) => entry.camera);
      const answer = await this.ask(this.form.action, { files: listed }, camera ? { "X-Source": "camera" } : {});
      this.show(1, "受け取りました");
      location.assign(answer.to);
    } catch (problem) {
      this.show(null, problem instanceof Refused ? problem.message : "回線が切れています。もう一度「送る」を押すと、続きから送ります。");
      button.disabled = false;
      button.focus();
    }
  }

  // One file: its parts are hashed, the missing ones sent. Returns the digests in order.
  async send(file, before, whole) {
    const size = Number(this.dataset.chunk);
    const digests = [];
    for (let at = 0; at < file.size; at += size) {
      this.show(before / whole, `${file.name} を調べています`);
      digests.push(hex(await crypto.subtle.digest("SHA-256", await file.slice(at, at + size).arrayBuffer())));
    }
    const { missing } = await this.ask(this.dataset.parts, { parts: digests });
    const left = new Set(missing);
    for (const [number, digest] of digests.entries()) {
      if (left.delete(digest)) await this.part(file.slice(number * size, (number + 1) * size), digest);
      const sent = before + Math.min(file.size, (number + 1) * size);
      this.show(sent / whole, `送っています　${Math.round((100 * sent) / whole)}%`);
    }
    return digests;
  }

  part(blob, digest) {
    return this.tried(() => fetch(this.dataset.parts, {
      method: "POST", body: blob, headers: { ...this.headers, "Content-Type": "application/octet-stream", "X-Part": digest },
    }));
  }

  async ask(url, body, more = {}) {
    const answer = await this.tried(() => fetch(url, {
      method: "POST", body: JSON.stringify(body), headers: { ...this.headers, ...more, "Content-Type": "application/json" },
    }));
    return answer.json();
  }

  // Tries again after a lost line, longer each time; what the server refuses is not tried again.
  async tried(request) {
    for (let attempt = 1; ; attempt += 1) {
      let answer = null;
      try {
        answer = await request();
      } catch (lost) {
        if (attempt === TRIES) throw lost;
      }
      if (answer?.ok) return answer;
      if (answer?.status === 429 && attempt < TRIES) {
        const seconds = Math.min(Number(answer.headers.get("Retry-After")) || 5, LONGEST_WAIT);
        this.show(null, `混み合っています。${seconds}秒待って、続きから送ります。`);
        await wait(1000 * seconds);
        continue;
      }
      if (answer && answer.status < 500) throw new Refused(await this.words(answer));
      if (answer && attempt === TRIES) throw new Refused("受け取れませんでした。少したってから、もう一度「送る」を押してください。");
      this.show(null, "回線が切れました。つなぎ直して続きから送ります。");
      await wait(500 * 2 ** attempt);
    }
  }

  async words(answer) {
    if (answer.headers.get("Content-Type")?.startsWith("application/json")) return (await answer.json()).problem;
    if (answer.status === 429) return "短いあいだに続けて送られたため、止められています。しばらくたってから、もう一度「送る」を押してください。";
    const { words } = answer.status === 403 ? await self.MinamoRefusal.of(answer) : {};
    if (words) return `${words}選んだファイルは残っています。もう一度「送る」を押すと、続きから送ります。`;
    return answer.status === 401 ? "サインインし直してから、もう一度送ってください。" : "送れませんでした。画面を開き直して、もう一度送ってください。";
  }

  show(share, text) {
    const box = this.querySelector(".sending");
    box.hidden = false;
    if (share !== null) box.querySelector("progress").value = share;
    box.querySelector("p").textContent = text;
  }
}
customElements.define("m-upload", Upload);
