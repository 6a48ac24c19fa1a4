// A button with data-copy="x" copies the text of the nearest element with data-copied="x".
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const around = button.closest("[data-copies]") ?? document;
  await navigator.clipboard.writeText(around.querySelector(`[data-copied="${button.dataset.copy}"]`).textContent.trim());
  const label = button.textContent;
  button.textContent = "Copied";
  setTimeout(() => { button.textContent = label; }, 1500);
});
