// Ids of elements, by which labels and descriptions find them.

import { useState } from "preact/hooks";

/**
 * An id that nothing else in the page has. Preact's own `useId` counts anew in each root, and a page
 * has many: two panels, or one session in a cell and in the sidebar. A label would then name the
 * first of them twice, and a click on it would go there.
 */
export function useUniqueId(): string {
  return useState(uniqueId)[0];
}

export const uniqueId = (): string => `ow-${Math.random().toString(36).slice(2)}`;
