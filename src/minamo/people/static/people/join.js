// The code comes behind # (never sent to a server), leaves the address at once, and waits in this tab while the person
// signs in.
const KEY = "minamo-join-code";
const field = document.querySelector("[data-join] input[name='code']");
const fromAddress = decodeURIComponent(location.hash.slice(1));

if (fromAddress) {
  sessionStorage.setItem(KEY, fromAddress);
  history.replaceState(null, "", location.pathname);
}
if (field && !field.value) field.value = sessionStorage.getItem(KEY) || "";
if (field && document.querySelector(".alert.bad")) sessionStorage.removeItem(KEY);

for (const link of document.querySelectorAll("[data-keep-code]")) {
  link.addEventListener("click", () => sessionStorage.setItem(KEY, link.dataset.keepCode));
}
