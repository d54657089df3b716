// The editor's two needs beyond htmx: merge fields at the cursor, and a warning before typed words are left behind.
"use strict";

let last = null;
document.addEventListener("focusin", (event) => {
  if (event.target.closest("#words") && event.target.matches("textarea, input[name=subject]")) last = event.target;
});
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-inserts]");
  if (!button) return;
  const into = last || document.querySelector("#words textarea");
  into.focus();
  into.setRangeText(button.dataset.inserts, into.selectionStart, into.selectionEnd, "end");
  into.dispatchEvent(new Event("input", { bubbles: true }));
});

let typed = false;
document.addEventListener("input", (event) => { if (event.target.closest("form[data-keeps]")) typed = true; });
document.addEventListener("submit", () => { typed = false; });
window.addEventListener("beforeunload", (event) => { if (typed) event.preventDefault(); });
