// 「本文へ」 moves the keys without leaving #main in the address: a form sent from there would come back with it, and the focus
// would go to the body of the page again instead of to the field that is wrong.
document.addEventListener("click", (event) => {
  const link = event.target.closest?.("a.skip");
  const body = link && document.querySelector(link.hash);
  if (!body) return;
  event.preventDefault();
  body.focus();
});
