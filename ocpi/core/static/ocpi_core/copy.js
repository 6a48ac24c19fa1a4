// A button with data-copy="x" copies the text of the nearest element with data-copied="x".
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const name = button.dataset.copy;
  const around = button.closest(".ocpi-wide") ?? document;
  await navigator.clipboard.writeText(around.querySelector(`[data-copied="${name}"]`).textContent);
  const label = button.textContent;
  button.textContent = "Copied";
  setTimeout(() => { button.textContent = label; }, 1500);
});
