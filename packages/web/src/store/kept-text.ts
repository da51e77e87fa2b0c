/** Short texts that a browser keeps between visits; one that keeps nothing says so by throwing, and then nothing is kept. */

export function keptText(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

export function keepText(key: string, text: string): void {
  try {
    localStorage.setItem(key, text);
  } catch {
    return; // for this visit it holds without
  }
}
