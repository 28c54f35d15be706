/** In the place of `runtime/node/open-engine.ts`: the clusters of a page are simulated, and joined in another way. */
export const openEngine = (): Promise<never> => Promise.reject(new Error('a page has no clusters but its own'))
