import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { everyDay, runsByDay, timeLeft } from './days'

const NOW = Date.parse('2026-05-10T12:00:00Z')
const after = (hours: number) => new Date(NOW + hours * 3_600_000).toISOString()

describe('what leaves', () => {
  it('is grouped by day, with no picture left out and none twice', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 400 })), (hours) => {
        const assets = hours.toSorted((a, b) => a - b).map((hour) => ({ expires_at: after(hour) }))
        const runs = runsByDay(assets)
        expect(runs.reduce((sum, run) => sum + run.count, 0)).toBe(assets.length)
        runs.forEach((run, k) => expect(run.start).toBe(k === 0 ? 0 : runs[k - 1]!.start + runs[k - 1]!.count))
        expect(new Set(runs.map((run) => run.day)).size).toBe(runs.length)
      }),
    )
  })

  it('says hours on the last day, warns within a week and is calm before', () => {
    expect(timeLeft(after(-3), NOW)).toEqual({ unit: 'soon', count: 0, tone: 'last' })
    expect(timeLeft(after(0.5), NOW)).toMatchObject({ unit: 'soon', tone: 'last' })
    expect(timeLeft(after(5.5), NOW)).toEqual({ unit: 'hours', count: 5, tone: 'last' })
    expect(timeLeft(after(24), NOW)).toEqual({ unit: 'days', count: 1, tone: 'soon' })
    expect(timeLeft(after(24 * 6.5), NOW)).toEqual({ unit: 'days', count: 7, tone: 'soon' })
    expect(timeLeft(after(24 * 20), NOW)).toEqual({ unit: 'days', count: 20, tone: 'calm' })
  })

  it('has a day in the chart also where nothing leaves', () => {
    const days = everyDay([{ day: '2026-03-01', assets: 4, bytes: 9 }], 4, '2026-02-27')
    expect(days.map(({ day, assets }) => [day, assets])).toEqual([
      ['2026-02-27', 0],
      ['2026-02-28', 0],
      ['2026-03-01', 4],
      ['2026-03-02', 0],
    ])
  })
})
