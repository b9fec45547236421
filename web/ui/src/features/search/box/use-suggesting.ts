import { useLayoutEffect, useState, type RefObject } from 'react'
import type { DraftText } from './use-draft'
import { isWhole, useSuggestions, type Offer } from './use-suggestions'

export type Suggesting = {
  /** Empty while no list is open. */
  offers: readonly Offer[]
  /** The one that the arrow keys have come to; -1: none. */
  active: number
  chosen: Offer | undefined
  open: () => void
  close: () => void
  pick: (offer: Offer) => void
  /** Goes down or up in the list, and opens it if need be. */
  step: (by: 1 | -1) => void
  setCursor: (at: number) => void
}

/** The list of suggestions below a text field: whether it is open, where the keys are in it, what choosing does. */
export function useSuggesting(draft: DraftText, input: RefObject<HTMLInputElement | null>): Suggesting {
  const { text } = draft
  const [cursor, setCursor] = useState(text.length)
  const [isOpen, setIsOpen] = useState(false)
  const [active, setActive] = useState(-1)
  /** Where the cursor is to be once the text is there. */
  const [place, setPlace] = useState<{ at: number } | null>(null)
  const offers = useSuggestions(text, cursor, isOpen)
  const isListed = offers.length > 0
  useLayoutEffect(() => {
    if (place) input.current?.setSelectionRange(place.at, place.at)
  }, [place, input])

  const show = (isShown: boolean) => {
    setIsOpen(isShown)
    setActive(-1)
  }
  return {
    offers,
    active,
    chosen: offers[active],
    open: () => show(true),
    close: () => show(false),
    setCursor,
    pick: (offer) => {
      const { after } = offer
      setPlace({ at: after.at })
      setCursor(after.at)
      // A filter's name wants a value, which is suggested next.
      const goesOn = after.text.slice(0, after.at).endsWith(':')
      if (goesOn) draft.type(after.text)
      else draft.commit(isWhole(offer) ? offer.text : after.text)
      show(goesOn)
    },
    step: (by) => {
      setIsOpen(true)
      // From the last one back into the text, and from there to the first one.
      const places = offers.length + 1
      if (isListed) setActive((now) => ((now + 1 + by + places) % places) - 1)
    },
  }
}
