export const page: URL;
export function conventionsTable(conventions: Record<string, object>): string;
export function updatedPage(text: string, conventions: Record<string, object>): string;
