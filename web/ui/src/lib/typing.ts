/** Whether a key pressed there writes, or moves within a menu: then it means nothing else. */
export function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    target.matches(
      'input:not([type="checkbox"], [type="radio"]), textarea, select, [contenteditable], [role^="menuitem"], [role="option"]',
    )
  )
}
