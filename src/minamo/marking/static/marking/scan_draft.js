// What was chosen on the page of owners and is not decided yet, kept on this device until it is: under the key of the account (as
// strokes that wait, ADR 0038), for a choice says which child wrote which paper. Where the browser cannot lock, nothing is kept.
const KEPT = 14 * 86_400_000, HEAD = "minamo-owners:";
const bytes = (text) => Uint8Array.from(atob(text), (one) => one.charCodeAt(0));
const text = (found) => btoa(String.fromCharCode(...new Uint8Array(found)));

export class Draft {
  // `keys`: the account's keys as the server has them, the newest first
  constructor(account, sitting, keys) {
    this.name = `${HEAD}${account}:${sitting}`;
    this.line = Promise.resolve();
    this.lock = new self.MinamoSealed.Lock(keys);
    this.sweep();
  }

  // Drafts nobody came back to.
  sweep() {
    for (const name of Object.keys(localStorage).filter((one) => one.startsWith(HEAD))) {
      if (!(JSON.parse(localStorage.getItem(name)).at > Date.now() - KEPT)) localStorage.removeItem(name);
    }
  }

  // → what was kept, or nothing (also when no key opens it any more)
  async read() {
    const kept = this.lock.works && localStorage.getItem(this.name);
    if (!kept) return null;
    const { iv, sealed } = JSON.parse(kept);
    const said = await this.lock.open({ iv: bytes(iv), sealed: bytes(sealed) });
    if (said === undefined) localStorage.removeItem(this.name);
    return said ?? null;
  }

  // One after the other: what lies there is what the hand did last.
  write(said) {
    if (!this.lock.works) return this.line;
    const work = async () => {
      const { iv, sealed } = await this.lock.seal(said);
      localStorage.setItem(this.name, JSON.stringify({ at: Date.now(), iv: text(iv), sealed: text(sealed) }));
    };
    this.line = this.line.then(work, work);
    return this.line;
  }

  drop() {
    const work = () => localStorage.removeItem(this.name);
    this.line = this.line.then(work, work);
    return this.line;
  }
}
