// What the pages need beyond htmx: keys, dialogs, copying, narrowing lists, line charts. No page depends on it to be read.
"use strict";

const all = (selector, within = document) => [...within.querySelectorAll(selector)];

// -- htmx -----------------------------------------------------------------------------------------
const say = (text) => {
  const toast = document.getElementById("toast");
  if (!toast) return;
  toast.textContent = text;
  toast.hidden = false;
  setTimeout(() => { toast.hidden = true; }, 8000);
};
// Polling must not keep a session alive: the server looks for this header.
document.addEventListener("htmx:configRequest", (event) => {
  if (!event.detail.triggeringEvent || event.detail.triggeringEvent.type === "load") event.detail.headers["X-Poll"] = "1";
});
// A signed-out poll answers with the sign-in page; that belongs in the window, not in a fragment.
document.addEventListener("htmx:beforeSwap", (event) => {
  const answered = new URL(event.detail.xhr.responseURL || location.href, location.href);
  if (answered.pathname.startsWith("/accounts/")) {
    event.detail.shouldSwap = false;
    location.reload();
  }
});
document.addEventListener("htmx:responseError", (event) => {
  if (event.detail.xhr.status !== 404) say("That did not work. Nothing was changed; reload the page and try again.");
});
document.addEventListener("htmx:sendError", () => say("The server did not answer. Nothing was changed."));
document.addEventListener("htmx:afterSettle", (event) => draw(event.target));

// -- dialogs, menus, copying ----------------------------------------------------------------------
document.addEventListener("click", async (event) => {
  const opener = event.target.closest("[data-opens]");
  if (opener) {
    const dialog = document.getElementById(opener.dataset.opens);
    if (dialog) { event.preventDefault(); dialog.showModal(); }
    return;
  }
  const closer = event.target.closest("[data-closes]");
  if (closer) { closer.closest("dialog").close(); return; }
  if (event.target.matches("dialog")) { event.target.close(); return; }
  const copier = event.target.closest("[data-copy]");
  if (copier) {
    await navigator.clipboard.writeText(copier.dataset.copy);
    const done = copier.querySelector("[data-copied]");
    if (done) { done.hidden = false; setTimeout(() => { done.hidden = true; }, 2000); }
    return;
  }
  const printer = event.target.closest("[data-prints]");
  if (printer) { window.print(); return; }
  all("details.menu[open]").forEach((menu) => { if (!menu.contains(event.target)) menu.open = false; });
});
document.addEventListener("toggle", (event) => {
  if (event.target.matches?.("details.menu") && event.target.open) event.target.querySelector("input")?.focus();
}, true);
document.addEventListener("input", (event) => {
  const list = event.target.dataset?.narrows;
  if (!list) return;
  const wanted = event.target.value.trim().toLowerCase();
  all("li", document.getElementById(list)).forEach((item) => { item.hidden = !item.textContent.toLowerCase().includes(wanted); });
});
// A form is sent once: a double click is one deed.
document.addEventListener("submit", (event) => {
  if (event.target.method !== "post" || event.defaultPrevented) return;
  if (event.target.dataset.sent && event.target.target !== "_blank") { event.preventDefault(); return; }
  event.target.dataset.sent = "1";
});
window.addEventListener("pageshow", () => all("form[data-sent]").forEach((form) => delete form.dataset.sent));
document.addEventListener("htmx:afterRequest", () => all("form[data-sent]").forEach((form) => delete form.dataset.sent));

// -- keyboard -------------------------------------------------------------------------------------
let going = false;
const move = (step) => {
  const rows = all("table.rows tbody tr").filter((row) => row.querySelector("a[href]"));
  if (!rows.length) return;
  const now = rows.findIndex((row) => row.classList.contains("at"));
  rows[now]?.classList.remove("at");
  const next = rows[Math.max(0, Math.min(rows.length - 1, now + step))];
  next.classList.add("at");
  next.querySelector("a[href]").focus({ preventScroll: true });
  next.scrollIntoView({ block: "nearest" });
};
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "Escape") {
    all("details.menu[open]").forEach((menu) => { menu.open = false; menu.querySelector("summary").focus(); });
    if (event.target.matches?.("input[type=search]")) event.target.blur();
    return;
  }
  if (event.target.matches?.("input, textarea, select, [contenteditable]")) return;
  if (going) {
    going = false;
    const there = event.key === "h" ? document.querySelector("a.brand") : document.querySelector(`[data-go="${CSS.escape(event.key)}"]`);
    if (there) { event.preventDefault(); location.href = there.href; }
    return;
  }
  if (event.key === "g") { going = true; setTimeout(() => { going = false; }, 1200); }
  else if (event.key === "/") { const find = document.querySelector("[data-key='/']"); if (find) { event.preventDefault(); find.focus(); find.select(); } }
  else if (event.key === "?") { const keys = document.getElementById("keys"); if (keys && !keys.open) keys.showModal(); }
  else if (event.key === "j") move(1);
  else if (event.key === "k") move(-1);
});

// -- line charts (static/vendor/uplot.*, put in by the page's head block) ---------------------------
const token = (name) => {
  const probe = document.createElement("span");
  probe.className = "tone-probe";
  probe.style.color = `var(--${name})`;
  document.body.append(probe);
  const colour = getComputedStyle(probe).color;
  probe.remove();
  return colour;
};
function draw(within) {
  if (!window.uPlot) return;
  all("[data-line-chart]", within).forEach((place) => {
    if (place.firstChild) return;
    const given = JSON.parse(document.getElementById(place.dataset.lineChart).textContent);
    const ink = token("soft"), line = token("line");
    const axis = { stroke: ink, grid: { stroke: line, width: 1 }, ticks: { stroke: line, width: 1 } };
    const options = {
      width: place.clientWidth, height: 220, legend: { live: false }, cursor: { y: false },
      tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), given.zone),
      axes: [axis, { ...axis, size: 56, values: (_, ticks) => ticks.map((tick) => tick.toLocaleString("en-US")) }],
      series: [{}, ...given.lines.map((each) => ({ label: each.label, stroke: token(each.tone), width: 2, dash: each.dashed ? [6, 4] : [], points: { show: given.times.length < 3 } }))],
    };
    const plot = new uPlot(options, [given.times, ...given.lines.map((each) => each.values)], place);
    new ResizeObserver(() => plot.setSize({ width: place.clientWidth, height: 220 })).observe(place);
  });
}
draw(document);
