// Starts the page and keeps it up to date by asking every second whether anything changed.
import { get, say, send, trying } from "./api.js";
import * as mailboxes from "./mailboxes.js";
import * as panels from "./panels.js";
import * as phones from "./phones.js";

const EVERY = 1000;
let tag = "";
let asked = "";
let busy = false;

async function reload(force = false) {
  if (busy && !force) return;
  busy = true;
  try {
    const query = new URLSearchParams({
      size: 30, phones_q: phones.wanted.q, phones_page: phones.wanted.page,
      mailboxes_q: mailboxes.wanted.q, mailboxes_page: mailboxes.wanted.page,
    }).toString();
    const answer = await get(`/_/state?${query}`, tag && query === asked ? { "If-None-Match": tag } : {});
    if (answer) {
      [tag, asked] = [answer.tag, query];
      const state = answer.value;
      panels.counts(state.counts);
      panels.faults(state.faults);
      phones.list(state.phones, () => reload(true));
      mailboxes.list(state.mailboxes, () => reload(true));
      await Promise.all([phones.refresh(), mailboxes.refresh(), panels.calls()]);
    }
  } catch {
    say("The simulator does not answer. It may have been stopped.", true);
  } finally {
    busy = false;
  }
}

function show(view) {
  document.body.dataset.view = view;
  for (const button of document.querySelectorAll("[data-show]")) {
    if (button.dataset.show === view) button.setAttribute("aria-current", "true");
    else button.removeAttribute("aria-current");
  }
}

for (const button of document.querySelectorAll("[data-show]")) {
  button.addEventListener("click", () => show(button.dataset.show));
}
document.querySelector("[data-back=phones]").addEventListener("click", () => { delete document.body.dataset.phone; });
document.querySelector("[data-back=mailboxes]").addEventListener("click", () => { delete document.body.dataset.mailbox; });
document.getElementById("reset").addEventListener("click", async () => {
  if (!confirm("Forget every text, mail, opt-out and fault? The product is told nothing.")) return;
  if (await trying(() => send("POST", "/_/reset"))) location.reload();
});

panels.buildFaults();
mailboxes.start(() => reload(true));
phones.start(() => reload(true));
await reload();
setInterval(() => { if (!document.hidden) reload(); }, EVERY);
