// The server can offer undo by address (HX-Trigger: {"toast": {"text": …, "undo": "/…/"}}): turn it into what <m-toast> calls.
document.addEventListener("toast", (event) => {
  const address = event.detail?.undo;
  if (typeof address === "string") event.detail.undo = () => window.htmx.ajax("POST", address, { swap: "none" });
}, true);
