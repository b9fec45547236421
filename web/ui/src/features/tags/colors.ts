/** The colours that a tag can have: told apart in light and dark, and each with a name for who does not see it. */
export const COLORS = [
  ['#dc2626', 'tags.red'],
  ['#ea580c', 'tags.orange'],
  ['#ca8a04', 'tags.yellow'],
  ['#16a34a', 'tags.green'],
  ['#0891b2', 'tags.turquoise'],
  ['#2563eb', 'tags.blue'],
  ['#7c3aed', 'tags.violet'],
  ['#db2777', 'tags.pink'],
  ['#78716c', 'tags.grey'],
] as const
