/** The mark of the application: a lens on a tile. */
export function BrandMark({ size = 28 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden focusable="false">
      <rect width="32" height="32" rx="9" fill="#4f46e5" />
      <circle cx="14.5" cy="14.5" r="6.5" fill="none" stroke="#fff" strokeWidth="3" />
      <path d="m19.5 19.5 6 6" stroke="#fff" strokeWidth="3" strokeLinecap="round" />
    </svg>
  )
}
