// Dialogs for the keyboard: the first field has the focus, Tab stays inside, and whoever closes is back at the button.
{
  const FIELDS = "input:not([type=hidden]), select, textarea, a[href], button";
  let opener = null;

  const frame = () => document.getElementById("modal-content");
  const parts = () => [...frame().querySelectorAll(FIELDS)].filter((each) => each.offsetParent !== null);
  const isOpen = () => frame()?.offsetParent !== null && frame()?.querySelector("#dialog") !== null;

  function enter(place) {
    const wrong = place.querySelector(".errors :is(input, select, textarea)");
    (wrong ?? place.querySelector("input:not([type=hidden]), select, textarea, button[type=submit]"))?.focus();
  }

  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.target.id === "modal-content") {
      event.target.setAttribute("role", "dialog");
      event.target.setAttribute("aria-modal", "true");
      if (!event.target.contains(document.activeElement)) opener = document.activeElement;
      setTimeout(() => enter(event.target)); // Alpine shows it after this
    } else if (event.target.id === "dialog-form") enter(event.target);
  });

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Tab" || !isOpen()) return;
    const inside = parts(), at = inside.indexOf(document.activeElement);
    if (at > 0 && at < inside.length - 1) return;
    if (at === 0 && !event.shiftKey && inside.length > 1) return;
    if (at !== -1 && at === inside.length - 1 && event.shiftKey && inside.length > 1) return;
    event.preventDefault();
    inside.at(event.shiftKey ? -1 : 0)?.focus();
  });

  // Escape, Cancel, the cross, a click beside it: unfold closes; what was pressed to open it has the focus again.
  // It takes its time to go, and longer on a slow machine; a click inside may not close it at all.
  const closed = (looks = 40) => setTimeout(() => {
    if (opener && !isOpen()) { opener.focus(); opener = null; }
    else if (opener && looks) closed(looks - 1);
  }, 50);
  document.addEventListener("keydown", (event) => { if (event.key === "Escape") closed(); });
  document.addEventListener("click", () => closed());
}
