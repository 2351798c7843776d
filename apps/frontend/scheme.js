{
  let chosen = null;
  try { chosen = localStorage.getItem("scheme"); } catch { /* Storage may be forbidden. */ }
  document.documentElement.dataset.scheme = ["light", "dark"].includes(chosen) ? chosen : "system";
}
