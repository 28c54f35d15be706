/**
 * What the checks found out about the items of a program's top level, for a program that changes: an item is not checked again while it is the
 * same tree and every name that it takes from outside of it stands for the same symbol as before. Whatever depends on an item that was checked
 * again is checked again too, since it sees new symbols.
 *
 * Items about which there is something to say are always checked anew, so that nobody keeps places of messages or names that were proposed.
 */
import type { Declaration, Name, ProcDeclaration, Test } from '../../grammar/ast.ts'
import type { Diagnostic } from '../../grammar/diagnostic.ts'
import type { FunctionSymbol, ProcSymbol, Symbol } from '../semantics.ts'
import type { Scopes, Sight } from './scope.ts'

export type Item = Declaration | Test

/** On whose account something was found out: it holds while that item is kept. */
interface Account {
  holds: boolean
}

/**
 * A table of two layers: what this run has entered, which is all that one meets when going through it, over what earlier runs have entered on
 * account of items that are kept, which is found by its key.
 */
class Layered<K extends object, V> extends Map<K, V> {
  private readonly below = new WeakMap<K, { readonly value: V; readonly account: Account }>()
  /** What this run has entered, in order. */
  readonly entered: K[] = []
  private readonly accounts: Account[] = []

  constructor(private readonly memory: { readonly account: Account }) {
    super()
  }

  override set(key: K, value: V): this {
    if (!super.has(key)) {
      this.entered.push(key)
      this.accounts.push(this.memory.account)
    }
    return super.set(key, value)
  }

  override get(key: K): V | undefined {
    return super.has(key) ? super.get(key) : this.kept(key)?.value
  }

  override has(key: K): boolean {
    return super.has(key) || this.kept(key) !== undefined
  }

  private kept(key: K): { readonly value: V } | undefined {
    const found = this.below.get(key)
    return found?.account.holds === true ? found : undefined
  }

  override delete(key: K): boolean {
    const below = this.below.delete(key)
    return super.delete(key) || below
  }

  /** Puts what has been entered into the lower layer. */
  sink(): void {
    this.entered.forEach((key, i) => {
      const account = this.accounts[i]
      if (account?.holds === true && super.has(key)) this.below.set(key, { value: super.get(key) as V, account }) // it is there
    })
    this.clear()
    this.entered.length = this.accounts.length = 0
  }
}

/** What a program has that reaches beyond one item and is no name. */
interface Bindings {
  readonly pragmas: { readonly bound: readonly { readonly word: string; readonly symbol: Symbol; readonly after: number }[] }
  /** Names of protocols that others extend. */
  readonly extended: ReadonlySet<string>
}

/** What is kept of an item. */
export interface KeptItem {
  /** What it declares at the top level. */
  readonly declares: readonly Symbol[]
  /** Names that it takes from outside, with what they stood for. */
  readonly taken: ReadonlyMap<string, Symbol | undefined>
  /** Operators that it applies, with what the program had defined for them. */
  readonly operators: ReadonlyMap<string, readonly Symbol[]>
  readonly topLevel: readonly (ProcSymbol | FunctionSymbol)[]
  /** Names of protocols that it extends. */
  readonly extended: readonly string[]
  readonly sights: readonly Sight[]
  /** Every name in it, as resolution met them. */
  readonly names: readonly Name[]
}

/** Everything that the checks know under one assumption about the text. */
class Store {
  readonly layers = new Map<string, Layered<object, unknown>>()
  items = new Map<Item, KeptItem>()
  readonly accounts = new WeakMap<Item, Account>()
  /** Items whose usage has been checked. */
  used = new WeakSet<Item>()
  /** Tags of protocols that share one count, so far. */
  sharedTags: number | undefined
  signature: string | undefined
  /** What pragmas named in the last run, and which protocols others extended. */
  bound: ReadonlySet<string> = new Set()
  extended = ''
}

const ids = new WeakMap<object, number>()
let nextId = 1

function idOf(symbol: Symbol): number {
  let id = ids.get(symbol)
  if (id === undefined) ids.set(symbol, (id = nextId++))
  return id
}

export class CheckMemory {
  private readonly stores = new Map<string, Store>()
  private store = new Store()
  private kept = new Set<Item>()
  private now = new Map<Item, KeptItem>()
  /** What is found out between the items holds for this run. */
  private between: Account = { holds: true }
  /** On whose account something is found out at present. */
  account: Account = this.between

  /**
   * Prepares for another run.
   * @param assumption what else the checks go by: under another one they find other things
   * @param signature what, when it changes, may change anything: nothing is kept then
   */
  begin(assumption: string, signature: string): void {
    let store = this.stores.get(assumption)
    if (store?.signature !== signature) this.stores.set(assumption, (store = new Store()))
    store.signature = signature
    this.store = store
    this.between.holds = false
    this.account = this.between = { holds: true }
    for (const layer of store.layers.values()) layer.sink()
    this.kept = new Set()
    this.now = new Map()
  }

