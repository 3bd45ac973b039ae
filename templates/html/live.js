
"use strict";
// Keeps the page up to date without reloading it: polls the service for the revision of its state and replaces
// the content when the revision has changed.
{
  const PAUSE_MS = 3000;
  const mark = document.querySelector('meta[name="live"]');
  const api = `/api/v1${location.pathname === "/" ? "/jobs" : location.pathname}`;
  let revision = mark.content;

  // Selected text is not replaced.
  const busy = () => document.hidden || !getSelection().isCollapsed
    || Boolean(document.activeElement?.matches("main input, main select"));

  // The scroll positions and the focused element, identified by their selectors.
  const REACHED = "main :is(a[href], button, input, select, [tabindex])";
  const name = (it) => [it.tagName, it.id, it.name, it.getAttribute("href"), it.getAttribute("aria-label"),
    it.dataset.copy, it.dataset.step, it.closest("th")?.dataset.key].join();
  const place = () => ({
    top: [scrollX, scrollY],
    inside: [...document.querySelectorAll("main [tabindex]")].map((it) => [it.scrollLeft, it.scrollTop]),
    open: [...document.querySelectorAll("main details[open]")].map((it) => it.id),
    focus: document.activeElement.matches(REACHED) ? name(document.activeElement) : null,
  });
  const goBack = ({ top, inside, open, focus }) => {
    for (const it of document.querySelectorAll("main details")) it.open = open.includes(it.id);
    [...document.querySelectorAll(REACHED)].find((it) => name(it) === focus)?.focus({ preventScroll: true });
    document.querySelectorAll("main [tabindex]").forEach((it, at) => it.scrollTo(...(inside[at] ?? [0, 0])));
    scrollTo(...top);
  };

  const take = (page) => {
    const before = place();
    for (const part of ["header.page", "main", "#table-data"]) {
      const [old, fresh] = [document.querySelector(part), page.querySelector(part)];
      if (old && fresh) old.replaceWith(document.adoptNode(fresh));
    }
    document.title = page.title;
    // The report's own script, where there is one.
    if (typeof hold === "function") hold();
    goBack(before);
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

  setTimeout(keep, PAUSE_MS);
}
