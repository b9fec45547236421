// What modules read of the page when they are loaded; there is no document in Node.
Object.defineProperty(globalThis, 'document', { value: { baseURI: 'http://localhost/' }, configurable: true })