  /** @returns every name of the program with its symbol: those that were kept, and those that were met in this run */
  *names(met: ReadonlyMap<Name, Symbol>): Generator<readonly [Name, Symbol]> {
    for (const { names } of this.now.values())
      for (const name of names) {
        const symbol = met.get(name)
        if (symbol !== undefined) yield [name, symbol]
      }
  }

  /** @returns whether the items that were kept would have been found the same with the pragmas and protocols of this run */
  isSound({ pragmas, extended }: Bindings): boolean {
    const { store } = this
    const bound = new Set(pragmas.bound.map(({ word, symbol, after }) => `${word}.${after} ${idOf(symbol)}`))
    const names = [...extended].sort().join(' ')
    const isAsBefore =
      store.extended === names &&
      [...bound, ...store.bound].every((each) => (bound.has(each) && store.bound.has(each)) || !this.isOfKept(each))
    const isFirst = this.kept.size === 0
    store.bound = bound
    store.extended = names
    return isFirst || isAsBefore
  }

  private isOfKept(bound: string): boolean {
    const id = Number(bound.slice(bound.indexOf(' ') + 1))
    for (const item of this.kept)
      for (const name of this.now.get(item)?.names ?? [])
        if (ids.get(this.layer<Name, Symbol>('symbols').get(name) ?? name) === id) return true
    return false
  }

  /** Forgets what is known under the present assumption. */
  forget(): void {
    for (const [assumption, store] of this.stores) if (store === this.store) this.stores.delete(assumption)
  }

  /** @returns a table that keeps what earlier runs have entered */
  layer<K extends object, V>(name: string): Map<K, V> {
    let layer = this.store.layers.get(name)
    if (layer === undefined) this.store.layers.set(name, (layer = new Layered(this)))
    return layer as unknown as Map<K, V> // each name is used with one type
  }

  /** @returns the keys that this run has entered into a table, in order */
  entered(name: string): readonly object[] {
    this.layer(name)
    return this.store.layers.get(name)?.entered ?? []
  }

  /** @returns what is kept of an item, if that still holds where `scopes` says what is visible */
  reuse(item: Item, scopes: Scopes): KeptItem | undefined {
    const known = this.store.items.get(item)
    if (known === undefined) return undefined
    for (const [name, symbol] of known.taken) if (scopes.find(name) !== symbol) return undefined
    for (const [operator, symbols] of known.operators) {
      const found = scopes.findAll(operator)
      if (found.length !== symbols.length || found.some((each, i) => each !== symbols[i])) return undefined
    }
    this.kept.add(item)
    this.now.set(item, known)
    return known
  }

  /** An item is looked at anew: what was known of it holds no longer. */
  renew(item: Item): void {
    const { accounts } = this.store
    const before = accounts.get(item)
    if (before !== undefined) before.holds = false
    accounts.set(item, { holds: true })
    this.store.used.delete(item)
  }

  /** Says on account of which item something is found out from here on; between the items without one. */
  enter(item?: Item): void {
    this.account = (item && this.store.accounts.get(item)) ?? this.between
  }

  /** Keeps what resolution has found out about an item. */
  keep(item: Item, found: KeptItem): void {
    this.now.set(item, found)
  }

  /** Whether an item need not be looked at in this run. */
  isKept(item: Item): boolean {
    return this.kept.has(item)
  }

  /** Whether the usage of an item has been checked, in this run or an earlier one. */
  isUsageKnown(item: Item): boolean {
    return this.kept.has(item) && this.store.used.has(item)
  }

  usageChecked(items: readonly Item[]): void {
    for (const item of items) this.store.used.add(item)
  }

  /** The count that protocols share which extend one another; it goes on from run to run. */
  sharedTags(start: number): number {
    return this.store.sharedTags ?? start
  }

  countTags(count: number): void {
    this.store.sharedTags = count
  }

  /** What is known of the items of this run, in their order. */
  get items(): ReadonlyMap<Item, KeptItem> {
    return this.now
  }

  /** Ends a run: items about which there was something to say are not kept. */
  end(items: readonly Item[], diagnostics: readonly Diagnostic[], connected: ProcDeclaration | undefined): void {
    const faulty = new Set<Item>(connected === undefined ? [] : [connected])
    for (const { primary } of diagnostics) {
      const { file, start } = primary.span
      for (const item of items) if (item.span.file === file && item.span.start <= start && start <= item.span.end) faulty.add(item)
    }
    this.store.items = new Map([...this.now].filter(([item]) => !faulty.has(item)))
  }
}
