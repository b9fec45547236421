// Runs before the first paint; a file of its own, because the content security policy allows no inline script.
try {
  var theme = localStorage.getItem('theme')
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme
} catch (error) {
  // Storage is switched off: the system's theme is used.
}
