// Trusted Types: the one policy through which strings may become markup or script addresses. Loaded before any other script.
// Markup from our own server is let through when it is inert: no scripts, no event attributes, no javascript: addresses.
// (What DOMParser makes is never run; there it is checked by whoever moves it into the page through another sink.)
{
  const INERT = "DOMParser parseFromString";
  const SCRIPTS = new Set(["/sw.js"]);
  const parts = /** @param {string} text */ (text) => new DOMParser().parseFromString(text, "text/html").querySelectorAll("*");
  const live = (element) =>
    element.localName === "script" ||
    [...element.attributes].some((a) => a.name.startsWith("on") || /^[\u0000-\u0020]*javascript:/i.test(a.value));
  window.trustedTypes?.createPolicy("default", {
    createHTML: (text, _type, sink) => (sink === INERT || ![...parts(text)].some(live) ? text : null),
    createScriptURL: (address) => {
      const url = new URL(address, location.href);
      return url.origin === location.origin && SCRIPTS.has(url.pathname) ? address : null;
    },
  });
}
