// <m-furigana>: the switch of the readings above names; the preference switch with its words filled in.
class Furigana extends customElements.get("m-switch") {
  connectedCallback() {
    this.setAttribute("name", "furigana");
    this.setAttribute("label", "ふりがなをつける");
    super.connectedCallback();
  }
}
customElements.define("m-furigana", Furigana);
