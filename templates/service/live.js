
"use strict";
// Keeps the page as it would be if it were loaded again, without loading it again: asks the service now and
// then for the revision of what is shown, and takes over the new page's content when that has changed.
{
  const PAUSE_MS = 3000;
  const mark = document.querySelector('meta[name="live"]');
  const api = `/api/v1${location.pathname === "/" ? "/jobs" : location.pathname}`;
  let revision = mark.content;
  let heard = new AbortController();

  // A report's own script, if there is one, takes hold of the content that is there now.
  const enliven = () => {
    heard.abort();
    heard = new AbortController();
    const { signal } = heard;
    window.enlivenReport?.((type, listener) => window.addEventListener(type, listener, { signal }));
  };

  // Nobody likes text to change under the hand.
  const busy = () => document.hidden || !getSelection().isCollapsed
    || Boolean(document.activeElement?.matches("main input, main select"));

  const summaries = (page, open) => [...page.querySelectorAll("main details > summary")]
    .filter((it) => open === undefined || it.parentElement.open === open);

  const take = (page) => {
    const opened = new Set(summaries(document, true).map((it) => it.textContent));
    const [x, y] = [scrollX, scrollY];
    for (const part of ["header.page", "main", "#table-data"]) {
      const [old, fresh] = [document.querySelector(part), page.querySelector(part)];
      if (old && fresh) old.replaceWith(document.adoptNode(fresh));
    }
    document.title = page.title;
    for (const it of summaries(document)) if (opened.has(it.textContent)) it.parentElement.open = true;
    enliven();
    scrollTo(x, y);
  };

  const lost = (is) => {
    let note = document.getElementById("live-lost");
    if (!is) return note?.remove();
    if (note) return;
    note = document.createElement("p");
    note.id = "live-lost";
    note.className = "sub";
    note.setAttribute("role", "status");
    note.textContent = mark.dataset.lost;
    document.querySelector("header.page").append(note);
  };

  const look = async () => {
    const reply = await fetch(api);
    if (!reply.ok) throw new Error(reply.status);
    const now = (await reply.json()).revision;
    if (now !== revision && !busy()) {
      const text = await (await fetch(location.pathname)).text();
      take(new DOMParser().parseFromString(text, "text/html"));
      revision = now;
    }
  };

  const keep = async () => {
    try {
      if (!document.hidden) await look();
      lost(false);
    } catch {
      lost(true);
    }
    setTimeout(keep, PAUSE_MS);
  };

  enliven();
  setTimeout(keep, PAUSE_MS);
}
