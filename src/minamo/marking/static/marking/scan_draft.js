// What was chosen on the page of owners and is not decided yet, kept on this device until it is: under the key of the account (as
// strokes that wait, ADR 0038), for a choice says which child wrote which paper.
const KEPT = 14 * 86_400_000, HEAD = "minamo-owners:";

export class Draft extends self.MinamoSealed.Draft {
  // `keys`: the account's keys as the server has them, the newest first
  constructor(account, sitting, keys) {
    super(`${HEAD}${account}:${sitting}`, keys);
    this.sweep();
  }

  // Drafts nobody came back to.
  sweep() {
    for (const name of Object.keys(localStorage).filter((one) => one.startsWith(HEAD))) {
      if (!(JSON.parse(localStorage.getItem(name)).at > Date.now() - KEPT)) localStorage.removeItem(name);
    }
  }
}
