{
  let chosen = null;
  const root = document.documentElement;
  try { chosen = localStorage.getItem("scheme"); } catch { /* Storage may be forbidden. */ }
  root.dataset.scheme = ["light", "dark", "system"].includes(chosen) ? chosen : root.dataset.schemeDefault ?? "system";
}
