// Preferences live in cookies so that the server draws the page right at once.
const remember = (name, value) => {
  document.cookie = `${name}=${value}; path=/; max-age=31536000; samesite=lax`;
};

// <m-theme>: light, dark or as the device has it.
class Theme extends HTMLElement {
  connectedCallback() {
    const now = document.documentElement.dataset.theme || "auto";
    this.innerHTML = "<label class='field'><span class='label'>画面の明るさ</span><select></select></label>";
    const select = this.querySelector("select");
    for (const [value, text] of [["auto", "端末に合わせる"], ["light", "明るい"], ["dark", "暗い"]]) {
      select.append(new Option(text, value, false, value === now));
    }
    select.addEventListener("change", () => {
      document.documentElement.dataset.theme = select.value;
      remember("minamo_theme", select.value);
    });
  }
}
customElements.define("m-theme", Theme);

// <m-switch name="furigana" label="ふりがな">: an on/off preference on <html>.
class Switch extends HTMLElement {
  connectedCallback() {
    const name = this.getAttribute("name");
    const on = document.documentElement.dataset[name] === (this.getAttribute("on") || "on");
    this.innerHTML = `<label class="check"><input type="checkbox" role="switch"><span></span></label>`;
    this.querySelector("span").textContent = this.getAttribute("label");
    const box = this.querySelector("input");
    box.checked = on;
    box.addEventListener("change", () => {
      const value = box.checked ? this.getAttribute("on") || "on" : this.getAttribute("off") || "off";
      document.documentElement.dataset[name] = value;
      remember(`minamo_${name}`, value);
    });
  }
}
customElements.define("m-switch", Switch);
