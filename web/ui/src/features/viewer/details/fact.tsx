import type { LucideIcon } from 'lucide-react'
import type { ReactNode } from 'react'

type FactProps = {
  icon: LucideIcon
  /** What is told, for screen readers: who sees knows it by the sign. */
  name: string
  first: ReactNode
  second?: ReactNode
}

/** One line of what is known of a picture. */
export function Fact({ icon: Icon, name, first, second }: FactProps) {
  return (
    <li className="fact">
      <Icon size={20} strokeWidth={1.75} aria-hidden />
      <div>
        <span className="visually-hidden">{name}: </span>
        <div className="fact-first">{first}</div>
        {second !== undefined && second !== null && <div className="fact-second">{second}</div>}
      </div>
    </li>
  )
}
